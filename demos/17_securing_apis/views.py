from django.contrib.auth.models import User
from rest_framework.authentication import SessionAuthentication
from rest_framework.generics import (
    CreateAPIView,
    ListAPIView,
    RetrieveAPIView,
    get_object_or_404,
)
from rest_framework.permissions import AllowAny, BasePermission, IsAdminUser, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import AccessToken

from shop.models import Customer, Order

from . import serializers


class IsManager(BasePermission):
    def has_permission(self, request, view):
        return request.user.groups.filter(name="managers").exists()


class IsOwner(BasePermission):
    def has_object_permission(self, request, view, order):
        return order.customer.user_id == request.user.pk


class UnverifiedJWTAuthentication(JWTAuthentication):
    def get_validated_token(self, raw_token):
        return AccessToken(raw_token, verify=False)


class OrderView:
    queryset = Order.objects.select_related("customer")
    serializer_class = serializers.OrderSerializer
    lookup_field = "reference"
    authentication_classes = [JWTAuthentication]


class OpenOrderDetail(OrderView, RetrieveAPIView):
    permission_classes = [AllowAny]  # DRF's default; this project's default is IsAuthenticated


class SignedInOrderDetail(OrderView, RetrieveAPIView):
    pass


class OwnerChecked(OrderView):
    permission_classes = [IsAuthenticated, IsOwner]


class OwnerCheckedOrderDetail(OwnerChecked, RetrieveAPIView):
    pass


class OwnerCheckedOrderList(OwnerChecked, ListAPIView):
    pass


class OwnerCheckedOrderCreate(OwnerChecked, CreateAPIView):
    serializer_class = serializers.NewOrderSerializer


class HandFetchedOrderDetail(OwnerChecked, APIView):
    def get(self, request, reference):
        order = get_object_or_404(self.queryset, reference=reference)
        return Response(serializers.OrderSerializer(order).data)


class OwnOrders(OrderView):
    authentication_classes = [JWTAuthentication, SessionAuthentication]

    def get_queryset(self):
        return super().get_queryset().filter(customer__user=self.request.user)


class OwnOrderDetail(OwnOrders, RetrieveAPIView):
    pass


class OwnOrderList(OwnOrders, ListAPIView):
    pass


class OwnOrderCreate(OwnOrders, CreateAPIView):
    def perform_create(self, serializer):
        serializer.save(customer=get_object_or_404(Customer, user=self.request.user))


class AccountDetail(RetrieveAPIView):
    queryset = User.objects.all()
    lookup_field = "username"


class SalesReport(APIView):
    authentication_classes = [JWTAuthentication]

    def get(self, request):
        return Response({"orders": Order.objects.count()})


class StaffSalesReport(SalesReport):
    permission_classes = [IsAdminUser]


class ManagerSalesReport(SalesReport):
    permission_classes = [IsManager]


class ShippingRates(APIView):
    """Runs no query, so each query that you see is one of the authentication."""

    def get(self, request):
        return Response({"standard": "5.00"})


class SharedShippingRates(ShippingRates):
    """Lets the pages of one other origin read the answer."""

    def get(self, request):
        response = super().get(request)
        response["Access-Control-Allow-Origin"] = "https://blog.test"
        return response
