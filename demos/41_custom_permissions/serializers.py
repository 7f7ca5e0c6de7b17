from rest_framework import serializers

from shop.models import Customer, Order


class TextRelatedField(serializers.SlugRelatedField):
    """Checks the text as a CharField does: PostgreSQL cannot look up a NUL."""

    def to_internal_value(self, data):
        return super().to_internal_value(serializers.CharField().run_validation(data))


class OrderSerializer(serializers.ModelSerializer):
    """The naive one: the body says whose order it is."""

    customer = TextRelatedField(slug_field="user__username", queryset=Customer.objects.all())

    class Meta:
        model = Order
        fields = ["reference", "customer"]


class OwnOrderSerializer(OrderSerializer):
    customer = TextRelatedField(slug_field="user__username", read_only=True)
