"""What a site served over TLS adds to the house's settings, as a settings module of its own:

python manage.py check --deploy --settings=demos.17_securing_apis.production
"""

from config.settings import *  # noqa: F403

SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

# Only where nobody can pass by the proxy, and the proxy drops this header from what it is sent.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SIMPLE_JWT = {"CHECK_REVOKE_TOKEN": True}
