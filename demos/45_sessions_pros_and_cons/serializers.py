from rest_framework import serializers

from shop.models import Order


class SignInSerializer(serializers.Serializer):
    username = serializers.CharField()
    password = serializers.CharField(trim_whitespace=False)


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["reference"]
