from rest_framework import serializers

from shop.models import Order, OrderItem, Product


class OrderSerializer(serializers.ModelSerializer):
    """`read_by` is the user as the view knows them."""

    customer = serializers.StringRelatedField()
    read_by = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = ["reference", "customer", "read_by"]

    def get_read_by(self, order):
        return self.context["request"].user.username or None


class TextRelatedField(serializers.SlugRelatedField):
    """Checks the text as a CharField does: PostgreSQL cannot look up a NUL."""

    def to_internal_value(self, data):
        return super().to_internal_value(serializers.CharField().run_validation(data))


class AnyOrderItemSerializer(serializers.ModelSerializer):
    order = TextRelatedField(slug_field="reference", queryset=Order.objects.all())
    product = TextRelatedField(slug_field="sku", queryset=Product.objects.all())

    class Meta:
        model = OrderItem
        fields = ["order", "product"]

    def create(self, validated_data):
        price = validated_data["product"].price
        return super().create({**validated_data, "unit_price": price})


class OwnOrders(TextRelatedField):
    def get_queryset(self):
        return super().get_queryset().filter(customer__user=self.context["request"].user)


class OwnOrderItemSerializer(AnyOrderItemSerializer):
    order = OwnOrders(slug_field="reference", queryset=Order.objects.all())
