from django.db.models import Count
from rest_framework.decorators import action
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from shop.models import Brand, Product

from . import serializers


class PageOfTen(PageNumberPagination):
    page_size = 10


class UncappedPage(PageOfTen):
    page_size_query_param = "page_size"


class CappedPage(UncappedPage):
    max_page_size = 50


class PageOnRequest(CappedPage):
    page_size = None


class CursorOfTen(CursorPagination):
    ordering = "sku"
    page_size = 10


class ProductList(ListAPIView):
    queryset = Product.objects.all()
    serializer_class = serializers.ProductSerializer


class PagedProductList(ProductList):
    pagination_class = PageOfTen


class CursorProductList(ProductList):
    pagination_class = CursorOfTen


class UncappedProductList(ProductList):
    pagination_class = UncappedPage


class CappedProductList(ProductList):
    pagination_class = CappedPage


class OnRequestProductList(ProductList):
    pagination_class = PageOnRequest


class Catalogue(ReadOnlyModelViewSet):
    queryset = Product.objects.all()
    serializer_class = serializers.ProductSerializer
    pagination_class = PageOfTen

    @action(detail=False)
    def in_stock(self, request):
        products = self.get_queryset().filter(stock__gt=0)
        return Response(self.get_serializer(products, many=True).data)

    @action(detail=False)
    def in_stock_paged(self, request):
        page = self.paginate_queryset(self.get_queryset().filter(stock__gt=0))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class HandWrittenProductList(APIView):
    pagination_class = PageOfTen

    def get(self, request):
        products = Product.objects.all()
        return Response(serializers.ProductSerializer(products, many=True).data)


class PagedByHandProductList(APIView):
    def get(self, request):
        paginator = PageOfTen()
        page = paginator.paginate_queryset(Product.objects.all(), request)
        return paginator.get_paginated_response(serializers.ProductSerializer(page, many=True).data)


class FilteredInPythonList(PagedProductList):
    def get_queryset(self):
        return [product for product in super().get_queryset() if product.stock]


class FilteredInTheDatabaseList(PagedProductList):
    def get_queryset(self):
        return super().get_queryset().filter(stock__gt=0)


class AnnotatedBrandList(ListAPIView):
    queryset = Brand.objects.annotate(number_of_products=Count("products"))
    serializer_class = serializers.BrandSerializer
    pagination_class = PageOfTen


class OrderedBrandList(AnnotatedBrandList):
    queryset = AnnotatedBrandList.queryset.order_by("name")
