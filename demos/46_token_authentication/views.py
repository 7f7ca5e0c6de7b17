from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.generics import RetrieveAPIView, get_object_or_404
from rest_framework.permissions import BasePermission, DjangoModelPermissions, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.models import Customer, Order, Product

from . import serializers


class BearerTokenAuthentication(TokenAuthentication):
    """The same keys in the same table, with the word that other kinds of tokens use."""

    keyword = "Bearer"


class WhoAmI(APIView):
    """Says who the caller is, and runs no query: each query is one of the authentication."""

    def get(self, request):
        return Response({"user": request.user.username})


class IsOwner(BasePermission):
    def has_object_permission(self, request, view, order):
        return order.customer.user_id == request.user.pk


class IsOwnerByText(BasePermission):
    """The id in a token is text, whatever it is in the database."""

    def has_object_permission(self, request, view, order):
        return str(order.customer.user_id) == str(request.user.pk)


class OrderDetail(RetrieveAPIView):
    queryset = Order.objects.select_related("customer")
    serializer_class = serializers.OrderSerializer
    lookup_field = "reference"
    permission_classes = [IsAuthenticated, IsOwner]


class OrderDetailByText(OrderDetail):
    permission_classes = [IsAuthenticated, IsOwnerByText]


class ProductDetail(RetrieveAPIView):
    queryset = Product.objects.all()
    serializer_class = serializers.ProductSerializer
    lookup_field = "sku"
    permission_classes = [DjangoModelPermissions]


class Points(APIView):
    def get(self, request):
        return Response({"points": self.get_customer(request.user).points})

    def get_customer(self, user):
        return get_object_or_404(Customer, user=user)


class PointsById(Points):
    def get_customer(self, user):
        return get_object_or_404(Customer, user_id=user.pk)


class Rotate(APIView):
    """Of two requests with the same old token, the second updates no row."""

    authentication_classes = [TokenAuthentication]

    def post(self, request):
        return Response({"token": self.rotated(request.auth)})

    def rotated(self, token):
        key = Token.generate_key()
        if not Token.objects.filter(key=token.key).update(key=key):
            raise AuthenticationFailed
        return key


class RotateByAssigning(Rotate):
    """The naive one: `key` is the primary key, so `save()` inserts a second row."""

    def rotated(self, token):
        token.key = Token.generate_key()
        token.save()
        return token.key
