import hashlib

from django.core.cache import cache
from django.http import Http404
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_page
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.pagination import PageNumberPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import exception_handler
from rest_framework_simplejwt.authentication import JWTAuthentication

from shop.models import Category, Product

from .filters import ProductFilter
from .serializers import ByHandProductSerializer, ProductSerializer

# How the listing reads its rows: each class adds one layer


class Pages(PageNumberPagination):
    page_size = 10
    page_size_query_param = "page_size"
    max_page_size = 50


class NaiveProductList(ListAPIView):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer


class PagedProductList(NaiveProductList):
    pagination_class = Pages


class JoinedProductList(PagedProductList):
    queryset = Product.objects.select_related("category", "brand")


class PrefetchedProductList(PagedProductList):
    queryset = Product.objects.select_related("category", "brand").prefetch_related("tags")


class CachedProductList(PrefetchedProductList):
    def list(self, request):
        url = request.build_absolute_uri()
        key = f"products:{hashlib.sha256(url.encode()).hexdigest()}"
        page = cache.get(key)
        if page is None:
            page = super().list(request).data
            cache.set(key, page, timeout=60)
        return Response(page)


# What comes before it: token, limit, filters, and the shape of an error


class FivePerMinute(UserRateThrottle):
    rate = "5/min"


def problem_details(exc, context):
    """Changes the body of DRF's response, so its status and headers stay."""
    response = exception_handler(exc, context)
    if response is not None:
        invalid = isinstance(exc, ValidationError)
        response.content_type = "application/problem+json"
        response.data = {
            "status": response.status_code,
            "title": response.status_text,
            "detail": exc.default_detail if invalid else response.data["detail"],
            "errors": response.data if invalid else {},
        }
    return response


class Front:
    authentication_classes = [JWTAuthentication]
    throttle_classes = [FivePerMinute]
    filter_backends = [DjangoFilterBackend]
    filterset_class = ProductFilter
    renderer_classes = [JSONRenderer]

    def get_exception_handler(self):
        return problem_details


class ProductList(Front, CachedProductList):
    """The listing, end to end."""


# The same with one thing changed


class PlainErrorsProductList(ProductList):
    def get_exception_handler(self):
        return exception_handler


class UncachedProductList(Front, PrefetchedProductList):
    pass


@method_decorator(cache_page(60), name="list")
class CachePageProductList(UncachedProductList):
    pass


class ByHandProductList(ProductList):
    serializer_class = ByHandProductSerializer
    filter_backends = []

    def get_queryset(self):
        products = super().get_queryset()
        if slug := self.request.query_params.get("category"):
            products = products.filter(category=Category.objects.get(slug=slug))
        if tags := self.request.query_params.getlist("tag"):
            products = products.filter(tags__name__in=tags)
        return products


def schema(request, name):
    from .openapi import SCHEMAS  # not above: other demos run without drf-spectacular

    if name not in SCHEMAS:
        raise Http404
    return SCHEMAS[name](request)
