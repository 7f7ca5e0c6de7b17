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
    points = serializers.IntegerField()


class ReadOnlyPointsSerializer(serializers.ModelSerializer):
    points = serializers.IntegerField(read_only=True)

    class Meta:
        model = GiftCard
        fields = ["code", "points"]


class MisspeltNameSerializer(serializers.ModelSerializer):
    class Meta:
        model = GiftCard
        fields = ["code", "points"]
        read_only_fields = ["point"]


class MisspeltOptionSerializer(serializers.ModelSerializer):
    class Meta:
        model = GiftCard
        fields = "__all__"
        readonly_fields = ["points"]


class RefusingSerializer(GeneratedPointsSerializer):
    def validate(self, attrs):
        sent = [name for name in self.fields if name in self.initial_data]
        read_only = [name for name in sent if self.fields[name].read_only]
        if read_only:
            raise serializers.ValidationError(dict.fromkeys(read_only, "You cannot set this."))
        return attrs


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


class PinAtCreationSerializer(ExtraKwargsSerializer):
    def get_fields(self):
        fields = super().get_fields()
        fields["pin"].required = self.instance is None
        return fields


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
    card = ExtraKwargsSerializer()


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
