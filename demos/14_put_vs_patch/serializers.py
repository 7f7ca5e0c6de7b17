from rest_framework import serializers

from shop.models import Order, Product


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["name", "description", "price", "stock"]


class ReplacingProductSerializer(ProductSerializer):
    """A PUT writes the default of a field that was not sent; a PATCH does not."""

    class Meta(ProductSerializer.Meta):
        extra_kwargs = {"description": {"default": ""}, "stock": {"default": 0}}


class ChangedOnly:
    """Writes only the columns of the fields that were sent, and those of `also_written`."""

    also_written = ()

    def update(self, instance, validated_data):
        for name, value in validated_data.items():
            setattr(instance, name, value)
        instance.save(update_fields=[*validated_data, *self.also_written])
        return instance


class ChangedOnlyProductSerializer(ChangedOnly, ProductSerializer):
    pass


class RestockSerializer(serializers.Serializer):
    add = serializers.IntegerField()


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["status", "note"]


class ForgetfulOrderSerializer(ChangedOnly, OrderSerializer):
    pass


class ChangedOnlyOrderSerializer(ChangedOnly, OrderSerializer):
    also_written = ("updated_at",)


class SubscriptionSerializer(serializers.Serializer):
    email = serializers.CharField()
    newsletter = serializers.BooleanField(required=False)
