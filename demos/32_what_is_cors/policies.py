"""What a server of this demo tells the browsers: settings of django-cors-headers."""

from django.conf import settings

WITH_CORS = ["corsheaders.middleware.CorsMiddleware", *settings.MIDDLEWARE]

SAYS_NOTHING = {}
ALLOWS_OUR_SITE = {
    "MIDDLEWARE": WITH_CORS,
    "CORS_ALLOWED_ORIGINS": ["http://www.shop.test"],
}
ALLOWS_EVERYONE = {"MIDDLEWARE": WITH_CORS, "CORS_ALLOW_ALL_ORIGINS": True}
ALLOWS_COOKIES = {**ALLOWS_OUR_SITE, "CORS_ALLOW_CREDENTIALS": True}
EXPOSES_THE_COUNT = {**ALLOWS_OUR_SITE, "CORS_EXPOSE_HEADERS": ["X-Total-Count"]}
