from rest_framework import serializers

from shop.models import Brand, Order, OrderItem, Product


class OrderItemSerializer(serializers.ModelSerializer):
    product = serializers.CharField(source="product.name")

    class Meta:
        model = OrderItem
        fields = ["product", "quantity"]


class OrderSerializer(serializers.ModelSerializer):
    """Follows two relations: from an order to its items, from each item to its product."""

    items = OrderItemSerializer(many=True)

    class Meta:
        model = Order
        fields = ["reference", "items"]


class OrderDetailSerializer(OrderSerializer):
    items = OrderItemSerializer(many=True, read_only=True)

    class Meta(OrderSerializer.Meta):
        fields = ["reference", "note", "items"]


class FilteredItemsSerializer(serializers.ModelSerializer):
    large_items = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = ["reference", "large_items"]

    def get_large_items(self, order):
        return order.items.filter(quantity__gte=10).count()


class InMemoryItemsSerializer(FilteredItemsSerializer):
    def get_large_items(self, order):
        return sum(item.quantity >= 10 for item in order.items.all())


class BrandSerializer(serializers.ModelSerializer):
    class Meta:
        model = Brand
        fields = ["name"]


class ProductSerializer(serializers.ModelSerializer):
    """Follows one relation, and you can see it: a nested serializer."""

    brand = BrandSerializer()

    class Meta:
        model = Product
        fields = ["name", "brand"]


# Four more ways to follow that relation. None of them looks like a query.


class DottedSourceSerializer(ProductSerializer):
    brand = serializers.CharField(source="brand.name")


class SlugSerializer(ProductSerializer):
    brand = serializers.SlugRelatedField(slug_field="name", read_only=True)


class MethodFieldSerializer(ProductSerializer):
    brand = serializers.SerializerMethodField()

    def get_brand(self, product):
        return product.brand.name


class DepthSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["name", "brand"]
        depth = 1
