from rest_framework import serializers

from shop.models import Customer, Order


class UsernameField(serializers.SlugRelatedField):
    """Checks the text as a CharField does: PostgreSQL cannot look up a NUL."""

    def to_internal_value(self, data):
        return super().to_internal_value(serializers.CharField().run_validation(data))


class OrderSerializer(serializers.ModelSerializer):
    """The customer can be written, so an HTML form offers all customers."""

    customer = UsernameField("user__username", queryset=Customer.objects.all())

    class Meta:
        model = Order
        fields = ["reference", "customer", "note"]


class JoinedSerializer(OrderSerializer):
    customer = UsernameField("user__username", queryset=Customer.objects.select_related("user"))


class CutoffSerializer(OrderSerializer):
    customer = UsernameField("user__username", queryset=Customer.objects.all(), html_cutoff=5)


class InputSerializer(OrderSerializer):
    customer = UsernameField(
        "user__username",
        queryset=Customer.objects.all(),
        style={"base_template": "input.html"},
    )


class LinkedSerializer(InputSerializer):
    url = serializers.HyperlinkedIdentityField("31-linked-detail", lookup_field="reference")

    class Meta(InputSerializer.Meta):
        fields = ["url", "reference", "customer", "note"]
