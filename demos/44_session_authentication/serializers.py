from rest_framework import serializers


class PasswordSerializer(serializers.Serializer):
    password = serializers.CharField(trim_whitespace=False)


class SignInSerializer(PasswordSerializer):
    username = serializers.CharField()
