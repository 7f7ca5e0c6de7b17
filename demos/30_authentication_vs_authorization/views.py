from django.core.signing import BadSignature, TimestampSigner
from django.http import Http404
from rest_framework.authentication import BasicAuthentication
from rest_framework.generics import CreateAPIView, RetrieveAPIView
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.models import Order

from . import serializers

links = TimestampSigner(salt="30.shared-order")
HOUR = 3600  # seconds


class IsOwner(BasePermission):
    def has_object_permission(self, request, view, order):
        return order.customer.user_id == request.user.pk


class IsOwnerOr404(IsOwner):
    def has_object_permission(self, request, view, order):
        if not super().has_object_permission(request, view, order):
            raise Http404
        return True


class HasLink(BasePermission):
    """Lets in anyone who has the link of this order, and looks at no user."""

    def has_permission(self, request, view):
        key = request.query_params.get("key", "")
        try:
            return links.unsign(key, max_age=HOUR) == view.kwargs["reference"]
        except BadSignature:
            return False


class MayViewOrders(BasePermission):
    def has_permission(self, request, view):
        return request.user.has_perm("shop.view_order")


class WhoAmI(APIView):
    """Says who the caller is, if they are signed in: that is this project's default permission."""

    def get(self, request):
        return Response({"user": request.user.username or None})


class OpenWhoAmI(WhoAmI):
    permission_classes = [AllowAny]


class OrderReport(APIView):
    permission_classes = [MayViewOrders]

    def get(self, request):
        return Response({"orders": Order.objects.count()})


class OrderView:
    queryset = Order.objects.select_related("customer")
    serializer_class = serializers.OrderSerializer
    lookup_field = "reference"
    authentication_classes = [BasicAuthentication]
    permission_classes = [IsAuthenticated]


class SignedInOrderDetail(OrderView, RetrieveAPIView):
    """The naive one: it asks who the caller is, and not whose order it is."""


class OwnerOrderDetail(OrderView, RetrieveAPIView):
    permission_classes = [IsAuthenticated, IsOwner]


class HiddenOrderDetail(OrderView, RetrieveAPIView):
    permission_classes = [IsAuthenticated, IsOwnerOr404]


class OwnOrderDetail(OrderView, RetrieveAPIView):
    def get_queryset(self):
        return super().get_queryset().filter(customer__user=self.request.user)


class SharedOrderDetail(OrderView, RetrieveAPIView):
    """Authorization without authentication: a signed link that expires."""

    authentication_classes = []
    permission_classes = [HasLink]


class AnyOrderItemCreate(CreateAPIView):
    serializer_class = serializers.AnyOrderItemSerializer
    authentication_classes = [BasicAuthentication]
    permission_classes = [IsAuthenticated, IsOwner]


class OwnOrderItemCreate(AnyOrderItemCreate):
    serializer_class = serializers.OwnOrderItemSerializer
