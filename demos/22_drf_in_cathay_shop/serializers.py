from rest_framework import serializers

from shop.models import Brand, Category, Product


class ProductSerializer(serializers.ModelSerializer):
    category = serializers.SlugRelatedField(slug_field="slug", queryset=Category.objects.all())
    brand = serializers.SlugRelatedField(slug_field="name", queryset=Brand.objects.all())

    class Meta:
        model = Product
        fields = ["sku", "name", "category", "brand", "price", "stock"]
