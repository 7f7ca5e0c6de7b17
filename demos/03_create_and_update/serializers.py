from django.db import transaction
from django.db.models import F
from rest_framework import serializers

from shop.models import Brand, Customer, Order, OrderItem, Product


def spend(customer, points):
    """Check and write in one UPDATE, so that no other request comes between the two."""
    enough = Customer.objects.filter(pk=customer.pk, points__gte=points)
    if not enough.update(points=F("points") - points):
        raise serializers.ValidationError({"points_used": ["Not enough points are left."]})


def take(product, quantity):
    in_stock = Product.objects.filter(pk=product.pk, stock__gte=quantity)
    if not in_stock.update(stock=F("stock") - quantity):
        raise serializers.ValidationError({"items": [f"{product.name} is out of stock."]})


def add_line(order, product, quantity):
    order.items.create(product=product, quantity=quantity, unit_price=product.price)


# Overriding create(): one order


class DefaultCreateSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["reference", "points_used"]


class SpendingSerializer(DefaultCreateSerializer):
    @transaction.atomic
    def create(self, validated_data):
        order = super().create(validated_data)
        spend(validated_data["customer"], order.points_used)
        return order


class CheckedEarlySerializer(SpendingSerializer):
    def validate_points_used(self, points):
        if Customer.objects.get(user=self.context["request"].user).points < points:
            raise serializers.ValidationError("Not enough points are left.")
        return points


class ReturningNothingSerializer(DefaultCreateSerializer):
    @transaction.atomic
    def create(self, validated_data):
        super().create(validated_data)


# Overriding create() and update(): an order with its lines


class LineSerializer(serializers.ModelSerializer):
    product = serializers.SlugRelatedField(slug_field="sku", queryset=Product.objects.all())

    class Meta:
        model = OrderItem
        fields = ["product", "quantity"]

    def validate(self, line):
        """At a PATCH no field is required, also in a line; but each line becomes a new row."""
        if "product" not in line:
            raise serializers.ValidationError({"product": ["This field is required."]})
        return {"quantity": 1, **line}


class DefaultNestedSerializer(serializers.ModelSerializer):
    items = LineSerializer(many=True)

    class Meta:
        model = Order
        fields = ["reference", "items"]

    def validate_items(self, lines):
        products = {line["product"] for line in lines}
        if len(products) < len(lines):
            raise serializers.ValidationError("Send each product only once.")
        return lines


class CreatingNestedSerializer(DefaultNestedSerializer):
    @transaction.atomic
    def create(self, validated_data):
        lines = validated_data.pop("items")
        order = super().create(validated_data)
        for line in lines:
            add_line(order, **line)
        return order


class ReplacingNestedSerializer(CreatingNestedSerializer):
    @transaction.atomic
    def update(self, order, validated_data):
        lines = validated_data.pop("items", None)
        order = super().update(order, validated_data)
        if lines is not None:
            order.items.all().delete()
            for line in lines:
                add_line(order, **line)
        return order


class UncheckedLineSerializer(LineSerializer):
    def validate(self, line):
        return line


class UncheckedNestedSerializer(ReplacingNestedSerializer):
    items = UncheckedLineSerializer(many=True)

    def validate_items(self, lines):
        return lines


class NaiveCheckoutSerializer(DefaultNestedSerializer):
    class Meta(DefaultNestedSerializer.Meta):
        fields = ["reference", "points_used", "items"]

    def create(self, validated_data):
        lines = validated_data.pop("items")
        order = super().create(validated_data)
        spend(order.customer, order.points_used)
        for line in lines:
            take(**line)
            add_line(order, **line)
        return order


class AtomicCheckoutSerializer(NaiveCheckoutSerializer):
    @transaction.atomic
    def create(self, validated_data):
        return super().create(validated_data)


# Overriding update()


class DefaultUpdateSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["reference", "status", "note"]


class TellingUpdateSerializer(DefaultUpdateSerializer):
    """Returns what its update() was called with; a GET calls none."""

    call = {}

    def update(self, order, validated_data):
        self.call = {"partial": self.partial, "validated_data": dict(validated_data)}
        return super().update(order, validated_data)

    def to_representation(self, order):
        return self.call


class RefusingInUpdateSerializer(DefaultUpdateSerializer):
    def update(self, order, validated_data):
        if order.status == "CANCELLED" and "status" in validated_data:
            raise serializers.ValidationError({"status": "A cancelled order stays cancelled."})
        return super().update(order, validated_data)


class RefusingInValidationSerializer(DefaultUpdateSerializer):
    def validate_status(self, status):
        if self.instance.status == "CANCELLED":
            raise serializers.ValidationError("A cancelled order stays cancelled.")
        return status


class GivenFieldsSerializer(DefaultUpdateSerializer):
    """Writes only the columns that were sent."""

    written_as_well = ["updated_at"]

    def update(self, order, validated_data):
        for field, value in validated_data.items():
            setattr(order, field, value)
        order.save(update_fields=[*validated_data, *self.written_as_well])
        return order


class ForgetfulFieldsSerializer(GivenFieldsSerializer):
    written_as_well = []


# A unique field in a nested object


class UniqueBrandSerializer(serializers.ModelSerializer):
    class Meta:
        model = Brand
        fields = ["name"]


class AnyBrandSerializer(UniqueBrandSerializer):
    class Meta(UniqueBrandSerializer.Meta):
        extra_kwargs = {"name": {"validators": []}}


class UniqueBrandProductSerializer(serializers.ModelSerializer):
    brand = UniqueBrandSerializer()

    class Meta:
        model = Product
        fields = ["sku", "brand"]

    def update(self, product, validated_data):
        if brand := validated_data.pop("brand", None):
            product.brand, _ = Brand.objects.get_or_create(**brand)
        return super().update(product, validated_data)


class AnyBrandProductSerializer(UniqueBrandProductSerializer):
    brand = AnyBrandSerializer()
