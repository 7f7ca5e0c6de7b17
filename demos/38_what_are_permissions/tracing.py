"""An order behind classes that write down when DRF calls them."""

from rest_framework.authentication import BasicAuthentication
from rest_framework.generics import RetrieveUpdateDestroyAPIView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import IsAuthenticated
from rest_framework.throttling import BaseThrottle
from rest_framework.versioning import BaseVersioning

from shop.models import Order

from . import serializers


def note(request, step):
    request.META.setdefault("shop.steps", []).append(step)


class Negotiation(DefaultContentNegotiation):
    def select_renderer(self, request, *args):
        note(request, "content negotiation")
        return super().select_renderer(request, *args)


class Versioning(BaseVersioning):
    def determine_version(self, request, *args, **kwargs):
        note(request, "versioning")


class Authentication(BasicAuthentication):
    def authenticate(self, request):
        note(request, "authentication")
        return super().authenticate(request)


class Permission(IsAuthenticated):
    def has_permission(self, request, view):
        note(request, f"has_permission for {request.method}")
        return super().has_permission(request, view)

    def has_object_permission(self, request, view, order):
        note(request, f"has_object_permission for {request.method}")
        return order.customer.user_id == request.user.pk


class Throttle(BaseThrottle):
    def allow_request(self, request, view):
        note(request, "throttle")
        return True


class TracedOrder(RetrieveUpdateDestroyAPIView):
    queryset = Order.objects.all()
    serializer_class = serializers.OrderSerializer
    lookup_field = "reference"
    content_negotiation_class = Negotiation
    versioning_class = Versioning
    authentication_classes = [Authentication]
    permission_classes = [Permission]
    throttle_classes = [Throttle]

    def dispatch(self, request, *args, **kwargs):
        note(request, "dispatch()")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, *args, **kwargs):
        note(request, "the handler get()")
        return super().get(request, *args, **kwargs)

    def get_queryset(self):
        note(self.request, "get_queryset()")
        return super().get_queryset()
