from rest_framework.authentication import SessionAuthentication
from rest_framework_simplejwt.authentication import JWTAuthentication


class UncheckedCookieAuthentication(JWTAuthentication):
    """Takes the token from the cookie. No CSRF token is asked for."""

    def get_header(self, request):
        if token := request.COOKIES.get("access"):
            return f"Bearer {token}".encode()


class CookieAuthentication(UncheckedCookieAuthentication):
    """Takes the token from the cookie, and does the CSRF check that a cookie needs."""

    def authenticate(self, request):
        found = super().authenticate(request)
        if found:
            SessionAuthentication().enforce_csrf(request)
        return found
