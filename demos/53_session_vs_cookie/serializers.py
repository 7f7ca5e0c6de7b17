from rest_framework import serializers


class SignInSerializer(serializers.Serializer):
    username = serializers.CharField()
    password = serializers.CharField(trim_whitespace=False)


class NewPasswordSerializer(serializers.Serializer):
    password = serializers.CharField(trim_whitespace=False)
