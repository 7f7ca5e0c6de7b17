from rest_framework import serializers

from shop.models import Brand, Product


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["sku", "name", "price"]


class BrandSerializer(serializers.ModelSerializer):
    number_of_products = serializers.IntegerField()

    class Meta:
        model = Brand
        fields = ["name", "number_of_products"]
