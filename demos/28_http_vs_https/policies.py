"""What the settings of a server say about HTTPS: by default nothing."""

DEFAULT = {}
REDIRECTS = {"SECURE_SSL_REDIRECT": True}
SECURE_COOKIES = {"SESSION_COOKIE_SECURE": True}
HSTS = {"SECURE_HSTS_SECONDS": 31_536_000}
# Only if every request comes through the proxy, and the proxy overwrites this header in it.
BEHIND_A_PROXY = {
    "SECURE_SSL_REDIRECT": True,
    "SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"],
}
