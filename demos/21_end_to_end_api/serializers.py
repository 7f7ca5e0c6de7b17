from rest_framework import serializers

from shop.models import Product


class ProductSerializer(serializers.ModelSerializer):
    """Follows three relations: two of them to-one, and `tags` to-many."""

    category = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    brand = serializers.SlugRelatedField(slug_field="name", read_only=True)
    tags = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)

    class Meta:
        model = Product
        fields = ["sku", "price", "category", "brand", "tags"]


class ByHandProductSerializer(ProductSerializer):
    """The same output, but nothing says of which type the tags are."""

    tags = serializers.SerializerMethodField()

    def get_tags(self, product):
        return [tag.name for tag in product.tags.all()]


class ProblemSerializer(serializers.Serializer):
    """The shape that `problem_details` gives to an error."""

    status = serializers.IntegerField()
    title = serializers.CharField()
    detail = serializers.CharField()
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
