"""What a site behind TLS adds to this project's settings, as its own settings module:

python manage.py check --deploy --settings=demos.17_securing_apis.production
"""

from config.settings import *  # noqa: F403

SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

# Only if every request comes through the proxy, and the proxy removes this header from it.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SIMPLE_JWT = {"CHECK_REVOKE_TOKEN": True, "ROTATE_REFRESH_TOKENS": True}
