from rest_framework import serializers


class PaymentSerializer(serializers.Serializer):
    points = serializers.IntegerField(min_value=1)


class KeySerializer(serializers.Serializer):
    key = serializers.CharField(max_length=64)
