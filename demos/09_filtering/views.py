from decimal import Decimal

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.generics import ListAPIView, RetrieveDestroyAPIView
from rest_framework.pagination import PageNumberPagination

from shop.models import Order, Product

from . import filters
from .serializers import OrderSerializer, ProductSerializer


class UnfilteredProductList(ListAPIView):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer


class FilteredProductList(UnfilteredProductList):
    filter_backends = [DjangoFilterBackend]
    filterset_class = filters.ProductFilter


# Three ways to name the fields. Only the third one filters.


class NoBackendProductList(UnfilteredProductList):
    filterset_fields = ["price"]


class OldNameProductList(UnfilteredProductList):
    filter_backends = [DjangoFilterBackend]
    filter_fields = ["price"]


class NamedFieldsProductList(UnfilteredProductList):
    filter_backends = [DjangoFilterBackend]
    filterset_fields = ["price"]


class PriceLookupsProductList(UnfilteredProductList):
    filter_backends = [DjangoFilterBackend]
    filterset_fields = {"price": ["gte", "lte", "range"]}


class PriceRangeProductList(FilteredProductList):
    filterset_class = filters.PriceRangeFilter


class PythonFilteredProductList(UnfilteredProductList):
    def filter_queryset(self, queryset):
        max_price = Decimal(self.request.query_params["max_price"])
        return [product for product in queryset if product.price <= max_price]


class Pages(PageNumberPagination):
    page_size = 2


class StrictProductList(FilteredProductList):
    filter_backends = [DjangoFilterBackend, OrderingFilter]
    filterset_class = filters.StrictProductFilter
    pagination_class = Pages


class NaiveTagProductList(FilteredProductList):
    filterset_class = filters.NaiveTagFilter


class DistinctTagProductList(FilteredProductList):
    filterset_class = filters.DistinctTagFilter


class AllTagsProductList(FilteredProductList):
    filterset_class = filters.AllTagsFilter


class SearchedTagProductList(UnfilteredProductList):
    filter_backends = [SearchFilter]
    search_fields = ["tags__name"]


class LenientUntaggedProductList(FilteredProductList):
    filterset_class = filters.LenientUntaggedFilter


class StrictUntaggedProductList(FilteredProductList):
    filterset_class = filters.StrictUntaggedFilter


class SeveralBrandsProductList(FilteredProductList):
    filterset_class = filters.SeveralBrandsFilter


class CategoryByTextProductList(FilteredProductList):
    filterset_class = filters.CategoryByTextFilter


class FilteredProductDetail(RetrieveDestroyAPIView):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = filters.ProductFilter
    lookup_field = "sku"


class UnfilteredProductDetail(FilteredProductDetail):
    filter_backends = []


class SeparateItemOrderList(ListAPIView):
    queryset = Order.objects.all()
    serializer_class = OrderSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = filters.SeparateItemFilter


class OneItemOrderList(SeparateItemOrderList):
    filterset_class = filters.OneItemFilter


class OrderedSinceOrderList(SeparateItemOrderList):
    filterset_class = filters.OrderedSinceFilter
