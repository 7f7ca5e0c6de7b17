# The shop on DRF's defaults, and what a project changes.
from django.db.models import ProtectedError
from rest_framework.exceptions import APIException
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.throttling import UserRateThrottle
from rest_framework.viewsets import ModelViewSet

from shop.models import Product

from .serializers import ProductSerializer
from .views import ProductViewSet


class PageOfTen(PageNumberPagination):
    page_size = 10


class ThreePerDay(UserRateThrottle):
    rate = "3/day"


class Conflict(APIException):
    status_code = 409
    default_detail = "An order has this product."


class DefaultsProductViewSet(ModelViewSet):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    permission_classes = [AllowAny]  # DRF's default; the project has a stricter one


class ConfiguredProductViewSet(ProductViewSet):
    pagination_class = PageOfTen
    throttle_classes = [ThreePerDay]
    renderer_classes = [JSONRenderer]

    def perform_destroy(self, product):
        try:
            product.delete()
        except ProtectedError as error:
            raise Conflict from error
