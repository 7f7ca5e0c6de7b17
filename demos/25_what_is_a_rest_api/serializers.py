from rest_framework import serializers
from rest_framework.reverse import reverse

from shop.models import Order, OrderItem, Product, Tag


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["sku", "price"]


class TagSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["name"]


class LinkedTagSerializer(TagSerializer):
    url = serializers.HyperlinkedIdentityField(view_name="tag", lookup_field="name")

    class Meta(TagSerializer.Meta):
        fields = ["url", "name"]


class OrderSerializer(serializers.ModelSerializer):
    """`links` are what can be done with the order now."""

    links = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = ["status", "links"]

    def get_links(self, order):
        if order.status != Order.Status.PENDING:
            return {}
        return {"cancel": reverse("25-cancel", [order.reference], request=self.context["request"])}


class ReceiptLineSerializer(serializers.ModelSerializer):
    sku = serializers.CharField(source="product.sku")

    class Meta:
        model = OrderItem
        fields = ["sku", "quantity", "unit_price"]
