"""What django-cors-headers reads of the settings."""

from django.http import HttpResponse
from django.test import RequestFactory, override_settings

ORIGIN = "https://shop.example"


def allowed(**settings):
    """What the response says to a page of ORIGIN."""
    from corsheaders.middleware import CorsMiddleware

    request = RequestFactory().get("/", HTTP_ORIGIN=ORIGIN)
    with override_settings(**settings):
        response = CorsMiddleware(lambda request: HttpResponse())(request)
    return "allowed" if response.has_header("Access-Control-Allow-Origin") else "no header"


def allowed_origins():
    return allowed(CORS_ALLOWED_ORIGINS=[ORIGIN])


def host_without_scheme():
    return allowed(CORS_ORIGIN_WHITELIST=["shop.example"])
