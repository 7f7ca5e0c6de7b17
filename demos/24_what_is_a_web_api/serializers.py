from rest_framework import serializers

from .models import Listing, NextListing


class AllFields(serializers.ModelSerializer):
    class Meta:
        model = Listing
        fields = "__all__"


class ExcludedFields(serializers.ModelSerializer):
    class Meta:
        model = Listing
        exclude = ["cost_price", "stock", "owner"]


class ExplicitFields(serializers.ModelSerializer):
    class Meta:
        model = Listing
        fields = ["sku", "name", "price"]


class DeepFields(serializers.ModelSerializer):
    class Meta:
        model = Listing
        fields = "__all__"
        depth = 1


# The same three after the next migration: only the model is another.


class NextAllFields(AllFields):
    class Meta(AllFields.Meta):
        model = NextListing


class NextExcludedFields(ExcludedFields):
    class Meta(ExcludedFields.Meta):
        model = NextListing


class NextExplicitFields(ExplicitFields):
    class Meta(ExplicitFields.Meta):
        model = NextListing


# What belongs to no table


class ShippingSerializer(serializers.Serializer):
    weight = serializers.IntegerField(min_value=1, max_value=30, default=1)


class ProcedureSerializer(ShippingSerializer):
    method = serializers.ChoiceField(["catalogue.list", "shipping.cost"])
