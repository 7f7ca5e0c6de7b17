from django.contrib.auth.models import User
from rest_framework import serializers

from shop.models import Order


class OrderSerializer(serializers.ModelSerializer):
    customer = serializers.CharField(source="customer.name")

    class Meta:
        model = Order
        fields = ["reference", "customer", "note"]


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
