from rest_framework import serializers
from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework_simplejwt.serializers import TokenObtainPairSerializer

from .models import DeviceToken


class DeviceLoginSerializer(AuthTokenSerializer):
    device = serializers.SlugField(max_length=50)  # it stands in a URL


class DeviceSerializer(serializers.ModelSerializer):
    class Meta:
        model = DeviceToken
        fields = ["device"]


class LoginWithPermissionsSerializer(TokenObtainPairSerializer):
    """Puts what the user may do into the token, so that no view has to ask."""

    @classmethod
    def get_token(cls, user):
        token = super().get_token(user)
        token["permissions"] = sorted(user.get_all_permissions())
        return token
