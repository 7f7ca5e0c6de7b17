from django.http import JsonResponse
from rest_framework.decorators import api_view, permission_classes
from rest_framework.generics import RetrieveUpdateAPIView, get_object_or_404
from rest_framework.permissions import BasePermission, IsAdminUser
from rest_framework.response import Response
from rest_framework.settings import api_settings

from shop.models import Product

from .serializers import ProductSerializer


class IsNotSuspended(BasePermission):
    """Refuses the users whom the shop suspended, and thinks of no one else."""

    def has_permission(self, request, view):
        return not request.user.groups.filter(name="suspended").exists()


class ProductDetail(RetrieveUpdateAPIView):
    """Names no permission, so it has the project's default."""

    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    lookup_field = "sku"


class LiveProductDetail(ProductDetail):
    """Reads the setting at each request. DRF reads it once, when it is imported."""

    def get_permissions(self):
        return [permission() for permission in api_settings.DEFAULT_PERMISSION_CLASSES]


@api_view()
@permission_classes([IsAdminUser])
def product_for_staff(request, sku):
    return Response(ProductSerializer(get_object_or_404(Product, sku=sku)).data)


def plain_product(request, sku):
    """A view of Django, without DRF."""
    return JsonResponse(ProductSerializer(get_object_or_404(Product, sku=sku)).data)
