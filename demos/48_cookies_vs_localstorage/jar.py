"""The cookies that the views set, with the attributes that decide where they go."""

COOKIES = {
    "theme": {"value": "dark"},  # nothing but a name and a value
    "hidden": {"value": "1", "httponly": True},
    "login": {"value": "1", "secure": True},
    "host": {"value": "1", "samesite": "Lax"},
    "deep": {"value": "1", "samesite": "Lax", "path": "/48/deep/"},
    "wide": {"value": "1", "samesite": "Lax", "domain": "shop.test"},
    "basket": {"value": "ours", "secure": True},
    "__Host-basket": {"value": "ours", "secure": True},
}
LONGEST = 5000  # bytes of a value that a client may ask for
