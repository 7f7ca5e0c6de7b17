from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.generics import RetrieveUpdateAPIView
from rest_framework.permissions import (
    AllowAny,
    BasePermission,
    DjangoModelPermissions,
    DjangoObjectPermissions,
    IsAuthenticated,
)
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication

from shop.models import Order

from . import serializers


class OrderDetail(RetrieveUpdateAPIView):
    """Names no permission, so it has the default of this project: IsAuthenticated."""

    queryset = Order.objects.all()
    serializer_class = serializers.OrderSerializer
    lookup_field = "reference"
    authentication_classes = [BasicAuthentication]


class IsOwner(BasePermission):
    def has_object_permission(self, request, view, order):
        return order.customer.user_id == request.user.pk


class ViewLevel(OrderDetail):
    permission_classes = [AllowAny]


class ModelLevel(OrderDetail):
    permission_classes = [DjangoModelPermissions]


class ObjectLevel(OrderDetail):
    permission_classes = [IsAuthenticated, IsOwner]


class DjangoObjectLevel(OrderDetail):
    permission_classes = [DjangoObjectPermissions]


class IsCustomerWithScope(BasePermission):
    """`request.user` says who asks, and `request.auth` what the token allows."""

    def has_permission(self, request, view):
        scope = request.auth and request.auth.get("scope")
        return scope == "orders" and hasattr(request.user, "customer")


class Scoped(APIView):
    authentication_classes = [JWTAuthentication, SessionAuthentication]
    permission_classes = [IsCustomerWithScope]

    def get(self, request):
        return Response({"user": request.user.username, "auth": type(request.auth).__name__})


class Part(APIView):
    """A part of the API; urls.py says who may enter."""

    authentication_classes = [BasicAuthentication]

    def get(self, request):
        return Response({"orders": Order.objects.count()})
