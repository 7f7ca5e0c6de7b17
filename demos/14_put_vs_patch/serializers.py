from rest_framework import serializers

from shop.models import Order, Product


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["name", "description", "price", "stock"]


class ReplacingProductSerializer(ProductSerializer):
    """A default stands in for what a PUT leaves out; a PATCH ignores it."""

    class Meta(ProductSerializer.Meta):
        extra_kwargs = {"description": {"default": ""}, "stock": {"default": 0}}


class ChangedOnly:
    """Writes the columns of what was sent, and of `also_written`."""

    also_written = ()

    def update(self, instance, validated_data):
        for name, value in validated_data.items():
            setattr(instance, name, value)
        instance.save(update_fields=[*validated_data, *self.also_written])
        return instance


class ChangedOnlyProductSerializer(ChangedOnly, ProductSerializer):
    pass


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["reference", "status", "note"]
        read_only_fields = ["reference"]


class ForgetfulOrderSerializer(ChangedOnly, OrderSerializer):
    pass


class ChangedOnlyOrderSerializer(ChangedOnly, OrderSerializer):
    also_written = ("updated_at",)


class SubscriptionSerializer(serializers.Serializer):
    email = serializers.CharField(required=False)
    newsletter = serializers.BooleanField(required=False)
