from django.contrib.auth.models import User
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.generics import get_object_or_404
from rest_framework_simplejwt.serializers import TokenRefreshSerializer

from shop.models import Customer, Order


class OrderSerializer(serializers.ModelSerializer):
    customer = serializers.StringRelatedField()

    class Meta:
        model = Order
        fields = ["reference", "customer", "note"]


class NewOrderSerializer(OrderSerializer):
    """The client says whose order it is, by username."""

    customer = serializers.CharField()

    def validate_customer(self, username):
        return get_object_or_404(Customer, user__username=username)


class WriteOnlyFieldsSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["username", "password"]
        write_only_fields = ["password"]


class ExtraKwargsSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["username", "password"]
        extra_kwargs = {"password": {"write_only": True}}


class SafeTokenRefreshSerializer(TokenRefreshSerializer):
    """Answers 401 for a user who no longer exists."""

    def validate(self, attrs):
        try:
            return super().validate(attrs)
        except User.DoesNotExist:
            raise AuthenticationFailed from None
