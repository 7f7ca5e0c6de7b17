from django.db.models import Prefetch
from rest_framework.generics import ListAPIView, RetrieveUpdateAPIView
from rest_framework.pagination import PageNumberPagination

from shop.models import Order, OrderItem, Product

from . import serializers


class NaiveOrderList(ListAPIView):
    queryset = Order.objects.all()
    serializer_class = serializers.OrderSerializer


class ItemsOnlyOrderList(ListAPIView):
    queryset = Order.objects.prefetch_related("items")
    serializer_class = serializers.OrderSerializer


class DeepOrderList(ListAPIView):
    queryset = Order.objects.prefetch_related("items__product")
    serializer_class = serializers.OrderSerializer


class JoinedItemsOrderList(ListAPIView):
    queryset = Order.objects.prefetch_related(
        Prefetch("items", queryset=OrderItem.objects.select_related("product"))
    )
    serializer_class = serializers.OrderSerializer


class SelectRelatedItemsOrderList(ListAPIView):
    queryset = Order.objects.select_related("items")
    serializer_class = serializers.OrderSerializer


class FilteredItemsOrderList(ListAPIView):
    queryset = Order.objects.prefetch_related("items")
    serializer_class = serializers.FilteredItemsSerializer


class InMemoryItemsOrderList(ListAPIView):
    queryset = Order.objects.prefetch_related("items")
    serializer_class = serializers.InMemoryItemsSerializer


class DeepOrderDetail(RetrieveUpdateAPIView):
    queryset = Order.objects.prefetch_related("items__product")
    serializer_class = serializers.OrderDetailSerializer
    lookup_field = "reference"


class NaiveProductList(ListAPIView):
    queryset = Product.objects.all()
    serializer_class = serializers.ProductSerializer


class SelectRelatedProductList(ListAPIView):
    queryset = Product.objects.select_related("brand")
    serializer_class = serializers.ProductSerializer


class PrefetchedProductList(ListAPIView):
    queryset = Product.objects.prefetch_related("brand")
    serializer_class = serializers.ProductSerializer


class PageOfTen(PageNumberPagination):
    page_size = 10
    page_size_query_param = "page_size"
    max_page_size = 10


class PaginatedProductList(ListAPIView):
    queryset = Product.objects.all()
    serializer_class = serializers.ProductSerializer
    pagination_class = PageOfTen
