from copy import copy

from django.db import transaction
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from shop.models import Brand, Customer, Order, OrderItem, Product

from .models import Price, Voucher


class BareBrandSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=100)


class PlainBrandSerializer(BareBrandSerializer):
    def create(self, validated_data):
        return Brand.objects.create(**validated_data)

    def update(self, brand, validated_data):
        brand.name = validated_data.get("name", brand.name)
        brand.save()
        return brand


class GuardedBrandSerializer(PlainBrandSerializer):
    name = serializers.CharField(
        max_length=100, validators=[UniqueValidator(queryset=Brand.objects.all())]
    )


class ModelBrandSerializer(serializers.ModelSerializer):
    class Meta:
        model = Brand
        fields = ["name"]


class DeclaredNameSerializer(ModelBrandSerializer):
    name = serializers.CharField(min_length=2, max_length=100)


class ExtraKwargsNameSerializer(ModelBrandSerializer):
    class Meta(ModelBrandSerializer.Meta):
        extra_kwargs = {"name": {"min_length": 2}}


# An order: the same fields by hand and from the model, with the same rules for both.


class OurRules:
    def validate_note(self, note):
        if note.isupper():
            raise serializers.ValidationError("Please do not shout.")
        return note

    def validate(self, attrs):
        if attrs.get("status") == Order.Status.CANCELLED and not attrs.get("note"):
            raise serializers.ValidationError("Say in the note why it is cancelled.")
        return attrs


class PlainOrderSerializer(OurRules, serializers.Serializer):
    reference = serializers.CharField(max_length=20)
    status = serializers.CharField(max_length=10, required=False)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)

    def update(self, order, validated_data):
        for name, value in validated_data.items():
            setattr(order, name, value)
        order.save()
        return order


class ModelOrderSerializer(OurRules, serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["reference", "status", "note"]


# A quote is computed and not saved.


class QuoteSerializer(serializers.Serializer):
    product = serializers.SlugRelatedField("sku", queryset=Product.objects.all())
    quantity = serializers.IntegerField(min_value=1, max_value=1000)
    total = serializers.DecimalField(max_digits=None, decimal_places=2, read_only=True)


class ModelessQuoteSerializer(serializers.ModelSerializer):
    class Meta:
        """Names no model."""


# An order with its items: read, refused, written.


class PlainItemSerializer(serializers.Serializer):
    product = serializers.CharField(source="product.sku")
    quantity = serializers.IntegerField()


class PlainNestedSerializer(serializers.Serializer):
    reference = serializers.CharField()
    items = PlainItemSerializer(many=True)


class ItemSerializer(serializers.ModelSerializer):
    product = serializers.SlugRelatedField("sku", queryset=Product.objects.all())

    class Meta:
        model = OrderItem
        fields = ["product", "quantity"]


class ModelNestedSerializer(serializers.ModelSerializer):
    items = ItemSerializer(many=True, read_only=True)

    class Meta:
        model = Order
        fields = ["reference", "items"]


class WithoutCreateSerializer(serializers.ModelSerializer):
    customer = serializers.SlugRelatedField("name", queryset=Customer.objects.all())
    items = ItemSerializer(many=True)

    class Meta:
        model = Order
        fields = ["reference", "customer", "items"]


class WithCreateSerializer(WithoutCreateSerializer):
    def validate_items(self, items):
        if len({item["product"] for item in items}) < len(items):
            raise serializers.ValidationError("Send each product only once.")
        return items

    @transaction.atomic
    def create(self, validated_data):
        items = validated_data.pop("items")
        order = super().create(validated_data)
        OrderItem.objects.bulk_create(
            OrderItem(order=order, unit_price=item["product"].price, **item) for item in items
        )
        return order


# One more item for the order in the URL. An order has each product only once.


class OrderInUrl:
    """A default that depends on the request."""

    requires_context = True

    def __call__(self, field):
        return get_object_or_404(Order, reference=field.context["view"].kwargs["reference"])


class HiddenOrderSerializer(ItemSerializer):
    order = serializers.HiddenField(default=OrderInUrl())

    class Meta(ItemSerializer.Meta):
        fields = ["order", "product", "quantity"]


class VoucherSerializer(serializers.ModelSerializer):
    class Meta:
        model = Voucher
        fields = ["code", "discount", "minimum"]


class FullCleanVoucherSerializer(VoucherSerializer):
    def validate(self, attrs):
        voucher = copy(self.instance) if self.instance else Voucher()
        for name, value in attrs.items():
            setattr(voucher, name, value)
        voucher.full_clean()
        return attrs


class PriceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Price
        fields = ["sku", "currency", "pieces"]
