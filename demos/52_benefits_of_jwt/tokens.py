"""Access tokens that differ in how they are signed. AccessToken itself is Simple JWT's default:
HS256 with SECRET_KEY."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.tokens import AccessToken

from . import keys


class WeakToken(AccessToken):
    _token_backend = TokenBackend("HS256", "secret")


class EncodedToken(AccessToken):
    _token_backend = TokenBackend("HS256", settings.SECRET_KEY, json_encoder=DjangoJSONEncoder)


class IssuedToken(AccessToken):
    """A token as the server with the private key makes it."""

    def get_token_backend(self):
        return TokenBackend("RS256", keys.private_pem())


class VerifiedToken(AccessToken):
    """A token as another service sees it, which has only the public key."""

    def get_token_backend(self):
        return TokenBackend("RS256", verifying_key=keys.public_pem())


def token_for(user_id, token_class=AccessToken, **claims):
    token = token_class()
    token.payload |= {"user_id": user_id, **claims}
    return token
