from rest_framework import serializers

from shop.models import Order, OrderItem, Product


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["note"]


class ItemSerializer(serializers.ModelSerializer):
    class Meta:
        model = OrderItem
        fields = ["quantity"]
        extra_kwargs = {"quantity": {"required": True}}


class AdditionSerializer(serializers.Serializer):
    add = serializers.IntegerField(min_value=1)


class SearchSerializer(serializers.Serializer):
    skus = serializers.ListField(child=serializers.CharField(), max_length=100)


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["sku", "price"]
