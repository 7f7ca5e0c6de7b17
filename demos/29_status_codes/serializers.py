from rest_framework import serializers

from shop.models import Product


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["sku", "name", "price"]


class UncheckedSerializer(ProductSerializer):
    """Leaves it to the database whether the SKU is taken."""

    class Meta(ProductSerializer.Meta):
        extra_kwargs = {"sku": {"validators": []}}


class LinkedSerializer(ProductSerializer):
    url = serializers.HyperlinkedIdentityField("29-product", lookup_field="sku")

    class Meta(ProductSerializer.Meta):
        fields = ["url", "sku", "name", "price"]
