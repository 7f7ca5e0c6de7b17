from django_filters.rest_framework import (
    FilterSet,
    ModelChoiceFilter,
    ModelMultipleChoiceFilter,
    NumberFilter,
)

from shop.models import Brand, Category, Tag


class ProductFilter(FilterSet):
    category = ModelChoiceFilter(queryset=Category.objects.all(), to_field_name="slug")
    brand = ModelChoiceFilter(queryset=Brand.objects.all(), to_field_name="name")
    min_price = NumberFilter(field_name="price", lookup_expr="gte")
    max_price = NumberFilter(field_name="price", lookup_expr="lte")
    tag = ModelMultipleChoiceFilter(
        field_name="tags__name", queryset=Tag.objects.all(), to_field_name="name"
    )
