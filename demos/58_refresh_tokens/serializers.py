from django.contrib.auth.models import User
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.serializers import TokenBlacklistSerializer, TokenRefreshSerializer

from .tokens import LoginRefreshToken, UnlistedRefreshToken


class UnlistedRefreshSerializer(TokenRefreshSerializer):
    token_class = UnlistedRefreshToken


class UnlistedLogoutSerializer(TokenBlacklistSerializer):
    token_class = UnlistedRefreshToken


class LoginRefreshSerializer(TokenRefreshSerializer):
    token_class = LoginRefreshToken

    def validate(self, attrs):
        try:
            return super().validate(attrs)
        except User.DoesNotExist:
            raise AuthenticationFailed from None
