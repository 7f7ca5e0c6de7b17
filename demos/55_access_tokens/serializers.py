from rest_framework import serializers
from rest_framework_simplejwt.serializers import TokenObtainPairSerializer

from shop.models import Order

from .permissions import is_manager


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["reference"]


class PairWithRoleSerializer(TokenObtainPairSerializer):
    """Writes the role into the refresh token, from which each access token is copied."""

    @classmethod
    def get_token(cls, user):
        token = super().get_token(user)
        token["role"] = "manager" if is_manager(user) else "customer"
        return token
