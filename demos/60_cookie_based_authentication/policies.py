"""How a server of this demo sets its session cookie: settings of Django."""

DEFAULT = {}
STRICT = {"SESSION_COOKIE_SAMESITE": "Strict"}
LAX = {"SESSION_COOKIE_SAMESITE": "Lax"}
NONE = {"SESSION_COOKIE_SAMESITE": "None", "SESSION_COOKIE_SECURE": True}

# A name of its own, because the browser keeps the cookie of the default beside it.
FOR_SUBDOMAINS = {"SESSION_COOKIE_DOMAIN": "shop.localhost", "SESSION_COOKIE_NAME": "wide"}
