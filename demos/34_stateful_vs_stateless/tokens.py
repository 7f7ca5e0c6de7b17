from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.tokens import AccessToken

from .models import RevokedToken


def token_for(user):
    """A token that says who the user is, so that no server has to look it up."""
    token = AccessToken.for_user(user)
    token["name"] = user.get_username()
    return token


class Stateless(JWTStatelessUserAuthentication):
    """Trusts the signature, and asks no store."""


class Revocable(JWTStatelessUserAuthentication):
    """Asks for each request whether the token was signed out."""

    def get_user(self, validated_token):
        if RevokedToken.objects.filter(jti=validated_token["jti"]).exists():
            raise InvalidToken("This token was signed out.")
        return super().get_user(validated_token)
