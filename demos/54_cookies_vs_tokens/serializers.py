from rest_framework import serializers


class TeaSerializer(serializers.Serializer):
    tea = serializers.CharField()
