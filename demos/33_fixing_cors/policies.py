"""What a server of this demo tells the browsers: settings of django-cors-headers."""

from django.conf import settings

CORS = "corsheaders.middleware.CorsMiddleware"
OTHERS = settings.MIDDLEWARE
COMMON = OTHERS.index("django.middleware.common.CommonMiddleware")

# The order of MIDDLEWARE: from outside in.
FIRST = [CORS, *OTHERS]
ABOVE_COMMON = [*OTHERS[:COMMON], CORS, *OTHERS[COMMON:]]
BELOW_COMMON = [*OTHERS, CORS]


def allowing(*origins):
    """Allows these origins, and has the middleware where it belongs."""
    return {"MIDDLEWARE": FIRST, "CORS_ALLOWED_ORIGINS": list(origins)}


def matching(pattern):
    """Allows the origins that match."""
    return {"MIDDLEWARE": FIRST, "CORS_ALLOWED_ORIGIN_REGEXES": [pattern]}


SAYS_NOTHING = {}
OUR_SITE = allowing("http://www.shop.test")
WITH_COOKIES = {**OUR_SITE, "CORS_ALLOW_CREDENTIALS": True}
TRUSTED = {**WITH_COOKIES, "CSRF_TRUSTED_ORIGINS": ["http://www.shop.test"]}
EVERYONE = {"MIDDLEWARE": FIRST, "CORS_ALLOW_ALL_ORIGINS": True}
EVERYONE_WITH_COOKIES = {**EVERYONE, "CORS_ALLOW_CREDENTIALS": True}

# Since django-cors-headers 3.5 the setting has another name.
OLD_NAME = {"MIDDLEWARE": FIRST, "CORS_ORIGIN_WHITELIST": ["http://www.shop.test"]}
BOTH_NAMES = {**OLD_NAME, "CORS_ALLOWED_ORIGINS": []}

WITH_THE_APP = {"INSTALLED_APPS": [*settings.INSTALLED_APPS, "corsheaders"]}
