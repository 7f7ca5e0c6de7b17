from rest_framework.authentication import SessionAuthentication
from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication


class JWTInCookie(JWTStatelessUserAuthentication):
    """The naive one: the browser sends the token by itself, whichever page asks."""

    def find(self, request):
        return request.COOKIES.get("access")

    def authenticate(self, request):
        raw_token = self.find(request)
        if raw_token is None:
            return None
        token = self.get_validated_token(raw_token)
        return self.get_user(token), token


class JWTInCheckedCookie(JWTInCookie):
    """Asks for the CSRF token, as SessionAuthentication does."""

    def authenticate(self, request):
        authenticated = super().authenticate(request)
        if authenticated:
            SessionAuthentication().enforce_csrf(request)
        return authenticated


class JWTInQuery(JWTInCookie):
    """The naive one: the token is part of the URL."""

    def find(self, request):
        return request.query_params.get("access_token")
