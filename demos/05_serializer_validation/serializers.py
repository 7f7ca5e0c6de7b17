from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers
from rest_framework.serializers import ValidationError

from shop.models import Product


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["price", "stock"]


class RulesSerializer(ProductSerializer):
    """One rule for one field, one for two: whole prices, and no more than 1,000.00 on a shelf."""

    def validate_price(self, price):
        if price % 1:
            raise ValidationError("Whole amounts only.")
        return price

    def validate(self, attrs):
        price = attrs.get("price", getattr(self.instance, "price", None))
        stock = attrs.get("stock", getattr(self.instance, "stock", 0))
        if price * stock > 1000:
            raise ValidationError("Worth more than 1,000.00.")
        return attrs


class KeyErrorSerializer(ProductSerializer):
    def validate(self, attrs):
        if attrs["price"] * attrs["stock"] > 1000:
            raise ValidationError("Worth more than 1,000.00.")
        return attrs


class IfBothSerializer(ProductSerializer):
    def validate(self, attrs):
        if "price" in attrs and "stock" in attrs and attrs["price"] * attrs["stock"] > 1000:
            raise ValidationError("Worth more than 1,000.00.")
        return attrs


class PointsSerializer(serializers.Serializer):
    points = serializers.IntegerField(min_value=1)

    def validate_points(self, points):
        if points > self.context["order"].customer.points:
            raise ValidationError("Not enough points.")
        return points


class MisspeltSerializer(ProductSerializer):
    def validate_prise(self, price):
        if price % 1:
            raise ValidationError("Whole amounts only.")
        return price


class FieldReturnsNothingSerializer(ProductSerializer):
    def validate_price(self, price):
        if price % 1:
            raise ValidationError("Whole amounts only.")


class ObjectReturnsNothingSerializer(ProductSerializer):
    def validate(self, attrs):
        if attrs["price"] * attrs["stock"] > 1000:
            raise ValidationError("Worth more than 1,000.00.")


def check_shelf(stock):
    """A rule that knows nothing of DRF, as a model's `full_clean()` doesn't."""
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


# A serializer that writes down what DRF calls, in `context["calls"]`.


def record(where, step):
    where.context["calls"].append(step)


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

    class Meta:
        validators = [RecordedRule()]

    def validate_price(self, price):
        record(self, "validate_price")
        return price

    def validate_stock(self, stock):
        record(self, "validate_stock")
        return stock

    def validate(self, attrs):
        record(self, "validate")
        return attrs
