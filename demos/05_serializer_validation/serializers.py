from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers
from rest_framework.serializers import ValidationError
from rest_framework.validators import UniqueValidator

from shop.models import Product


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["price", "stock"]


class WholePriceSerializer(ProductSerializer):
    def validate_price(self, price):
        if price % 1:
            raise ValidationError("Whole amounts only.")
        return price


class RulesSerializer(WholePriceSerializer):
    """One rule for one field, and one for two: no shelf is worth more than 1,000.00."""

    def validate(self, attrs):
        price = attrs.get("price", getattr(self.instance, "price", None))
        stock = attrs.get("stock", getattr(self.instance, "stock", 0))
        if price * stock > 1000:
            raise ValidationError("Worth more than 1,000.00.")
        return attrs


class DozensSerializer(ProductSerializer):
    """Counts only whole dozens."""

    def validate_stock(self, stock):
        return stock - stock % 12


class PointsSerializer(serializers.Serializer):
    points = serializers.IntegerField(min_value=1)

    def validate_points(self, points):
        if points > self.context["order"].customer.points:
            raise ValidationError("Not enough points.")
        return points


# Rules that do not hold


class KeyErrorSerializer(ProductSerializer):
    def validate(self, attrs):
        if attrs["price"] * attrs["stock"] > 1000:
            raise ValidationError("Worth more than 1,000.00.")
        return attrs


class IfBothSerializer(KeyErrorSerializer):
    def validate(self, attrs):
        return super().validate(attrs) if {"price", "stock"} <= attrs.keys() else attrs


class MisspeltSerializer(ProductSerializer):
    def validate_prise(self, price):
        raise ValidationError("No price is good.")


class FieldReturnsNothingSerializer(WholePriceSerializer):
    def validate_price(self, price):
        super().validate_price(price)


class ObjectReturnsNothingSerializer(RulesSerializer):
    def validate(self, attrs):
        super().validate(attrs)


# Rules that other code can use too


class StartsWith:
    """A validator for any text field of any serializer."""

    def __init__(self, prefix):
        self.prefix = prefix

    def __call__(self, value):
        if not value.startswith(self.prefix):
            raise ValidationError(f"Must start with {self.prefix}.")


class ReplacedSkuSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["sku"]
        extra_kwargs = {"sku": {"validators": [StartsWith("P-")]}}


class CompleteSkuSerializer(ReplacedSkuSerializer):
    class Meta(ReplacedSkuSerializer.Meta):
        extra_kwargs = {
            "sku": {"validators": [StartsWith("P-"), UniqueValidator(Product.objects.all())]}
        }


def check_shelf(stock):
    """A rule that does not know DRF, like those that a model's `full_clean()` runs."""
    if stock > 500:
        raise DjangoValidationError("A shelf holds 500.")


class CheckedInValidateSerializer(ProductSerializer):
    def validate_stock(self, stock):
        check_shelf(stock)
        return stock


class CheckedInUpdateSerializer(ProductSerializer):
    def update(self, product, validated_data):
        check_shelf(validated_data.get("stock", product.stock))
        return super().update(product, validated_data)


class StrictSerializer(ProductSerializer):
    def to_internal_value(self, data):
        values = super().to_internal_value(data)
        if unknown := data.keys() - self.fields.keys():
            raise ValidationError({name: ["Unknown field."] for name in unknown})
        return values


class TypesSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    text = serializers.CharField()
    flag = serializers.BooleanField()


# Serializers that record in `context["calls"]` what DRF calls


def record(where, step):
    where.context["calls"].append(step)


def recorded(name):
    def method(serializer, value):
        record(serializer, name)
        return value

    return method


class RecordedField(serializers.IntegerField):
    def to_internal_value(self, data):
        record(self, f"{self.field_name}: to_internal_value")
        return super().to_internal_value(data)


class AtLeastOne:
    requires_context = True

    def __call__(self, value, field):
        record(field, f"{field.field_name}: validators")
        if value < 1:
            raise ValidationError("At least 1.")


class RecordedRule:
    requires_context = True

    def __call__(self, attrs, serializer):
        record(serializer, "Meta.validators")


class RecordedSerializer(serializers.Serializer):
    price = RecordedField(validators=[AtLeastOne()])
    stock = RecordedField(validators=[AtLeastOne()])
    validate_price = recorded("validate_price")
    validate_stock = recorded("validate_stock")
    validate = recorded("validate")

    class Meta:
        validators = [RecordedRule()]


class OptionalSerializer(serializers.Serializer):
    optional = serializers.IntegerField(required=False)
    nullable = serializers.IntegerField(required=False, allow_null=True)
    defaulted = serializers.IntegerField(default=1)
    validate_optional = recorded("validate_optional")
    validate_nullable = recorded("validate_nullable")
    validate_defaulted = recorded("validate_defaulted")
