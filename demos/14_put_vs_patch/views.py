from hashlib import sha256

from django.db import transaction
from django.utils.decorators import method_decorator
from django.utils.http import parse_etags, quote_etag
from django.views.decorators.http import condition
from rest_framework.exceptions import APIException
from rest_framework.generics import RetrieveUpdateAPIView
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.models import Order, Product

from . import serializers


class ProductDetail(RetrieveUpdateAPIView):
    queryset = Product.objects.all()
    serializer_class = serializers.ProductSerializer
    lookup_field = "sku"


class Restock(ProductDetail):
    """Its PATCH says how much to add. The sum must be a valid stock."""

    def patch(self, request, sku):
        sent = serializers.RestockSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        product = self.get_object()
        stock = product.stock + sent.validated_data["add"]
        serializer = self.get_serializer(product, data={"stock": stock}, partial=True)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data)


def etag_of(product):
    """A fingerprint of the body that a GET returns."""
    body = JSONRenderer().render(serializers.ProductSerializer(product).data)
    return quote_etag(sha256(body).hexdigest()[:16])


def etag_of_sku(request, sku):
    product = Product.objects.filter(sku=sku).first()
    return etag_of(product) if product else None


@method_decorator(condition(etag_func=etag_of_sku), name="dispatch")
class CheckedBeforeProductDetail(ProductDetail):
    """Compares before DRF authenticates the user and before any transaction."""


class PreconditionFailed(APIException):
    status_code = 412
    default_detail = "It has changed since you read it."


class PreconditionRequired(APIException):
    status_code = 428
    default_detail = "Send If-Match with the ETag that you have read."


class IfMatchProductDetail(ProductDetail):
    """Compares and writes under one row lock."""

    def retrieve(self, request, *args, **kwargs):
        product = self.get_object()
        headers = {"ETag": etag_of(product)}
        return Response(self.get_serializer(product).data, headers=headers)

    def update(self, request, *args, **kwargs):
        if "If-Match" not in request.headers:
            raise PreconditionRequired
        with transaction.atomic():
            self.queryset = self.queryset.select_for_update()
            return super().update(request, *args, **kwargs)

    def perform_update(self, serializer):
        fitting = {etag_of(serializer.instance), "*"}
        if fitting.isdisjoint(parse_etags(self.request.headers["If-Match"])):
            raise PreconditionFailed
        serializer.save()


class LockedQuerysetProductDetail(IfMatchProductDetail):
    """Locks for every method but GET."""

    def get_queryset(self):
        products = Product.objects.all()
        return products if self.request.method == "GET" else products.select_for_update()


class OrderDetail(RetrieveUpdateAPIView):
    queryset = Order.objects.all()
    serializer_class = serializers.OrderSerializer
    lookup_field = "reference"


class Conflict(APIException):
    status_code = 409


class GuardedOrderDetail(OrderDetail):
    next_statuses = {"PENDING": ["PAID"], "PAID": ["SHIPPED"]}

    def perform_update(self, serializer):
        before = serializer.instance.status
        after = serializer.validated_data.get("status", before)
        if after != before and after not in self.next_statuses.get(before, []):
            raise Conflict(f"{before} cannot become {after}.")
        serializer.save()


class Subscription(APIView):
    """Returns the validated data."""

    def put(self, request, partial=False):
        serializer = serializers.SubscriptionSerializer(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return Response(serializer.validated_data)

    def patch(self, request):
        return self.put(request, partial=True)
