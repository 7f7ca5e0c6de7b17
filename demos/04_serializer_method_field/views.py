from django.db.models import F, Sum
from django.http import Http404
from rest_framework.filters import OrderingFilter
from rest_framework.generics import (
    ListAPIView,
    ListCreateAPIView,
    RetrieveAPIView,
    RetrieveUpdateAPIView,
    get_object_or_404,
)
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.models import Brand, Order

from . import serializers

TOTAL = Sum(F("items__quantity") * F("items__unit_price"), default=0)
PAYABLE = TOTAL - F("points_used") * serializers.POINT


class QueryPerOrderList(ListAPIView):
    queryset = Order.objects.all()
    serializer_class = serializers.QueryPerOrderSerializer


class PrefetchedQueryPerOrderList(ListAPIView):
    queryset = Order.objects.prefetch_related("items")
    serializer_class = serializers.QueryPerOrderSerializer


class InMemoryOrderList(ListAPIView):
    queryset = Order.objects.prefetch_related("items")
    serializer_class = serializers.MethodSerializer
    filter_backends = [OrderingFilter]


class OrderingFieldsOrderList(InMemoryOrderList):
    ordering_fields = ["payable"]


class AnnotatedOrderList(ListAPIView):
    queryset = Order.objects.annotate(payable=PAYABLE).order_by("reference")
    serializer_class = serializers.TypedSerializer
    filter_backends = [OrderingFilter]


class PrefetchedCallList(ListAPIView):
    queryset = Order.objects.prefetch_related("items")
    serializer_class = serializers.PrefetchedCallSerializer

    def get(self, request, call):
        if call not in self.serializer_class.calls:
            raise Http404
        return super().get(request)


class MethodOrderDetail(RetrieveUpdateAPIView):
    queryset = Order.objects.all()
    serializer_class = serializers.MethodSerializer
    lookup_field = "reference"


class FloatOrderDetail(MethodOrderDetail):
    serializer_class = serializers.FloatMethodSerializer


class AnnotatedOrderDetail(MethodOrderDetail):
    queryset = Order.objects.annotate(payable=PAYABLE)
    serializer_class = serializers.TypedSerializer


class ReadAgainOrderDetail(AnnotatedOrderDetail):
    def perform_update(self, serializer):
        serializer.save()
        serializer.instance = self.get_object()


class GenericLink(RetrieveAPIView):
    queryset = Order.objects.all()
    serializer_class = serializers.LinkSerializer
    lookup_field = "reference"


class HandBuiltLink(APIView):
    def get(self, request, reference):
        order = get_object_or_404(Order, reference=reference)
        return Response(serializers.LinkSerializer(order).data)


class HandBuiltLinkWithContext(APIView):
    def get(self, request, reference):
        order = get_object_or_404(Order, reference=reference)
        return Response(serializers.LinkSerializer(order, context={"request": request}).data)


class BrandList(ListCreateAPIView):
    queryset = Brand.objects.all()
    serializer_class = serializers.BrandSerializer


class MisspeltBrandList(BrandList):
    serializer_class = serializers.MisspeltSerializer
