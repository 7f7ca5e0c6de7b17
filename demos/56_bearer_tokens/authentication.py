"""What can stand before a view that takes a bearer token."""

from hashlib import sha256

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.authentication import JWTAuthentication


class StandardJWTAuthentication(JWTAuthentication):
    """Reads the scheme in any case (RFC 9110), and says in the challenge that a token is wrong."""

    www_authenticate_realm = "shop"

    def get_header(self, request):
        header = super().get_header(request) or b""
        scheme, _, token = header.partition(b" ")
        return b"Bearer " + token if scheme.lower() == b"bearer" else None

    def authenticate_header(self, request):
        challenge = super().authenticate_header(request)
        return f'{challenge}, error="invalid_token"' if self.get_header(request) else challenge


class UserlessJWTAuthentication(JWTAuthentication):
    """The token says what its bearer may do, and not who the bearer is."""

    def get_user(self, validated_token):
        return AnonymousUser()


class BearerTokenAuthentication(TokenAuthentication):
    """DRF's token under the scheme of a JWT."""

    keyword = "Bearer"


class BoundJWTAuthentication(JWTAuthentication):
    """Takes a token only together with the cookie that the login set beside it."""

    def authenticate(self, request):
        found = super().authenticate(request)
        if found and not fits(found[1], request.COOKIES):
            raise AuthenticationFailed("This token belongs to another client.")
        return found


def digest(fingerprint):
    return sha256(fingerprint.encode()).hexdigest()


def fits(token, cookies):
    """Anyone can read the token, so it holds a digest, and not the secret itself."""
    return "fingerprint" in cookies and token.get("fpt") == digest(cookies["fingerprint"])
