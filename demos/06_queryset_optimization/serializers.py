from django.db.models import Sum
from rest_framework import serializers

from shop.models import Order, Product

from .models import Parcel


class ProductSerializer(serializers.ModelSerializer):
    """Follows two foreign keys and one many-to-many relation."""

    category = serializers.SlugRelatedField(slug_field="name", read_only=True)
    brand = serializers.SlugRelatedField(slug_field="name", read_only=True)
    tags = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)

    class Meta:
        model = Product
        fields = ["sku", "category", "brand", "tags"]


class IdsSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["sku", "brand", "tags"]


class PaymentSerializer(serializers.ModelSerializer):
    payment = serializers.SlugRelatedField(slug_field="transaction_id", read_only=True)

    class Meta:
        model = Order
        fields = ["reference", "payment"]


class PriceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["sku", "name", "price"]


class BrandNameSerializer(serializers.ModelSerializer):
    brand = serializers.SlugRelatedField(slug_field="name", read_only=True)

    class Meta:
        model = Product
        fields = ["sku", "brand"]


class AskingUnitsSoldSerializer(serializers.ModelSerializer):
    units_sold = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = ["sku", "units_sold"]

    def get_units_sold(self, product):
        return product.order_items.aggregate(units=Sum("quantity", default=0))["units"]


class AnnotatedUnitsSoldSerializer(AskingUnitsSoldSerializer):
    units_sold = serializers.IntegerField()


class OneByOneBasketSerializer(serializers.Serializer):
    products = serializers.SlugRelatedField(
        slug_field="sku", queryset=Product.objects.all(), many=True
    )


class AllAtOnceBasketSerializer(serializers.Serializer):
    products = serializers.ListField(child=serializers.CharField())

    def validate_products(self, skus):
        found = Product.objects.in_bulk(skus, field_name="sku")
        if unknown := [sku for sku in skus if sku not in found]:
            raise serializers.ValidationError(f"No such product: {', '.join(unknown)}.")
        return [found[sku] for sku in skus]


class ParcelSerializer(serializers.ModelSerializer):
    class Meta:
        model = Parcel
        fields = ["tracking_code", "customs_code"]
