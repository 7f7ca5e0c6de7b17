from rest_framework.permissions import BasePermission, IsAuthenticatedOrReadOnly
from rest_framework.renderers import JSONRenderer
from rest_framework.viewsets import ModelViewSet

from shop.models import Customer, Order

from . import serializers


class Orders(ModelViewSet):
    """On DRF's default renderers: JSON first, then the browsable API."""

    queryset = Order.objects.select_related("customer__user")
    serializer_class = serializers.OrderSerializer
    lookup_field = "reference"


class ReadableOrders(Orders):
    permission_classes = [IsAuthenticatedOrReadOnly]


class OwnOrders(Orders):
    """The JSON names no other customer."""

    def get_queryset(self):
        return super().get_queryset().filter(customer__user=self.request.user.pk)


class JoinedOrders(OwnOrders):
    serializer_class = serializers.JoinedSerializer


class CutoffOrders(OwnOrders):
    serializer_class = serializers.CutoffSerializer


class InputOrders(OwnOrders):
    serializer_class = serializers.InputSerializer


class LinkedOrders(OwnOrders):
    serializer_class = serializers.LinkedSerializer


class JsonOrders(OwnOrders):
    """For production: the renderers without the page."""

    renderer_classes = [JSONRenderer]


class IsCustomer(BasePermission):
    """Asks the database at every call."""

    def has_permission(self, request, view):
        return Customer.objects.filter(user=request.user.pk).exists()


class CustomerOrders(OwnOrders):
    serializer_class = serializers.InputSerializer
    permission_classes = [IsCustomer]
