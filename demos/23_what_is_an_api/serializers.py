from rest_framework import serializers

from .models import Offer, RenamedOffer

# The contract


class QuoteCall(serializers.Serializer):
    """What the caller must send."""

    sku = serializers.CharField(max_length=20)
    quantity = serializers.IntegerField(min_value=1, max_value=99)


class QuoteAnswer(serializers.Serializer):
    """What the provider must answer."""

    sku = serializers.CharField()
    quantity = serializers.IntegerField()
    total = serializers.DecimalField(max_digits=None, decimal_places=2)


# Changes to it


class CallWithOptionalCurrency(QuoteCall):
    currency = serializers.CharField(required=False)


class CallWithRequiredCurrency(QuoteCall):
    currency = serializers.CharField()


class AnswerWithCurrency(QuoteAnswer):
    currency = serializers.CharField(default="HKD")


class AnswerWithoutTotal(QuoteAnswer):
    total = None


class AnswerWithSum(QuoteAnswer):
    total = None
    sum = serializers.DecimalField(max_digits=None, decimal_places=2, source="total")


class AnswerWithNumber(QuoteAnswer):
    total = serializers.FloatField()


# A table as the API, and an API in front of a table


class OfferRow(serializers.ModelSerializer):
    class Meta:
        model = Offer
        fields = "__all__"


class RenamedOfferRow(serializers.ModelSerializer):
    class Meta:
        model = RenamedOffer
        fields = "__all__"


class OfferAnswer(serializers.ModelSerializer):
    class Meta:
        model = Offer
        fields = ["sku", "price"]


class RenamedOfferAnswer(serializers.ModelSerializer):
    price = serializers.IntegerField(source="unit_price")

    class Meta:
        model = RenamedOffer
        fields = ["sku", "price"]
