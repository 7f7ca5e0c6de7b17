import csv
from dataclasses import dataclass
from io import StringIO

from rest_framework.authentication import (
    BasicAuthentication,
    RemoteUserAuthentication,
    SessionAuthentication,
    TokenAuthentication,
)
from rest_framework.decorators import api_view, renderer_classes
from rest_framework.generics import ListCreateAPIView
from rest_framework.permissions import IsAdminUser
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.models import Product

from . import serializers


class GenericProducts(ListCreateAPIView):
    queryset = Product.objects.select_related("category", "brand").prefetch_related("tags")
    serializer_class = serializers.ProductSerializer


@api_view(["GET", "POST"])
def function_products(request):
    if request.method == "POST":
        serializer = serializers.ProductSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data, status=201)
    products = GenericProducts.queryset.all()
    return Response(serializers.ProductSerializer(products, many=True).data)


class WhoAmI(APIView):
    """Accepts all that DRF can read: these four classes are all it has."""

    authentication_classes = [
        BasicAuthentication,
        SessionAuthentication,
        TokenAuthentication,
        RemoteUserAuthentication,
    ]

    def get(self, request):
        return Response({"user": request.user.username})


class HeaderAuthentication(RemoteUserAuthentication):
    """The naive one: HTTP_… is a header, and any client can send it."""

    header = "HTTP_REMOTE_USER"


@dataclass
class Shelf:
    sku: str
    stock: int


def from_rows():
    return Product.objects.all()


def from_dicts():
    return [{"sku": "P-0001", "stock": 100}]


def from_objects():
    return [Shelf("P-0001", 100)]


def from_supplier():
    return [{"sku": "P-0001, as our supplier calls it", "stock": -5}]


class Stock(APIView):
    source = None

    def get(self, request):
        return Response(serializers.StockSerializer(self.source(), many=True).data)

    def post(self, request):
        serializer = serializers.StockSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(serializer.data)


class CsvRenderer(BaseRenderer):
    media_type = "text/csv"
    format = "csv"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        rows = [data] if isinstance(data, dict) else data
        text = StringIO()
        csv.writer(text, lineterminator="\n").writerows(row.values() for row in rows)
        return text.getvalue()


@api_view(["GET"])
@renderer_classes([CsvRenderer])
def stock_as_csv(request):
    return Response(serializers.StockSerializer(from_rows(), many=True).data)


class MisspeltReport(APIView):
    """The naive one: DRF reads `permission_classes`, and knows nothing of this name."""

    permission_class = [IsAdminUser]

    def get(self, request):
        return Response({"products": Product.objects.count()})


class Report(MisspeltReport):
    permission_classes = [IsAdminUser]
