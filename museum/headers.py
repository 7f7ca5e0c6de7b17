"""What Django's middleware sends with every page."""

from django.http import HttpResponse
from django.test import RequestFactory, override_settings


def after(middleware):
    """The response of a plain view behind that middleware."""
    return middleware(lambda request: HttpResponse())(RequestFactory().get("/"))


def security_header(name):
    from django.middleware.security import SecurityMiddleware

    response = after(SecurityMiddleware)
    return response[name] if response.has_header(name) else "absent"


def content_type_options():
    return security_header("X-Content-Type-Options")


def referrer_policy():
    return security_header("Referrer-Policy")


def opener_policy():
    return security_header("Cross-Origin-Opener-Policy")


def frame_options():
    from django.middleware.clickjacking import XFrameOptionsMiddleware

    return after(XFrameOptionsMiddleware)["X-Frame-Options"]


def content_security_policy():
    try:
        from django.middleware.csp import ContentSecurityPolicyMiddleware
    except ImportError:
        return "no such middleware"
    with override_settings(SECURE_CSP={"default-src": ["'self'"]}):
        return after(ContentSecurityPolicyMiddleware)["Content-Security-Policy"]
