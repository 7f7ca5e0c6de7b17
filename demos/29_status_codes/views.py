import json

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.views.decorators.http import etag
from rest_framework.authentication import BasicAuthentication
from rest_framework.exceptions import APIException, Throttled, ValidationError
from rest_framework.generics import CreateAPIView, RetrieveAPIView, UpdateAPIView
from rest_framework.permissions import AllowAny, IsAdminUser
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from shop.models import Brand, Category, Order, Product

from . import serializers


class Conflict(APIException):
    status_code = 409
    default_detail = "This SKU is taken."


class SoldOut(Conflict):
    default_detail = "Sold out."


class Open:
    permission_classes = [AllowAny]


# One duplicate, four answers.


class ProductCreate(Open, CreateAPIView):
    serializer_class = serializers.ProductSerializer

    def perform_create(self, serializer):
        category, _ = Category.objects.get_or_create(slug="new", name="New")
        brand, _ = Brand.objects.get_or_create(name="No brand")
        serializer.save(category=category, brand=brand)


class AlwaysOkProductCreate(ProductCreate):
    def create(self, request):
        serializer = self.get_serializer(data=request.data)
        if not serializer.is_valid():
            return Response({"success": False, "errors": serializer.errors})
        self.perform_create(serializer)
        return Response({"success": True})


class UncheckedProductCreate(ProductCreate):
    serializer_class = serializers.UncheckedSerializer


class ConflictProductCreate(UncheckedProductCreate):
    def perform_create(self, serializer):
        try:
            with transaction.atomic():
                super().perform_create(serializer)
        except IntegrityError as error:
            raise Conflict from error


class LinkedProductCreate(ProductCreate):
    serializer_class = serializers.LinkedSerializer


class ProductDetail(Open, RetrieveAPIView):
    queryset = Product.objects.all()
    serializer_class = serializers.ProductSerializer
    lookup_field = "sku"


class NaiveProductDetail(ProductDetail):
    def get_object(self):
        return Product.objects.get(sku=self.kwargs["sku"])


class GuardedProduct(UpdateAPIView):
    """Each of its checks has a status of its own."""

    queryset = Product.objects.all()
    serializer_class = serializers.UncheckedSerializer
    lookup_field = "sku"
    authentication_classes = [BasicAuthentication]
    permission_classes = [IsAdminUser]

    def perform_update(self, serializer):
        try:
            with transaction.atomic():
                serializer.save()
        except IntegrityError as error:
            raise Conflict from error


class Purchase(Open, APIView):
    def post(self, request, sku):
        product = get_object_or_404(Product, sku=sku)
        if not Product.objects.filter(pk=product.pk, stock__gte=1).update(stock=F("stock") - 1):
            raise SoldOut
        return Response({"bought": sku}, status=201)


# Success that is not the end.


class PaymentRequest(Open, APIView):
    """Writes down what is to be done, and answers before it is done."""

    def post(self, request, reference):
        order = get_object_or_404(Order, reference=reference)
        Order.objects.filter(pk=order.pk).update(note="to be paid")
        location = reverse("29-order", [reference], request=request)
        return Response({"status": order.status}, status=202, headers={"Location": location})


class OrderStatus(Open, APIView):
    def get(self, request, reference):
        return Response({"status": get_object_or_404(Order, reference=reference).status})


def work_off():
    """What a worker does later: an order is paid if the points of its customer are enough."""
    waiting = Order.objects.filter(note="to be paid")
    covered = waiting.filter(points_used__lte=F("customer__points"))
    covered.update(status="PAID", note="")
    waiting.update(status="CANCELLED", note="")


def stock_of(request, sku):
    product = Product.objects.filter(sku=sku).first()
    return product and f'"stock-{product.stock}"'


class Stock(Open, APIView):
    @method_decorator(etag(stock_of))
    def get(self, request, sku):
        return Response({"stock": get_object_or_404(Product, sku=sku).stock})


class ChattyDelete(Open, APIView):
    """Sends a body with a status that has none."""

    def delete(self, request, sku):
        get_object_or_404(Product, sku=sku).delete()
        return Response({"deleted": sku}, status=204)


class SilentDelete(Open, APIView):
    def delete(self, request, sku):
        get_object_or_404(Product, sku=sku).delete()
        return Response(status=204)


# Exceptions, and codes that nobody has registered.

EXCEPTIONS = {
    "ValidationError-of-DRF": ValidationError(),
    "Http404": Http404(),
    "PermissionDenied": PermissionDenied(),
    "Throttled": Throttled(wait=12.3),
    "ValidationError-of-Django": DjangoValidationError("Too short."),
    "DoesNotExist": Product.DoesNotExist(),
    "IntegrityError": IntegrityError(),
    "ValueError": ValueError(),
}


class Raising(Open, APIView):
    def get(self, request, name):
        raise EXCEPTIONS.get(name, Http404())


class Code(Open, APIView):
    def get(self, request, code):
        if code not in (200, 299, 399, 404, 499, 500, 599):
            raise Http404
        return Response(status=code)


# The status comes first, the body later.


def portions(products):
    """A line of JSON for each product; it breaks where the stock is 0."""
    for product in products:
        yield json.dumps({"sku": product.sku, "per_piece": float(product.price / product.stock)})
        yield "\n"


class StreamedExport(Open, APIView):
    def get(self, request):
        return StreamingHttpResponse(portions(Product.objects.all()))


class WholeExport(Open, APIView):
    def get(self, request):
        return Response("".join(portions(Product.objects.all())).splitlines())
