"""Whose tokens the shop accepts. The key is always the same one, so every signature fits."""

from django.conf import settings
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.tokens import AccessToken


class ForShop(AccessToken):
    """As with AUDIENCE in SIMPLE_JWT."""

    _token_backend = TokenBackend("HS256", settings.SECRET_KEY, audience="shop-api")


class ForShopByShop(AccessToken):
    """As with AUDIENCE and ISSUER in SIMPLE_JWT."""

    _token_backend = TokenBackend("HS256", settings.SECRET_KEY, audience="shop-api", issuer="shop")


class AudienceChecked(JWTAuthentication):
    token_class = ForShop

    def get_validated_token(self, raw_token):
        try:
            return self.token_class(raw_token)
        except TokenError as error:
            raise InvalidToken(str(error)) from error


class AudienceAndIssuerChecked(AudienceChecked):
    token_class = ForShopByShop
