"""The settings of `make serve`: those of the project, with the pages on top.

`serve` sets DATABASE_URL to the playground, and LIVE_HOST to the address that it listens on.
"""

import os

from config.settings import *  # noqa: F403
from config.settings import MIDDLEWARE

LIVE_HOST = os.environ["LIVE_HOST"]
LIVE_IS_OPEN = LIVE_HOST not in ("127.0.0.1", "localhost", "::1")  # others can reach it
ROOT_URLCONF = "runner.live.urls"
ASGI_APPLICATION = "runner.live.app.application"
ALLOWED_HOSTS = ["*"] if LIVE_IS_OPEN else ["127.0.0.1", "localhost", "[::1]"]
# Who asks is looked up before the toolbar counts: so it shows the queries that the pages tell.
FIRST = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
MIDDLEWARE = [
    "runner.live.middleware.guard",
    *FIRST,
    "runner.live.middleware.user_first",
    *(middleware for middleware in MIDDLEWARE if middleware not in FIRST),
]
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME = "cathay_shop_session"  # another site on this host may have a "sessionid"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"django.request": {"level": "ERROR"}},  # a 404 is for the browser alone
}
# The toolbar is for the endpoints of the demos, and not for the pages.
DEBUG_TOOLBAR_CONFIG = {"SHOW_TOOLBAR_CALLBACK": "runner.live.middleware.shows_toolbar"}
