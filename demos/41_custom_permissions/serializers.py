from rest_framework import serializers

from shop.models import Customer, Order


class OrderSerializer(serializers.ModelSerializer):
    """The naive one: the body says whose order it is."""

    customer = serializers.SlugRelatedField("user__username", queryset=Customer.objects.all())

    class Meta:
        model = Order
        fields = ["reference", "customer"]


class OwnOrderSerializer(OrderSerializer):
    customer = serializers.SlugRelatedField("user__username", read_only=True)
