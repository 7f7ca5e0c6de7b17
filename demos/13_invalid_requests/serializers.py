from decimal import Decimal

from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from shop.models import Category, Order, Payment, Product


class PaymentSerializer(serializers.ModelSerializer):
    order = serializers.SlugRelatedField(slug_field="reference", queryset=Order.objects)

    class Meta:
        model = Payment
        fields = ["order", "amount", "transaction_id"]


class TextRelatedField(serializers.SlugRelatedField):
    """Checks the text as a CharField does, before the database looks for it."""

    def to_internal_value(self, data):
        return super().to_internal_value(serializers.CharField().run_validation(data))


class PositivePaymentSerializer(PaymentSerializer):
    order = TextRelatedField(
        slug_field="reference",
        queryset=Order.objects,
        validators=[UniqueValidator(Payment.objects, message="This order is paid already.")],
    )

    class Meta(PaymentSerializer.Meta):
        extra_kwargs = {"amount": {"min_value": Decimal("0.01")}}


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["reference", "status", "points_used", "note"]
        read_only_fields = ["reference", "status"]


class StrictOrderSerializer(OrderSerializer):
    def to_internal_value(self, data):
        value = super().to_internal_value(data)
        writable = {name for name, field in self.fields.items() if not field.read_only}
        refused = sorted(set(data) - writable)
        if refused:
            raise serializers.ValidationError({name: ["Not accepted here."] for name in refused})
        return value


class SpendSerializer(serializers.Serializer):
    points = serializers.IntegerField()

    def validate_points(self, points):
        if points > 100:
            raise self.context["view"].error("Not enough points.")
        return points


class CategorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ["name", "slug"]
        extra_kwargs = {
            "name": {
                "error_messages": {
                    "required": "Give the shelf a name.",
                    "unique": "We have a shelf of that name.",
                }
            }
        }


class OwnValidatorCategorySerializer(CategorySerializer):
    class Meta(CategorySerializer.Meta):
        extra_kwargs = {
            "name": {
                "validators": [
                    UniqueValidator(Category.objects, message="We have a shelf of that name.")
                ]
            }
        }


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["sku", "price"]


class PriceRangeSerializer(serializers.Serializer):
    min = serializers.DecimalField(max_digits=10, decimal_places=2)
