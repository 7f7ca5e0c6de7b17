from rest_framework import generics
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.models import Order, Product

from . import serializers


class UncheckedPaymentCreate(APIView):
    """Ignores the result of is_valid()."""

    def post(self, request):
        serializer = serializers.PaymentSerializer(data=request.data)
        if serializer.is_valid():
            serializer.save()
        return Response(serializer.data)


class PaymentCreate(generics.CreateAPIView):
    # DRF's own parser: that of the project refuses a NUL before a field can.
    parser_classes = [JSONParser]
    serializer_class = serializers.PaymentSerializer


class PositivePaymentCreate(PaymentCreate):
    serializer_class = serializers.PositivePaymentSerializer


class Conflict(APIException):
    status_code = 409
    default_code = "conflict"


class OrderDetail(generics.RetrieveUpdateAPIView):
    queryset = Order.objects.all()
    serializer_class = serializers.OrderSerializer
    lookup_field = "reference"

    def perform_update(self, serializer):
        if serializer.instance.status == Order.Status.SHIPPED:
            raise Conflict("A shipped order no longer changes.")
        serializer.save()


class StrictOrderDetail(OrderDetail):
    serializer_class = serializers.StrictOrderSerializer


class NaiveOrderDetail(APIView):
    def get(self, request, reference):
        order = Order.objects.get(reference=reference)
        return Response(serializers.OrderSerializer(order).data)


class SpendByHand(APIView):
    """Checks request.data without a serializer, and raises in the view."""

    error = ValidationError
    detail = "Not enough points."

    def post(self, request):
        points = request.data["points"]
        if points > 100:
            raise self.error(self.detail)
        return Response({"points": points})


class SpendBySerializer(APIView):
    """Lets a serializer check and raise."""

    error = ValidationError

    def post(self, request):
        serializer = serializers.SpendSerializer(data=request.data, context={"view": self})
        serializer.is_valid(raise_exception=True)
        return Response(serializer.validated_data)


class ShallowJSONParser(JSONParser):
    """Answers 400 to JSON that is nested too deep for Python."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("The JSON is nested too deep.") from None


class SpendByShallowJson(SpendBySerializer):
    parser_classes = [ShallowJSONParser]


class CategoryCreate(generics.CreateAPIView):
    serializer_class = serializers.CategorySerializer


class OwnValidatorCategoryCreate(CategoryCreate):
    serializer_class = serializers.OwnValidatorCategorySerializer


class NaiveProductList(generics.ListAPIView):
    serializer_class = serializers.ProductSerializer

    def get_queryset(self):
        return Product.objects.filter(price__gte=self.request.query_params["min"])


class CheckedProductList(generics.ListAPIView):
    serializer_class = serializers.ProductSerializer

    def get_queryset(self):
        asked = serializers.PriceRangeSerializer(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        return Product.objects.filter(price__gte=asked.validated_data["min"])
