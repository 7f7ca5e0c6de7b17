from rest_framework import serializers

from .jar import COOKIES, LONGEST


class NamesSerializer(serializers.Serializer):
    names = serializers.ListField(
        child=serializers.ChoiceField(choices=list(COOKIES)), allow_empty=False
    )


class SizeSerializer(serializers.Serializer):
    size = serializers.IntegerField(min_value=1, max_value=LONGEST)
