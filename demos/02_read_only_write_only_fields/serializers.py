from django.contrib.auth import get_user_model
from rest_framework import serializers

from .models import GiftCard, Redemption

User = get_user_model()

# Keeping the points read-only.


class GeneratedPointsSerializer(serializers.ModelSerializer):
    class Meta:
        model = GiftCard
        fields = ["code", "points"]
        read_only_fields = ["points"]


class DeclaredPointsSerializer(GeneratedPointsSerializer):
    points = serializers.IntegerField(min_value=0)


class ReadOnlyPointsSerializer(GeneratedPointsSerializer):
    points = serializers.IntegerField(read_only=True)


class MisspeltNameSerializer(serializers.ModelSerializer):
    class Meta:
        model = GiftCard
        fields = ["code", "points"]
        read_only_fields = ["point"]


class MisspeltOptionSerializer(serializers.ModelSerializer):
    class Meta:
        model = GiftCard
        fields = ["code", "points"]
        readonly_fields = ["points"]


# Keeping the pin write-only.


class WriteOnlyFieldsSerializer(serializers.ModelSerializer):
    class Meta:
        model = GiftCard
        fields = ["code", "pin"]
        write_only_fields = ["pin"]


class ExtraKwargsSerializer(serializers.ModelSerializer):
    class Meta:
        model = GiftCard
        fields = ["code", "pin"]
        extra_kwargs = {"pin": {"write_only": True}}


class DeclaredPinSerializer(ExtraKwargsSerializer):
    pin = serializers.RegexField(r"^\d{4}$")


class WriteOnlyPinSerializer(ExtraKwargsSerializer):
    pin = serializers.RegexField(r"^\d{4}$", write_only=True)


# A redemption: who sets its transaction ID, and what it shows of its card.


class TrustingRedemptionSerializer(serializers.ModelSerializer):
    class Meta:
        model = Redemption
        fields = ["transaction_id", "card", "points"]


class RedemptionSerializer(TrustingRedemptionSerializer):
    class Meta(TrustingRedemptionSerializer.Meta):
        read_only_fields = ["transaction_id"]


class DepthSerializer(serializers.ModelSerializer):
    class Meta:
        model = Redemption
        fields = ["transaction_id", "card"]
        depth = 1


class NestedSerializer(DepthSerializer):
    card = ExtraKwargsSerializer(read_only=True)


# A present of 50 points for every new card.


class ReadOnlyDefaultSerializer(GeneratedPointsSerializer):
    points = serializers.IntegerField(read_only=True, default=50)


class HiddenDefaultSerializer(GeneratedPointsSerializer):
    points = serializers.HiddenField(default=50)


class AsSentUserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["username", "password"]
        extra_kwargs = {"password": {"write_only": True}}


class HashedUserSerializer(AsSentUserSerializer):
    def create(self, validated_data):
        return User.objects.create_user(**validated_data)
