from rest_framework import serializers

from shop.models import Category


class CategorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ["name", "slug"]


class LinkedCategorySerializer(serializers.HyperlinkedModelSerializer):
    class Meta:
        model = Category
        fields = ["url", "name"]
        extra_kwargs = {"url": {"view_name": "linked-detail", "lookup_field": "slug"}}
