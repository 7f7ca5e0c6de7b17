import jwt
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.settings import api_settings


class PlainJWTAuthentication(JWTAuthentication):
    """The naive one: PyJWT alone checks the signature, and the expiry if the token has one."""

    def get_validated_token(self, raw_token):
        try:
            return jwt.decode(raw_token, api_settings.SIGNING_KEY, algorithms=["HS256"])
        except jwt.InvalidTokenError as error:
            raise InvalidToken from error
