from rest_framework import serializers

from shop.models import Brand, Category, Product, Tag


class ProductSerializer(serializers.ModelSerializer):
    category = serializers.SlugRelatedField("slug", queryset=Category.objects.all())
    brand = serializers.SlugRelatedField("name", queryset=Brand.objects.all())
    tags = serializers.SlugRelatedField("name", queryset=Tag.objects.all(), many=True)

    class Meta:
        model = Product
        fields = ["sku", "name", "category", "brand", "tags", "price"]


class StockSerializer(serializers.Serializer):
    """Knows no model: it reads rows, dicts and any other objects."""

    sku = serializers.CharField(max_length=20)
    stock = serializers.IntegerField(min_value=0)
