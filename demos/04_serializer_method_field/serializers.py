from decimal import Decimal

from django.db.models import F, Sum
from rest_framework import serializers

from shop.models import Brand, Order

POINT = Decimal("0.01")  # what a reward point is worth


class QueryPerOrderSerializer(serializers.ModelSerializer):
    """The method lets the database compute the sum, for one order at a time."""

    payable = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = ["reference", "points_used", "payable"]

    def get_payable(self, order):
        total = Sum(F("quantity") * F("unit_price"), default=0)
        return order.items.aggregate(total=total)["total"] - order.points_used * POINT


class MethodSerializer(QueryPerOrderSerializer):
    """The method computes the sum itself, over `items.all()`."""

    def get_payable(self, order):
        total = sum(item.quantity * item.unit_price for item in order.items.all())
        return total - order.points_used * POINT


class FloatMethodSerializer(QueryPerOrderSerializer):
    def get_payable(self, order):
        total = sum(item.quantity * float(item.unit_price) for item in order.items.all())
        return total - order.points_used * 0.01


class TypedSerializer(QueryPerOrderSerializer):
    """No method: the queryset annotates `payable`, and the field gives it two decimal places."""

    payable = serializers.DecimalField(max_digits=None, decimal_places=2, read_only=True)


class LinkSerializer(serializers.ModelSerializer):
    link = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = ["reference", "link"]

    def get_link(self, order):
        return self.context["request"].build_absolute_uri(f"/04/orders/{order.reference}/method/")


class PrefetchedCallSerializer(serializers.ModelSerializer):
    """Makes the call that the URL names, on the prefetched items."""

    answer = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = ["reference", "answer"]

    calls = {
        "count": lambda items: items.count(),
        "exists": lambda items: items.exists(),
        "first": lambda items: items.first().quantity,
        "last": lambda items: items.last().quantity,
        "filter": lambda items: len(items.filter(quantity=1)),
        "values": lambda items: list(items.values("quantity")),
    }

    def get_answer(self, order):
        return self.calls[self.context["view"].kwargs["call"]](order.items)


class BrandSerializer(serializers.ModelSerializer):
    products = serializers.SerializerMethodField()

    class Meta:
        model = Brand
        fields = ["name", "products"]

    def get_products(self, brand):
        return brand.products.count()


class MisspeltSerializer(serializers.ModelSerializer):
    products = serializers.SerializerMethodField()

    class Meta:
        model = Brand
        fields = ["name", "products"]

    def get_product(self, brand):
        return brand.products.count()
