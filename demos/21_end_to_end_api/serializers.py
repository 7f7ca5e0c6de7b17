from rest_framework import serializers

from shop.models import Product


class ProductSerializer(serializers.ModelSerializer):
    """Follows three relations, two of them to-one, `tags` to-many."""

    category = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    brand = serializers.SlugRelatedField(slug_field="name", read_only=True)
    tags = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)

    class Meta:
        model = Product
        fields = ["sku", "price", "category", "brand", "tags"]


class ProblemSerializer(serializers.Serializer):
    """The one shape of every error, as `problem_details` makes it."""

    status = serializers.IntegerField()
    title = serializers.CharField()
    detail = serializers.CharField()
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
