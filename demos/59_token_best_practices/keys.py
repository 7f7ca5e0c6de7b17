"""Tokens that were signed with the key before this one, as Django reads its sessions."""

from contextlib import suppress

from django.conf import settings
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.serializers import TokenRefreshSerializer
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken


def with_key(token_class, key):
    """The same kind of token, signed with another key."""
    backend = TokenBackend("HS256", key)
    return type(token_class.__name__, (token_class,), {"_token_backend": backend})


def read(token_class, raw_token):
    """The token, if it was signed with the key of today or with one of SECRET_KEY_FALLBACKS."""
    try:
        return token_class(raw_token)
    except TokenError:
        for key in settings.SECRET_KEY_FALLBACKS:
            with suppress(TokenError):
                old = with_key(token_class, key)(raw_token)
                token = token_class()  # what is made from it is signed with the key of today
                token.payload = old.payload
                return token
        raise


class OverlapJWTAuthentication(JWTAuthentication):
    def get_validated_token(self, raw_token):
        try:
            return read(AccessToken, raw_token)
        except TokenError as error:
            raise InvalidToken(str(error)) from error


class OverlapRefreshSerializer(TokenRefreshSerializer):
    @staticmethod
    def token_class(raw_token):
        return read(RefreshToken, raw_token)
