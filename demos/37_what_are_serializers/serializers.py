from rest_framework import serializers

from shop.models import Category, Product


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["sku", "category", "brand", "tags", "price", "created_at"]


class PriceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["price"]


class NativePriceSerializer(PriceSerializer):
    """Keeps the Decimal in `.data`."""

    class Meta(PriceSerializer.Meta):
        extra_kwargs = {"price": {"coerce_to_string": False}}


class CategorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ["name", "slug"]


class UncheckedCategorySerializer(CategorySerializer):
    """Leaves it to the database whether the slug is taken."""

    class Meta(CategorySerializer.Meta):
        extra_kwargs = {"slug": {"validators": []}}


class OptionalCategorySerializer(serializers.Serializer):
    name = serializers.CharField(required=False)
