from datetime import UTC, datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django_filters.constants import EMPTY_VALUES
from django_filters.rest_framework import (
    BaseInFilter,
    BooleanFilter,
    CharFilter,
    FilterSet,
    IsoDateTimeFilter,
    ModelChoiceFilter,
    ModelMultipleChoiceFilter,
    NumberFilter,
    RangeFilter,
    TypedChoiceFilter,
)
from rest_framework.exceptions import ValidationError

from shop.models import Brand, Category, Tag


class ProductFilter(FilterSet):
    category = ModelChoiceFilter(queryset=Category.objects.all(), to_field_name="slug")
    brand = ModelChoiceFilter(queryset=Brand.objects.all(), to_field_name="name")
    min_price = NumberFilter(field_name="price", lookup_expr="gte")
    max_price = NumberFilter(field_name="price", lookup_expr="lte")


class StrictProductFilter(ProductFilter):
    """Refuses each parameter that neither it nor another part of the view reads."""

    read_elsewhere = {"ordering", "page", "format"}

    def is_valid(self):
        unknown = set(self.data) - set(self.filters) - self.read_elsewhere
        if unknown:
            raise ValidationError({name: ["Unknown parameter."] for name in sorted(unknown)})
        return super().is_valid()


class CategoryByTextFilter(FilterSet):
    category = CharFilter(field_name="category__slug")


class SeveralBrandsFilter(FilterSet):
    brand = ModelMultipleChoiceFilter(
        field_name="brand__name", queryset=Brand.objects.all(), to_field_name="name"
    )


class PriceRangeFilter(FilterSet):
    price = RangeFilter()


class WordsFilter(BaseInFilter, CharFilter):
    """Takes several words in one parameter, with commas between them."""


class NaiveTagFilter(FilterSet):
    tags = WordsFilter(field_name="tags__name")


class DistinctTagFilter(FilterSet):
    tags = WordsFilter(field_name="tags__name", distinct=True)


class AllTagsFilter(FilterSet):
    tags = ModelMultipleChoiceFilter(
        field_name="tags__name",
        queryset=Tag.objects.all(),
        to_field_name="name",
        conjoined=True,
    )


class LenientUntaggedFilter(FilterSet):
    untagged = BooleanFilter(field_name="tags", lookup_expr="isnull", distinct=True, required=True)


class StrictUntaggedFilter(FilterSet):
    untagged = TypedChoiceFilter(
        choices=[("true", "Yes"), ("false", "No")],
        coerce=lambda text: text == "true",
        field_name="tags",
        lookup_expr="isnull",
        distinct=True,
        required=True,
    )


class OrderedSinceFilter(FilterSet):
    """Near the years 1 and 9999 a time may not exist in UTC, which is an OverflowError."""

    since = IsoDateTimeFilter(
        field_name="created_at",
        lookup_expr="gte",
        validators=[
            MinValueValidator(datetime(2000, 1, 1, tzinfo=UTC)),
            MaxValueValidator(datetime(2100, 1, 1, tzinfo=UTC)),
        ],
    )


class SeparateItemFilter(FilterSet):
    """Calls `filter()` once for each parameter, as every FilterSet does."""

    product = CharFilter(field_name="items__product__sku")
    min_quantity = NumberFilter(field_name="items__quantity", lookup_expr="gte")


class OneItemFilter(SeparateItemFilter):
    """Calls `filter()` once for all parameters, so all of them are about the same item."""

    def filter_queryset(self, queryset):
        wanted = {
            f"{self.filters[name].field_name}__{self.filters[name].lookup_expr}": value
            for name, value in self.form.cleaned_data.items()
            if value not in EMPTY_VALUES
        }
        return queryset.filter(**wanted).distinct()
