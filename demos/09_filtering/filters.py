from django_filters.constants import EMPTY_VALUES
from django_filters.rest_framework import (
    BaseInFilter,
    CharFilter,
    FilterSet,
    ModelChoiceFilter,
    ModelMultipleChoiceFilter,
    NumberFilter,
)
from rest_framework.exceptions import ValidationError

from shop.models import Brand, Category


class ProductFilter(FilterSet):
    category = ModelChoiceFilter(queryset=Category.objects.all(), to_field_name="slug")
    brand = ModelChoiceFilter(queryset=Brand.objects.all(), to_field_name="name")
    min_price = NumberFilter(field_name="price", lookup_expr="gte")
    max_price = NumberFilter(field_name="price", lookup_expr="lte")


class StrictProductFilter(ProductFilter):
    """Refuses every parameter that is neither its own nor somebody else's."""

    of_others = {"ordering", "page", "format"}

    def is_valid(self):
        unknown = set(self.data) - set(self.filters) - self.of_others
        if unknown:
            raise ValidationError({name: ["Unknown parameter."] for name in sorted(unknown)})
        return super().is_valid()


class CategoryByTextFilter(FilterSet):
    category = CharFilter(field_name="category__slug")


class SeveralBrandsFilter(FilterSet):
    brand = ModelMultipleChoiceFilter(
        field_name="brand__name", queryset=Brand.objects.all(), to_field_name="name"
    )


class WordsFilter(BaseInFilter, CharFilter):
    """Takes several words in one parameter, with commas between them."""


class NaiveTagFilter(FilterSet):
    tags = WordsFilter(field_name="tags__name", lookup_expr="in")


class DistinctTagFilter(FilterSet):
    tags = WordsFilter(field_name="tags__name", lookup_expr="in", distinct=True)


class SeparateItemFilter(FilterSet):
    """As every FilterSet does, it calls `filter()` once for each parameter."""

    product = CharFilter(field_name="items__product__sku")
    min_quantity = NumberFilter(field_name="items__quantity", lookup_expr="gte")


class OneItemFilter(SeparateItemFilter):
    """Calls `filter()` once for all parameters, so that they speak of the same item."""

    def filter_queryset(self, queryset):
        wanted = {
            f"{self.filters[name].field_name}__{self.filters[name].lookup_expr}": value
            for name, value in self.form.cleaned_data.items()
            if value not in EMPTY_VALUES
        }
        return queryset.filter(**wanted).distinct()
