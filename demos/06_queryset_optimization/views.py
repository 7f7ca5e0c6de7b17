from django.db.models import Sum
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.filters import SearchFilter
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.response import Response

from shop.models import Order, Product

from . import serializers
from .models import Parcel


class NaiveProductList(ListAPIView):
    queryset = Product.objects.all()
    serializer_class = serializers.ProductSerializer


class JoinedProductList(ListAPIView):
    queryset = Product.objects.select_related("category", "brand")
    serializer_class = serializers.ProductSerializer


class PrefetchedProductList(ListAPIView):
    queryset = Product.objects.prefetch_related("tags")
    serializer_class = serializers.ProductSerializer


class JoinedAndPrefetchedProductList(ListAPIView):
    queryset = Product.objects.select_related("category", "brand").prefetch_related("tags")
    serializer_class = serializers.ProductSerializer


class NaivePaymentList(ListAPIView):
    queryset = Order.objects.all()
    serializer_class = serializers.PaymentSerializer


class JoinedPaymentList(ListAPIView):
    queryset = Order.objects.select_related("payment")
    serializer_class = serializers.PaymentSerializer


class NaiveIdsList(ListAPIView):
    queryset = Product.objects.all()
    serializer_class = serializers.IdsSerializer


class PrefetchedIdsList(ListAPIView):
    queryset = Product.objects.prefetch_related("tags")
    serializer_class = serializers.IdsSerializer


class AllColumnsPriceList(ListAPIView):
    queryset = Product.objects.all()
    serializer_class = serializers.PriceSerializer


class OnlyWhatIsShownPriceList(ListAPIView):
    queryset = Product.objects.only("sku", "name", "price")
    serializer_class = serializers.PriceSerializer


class OnlyWithoutThePriceList(ListAPIView):
    queryset = Product.objects.only("sku", "name")
    serializer_class = serializers.PriceSerializer


class OnlyWithoutTheKeyBrandList(ListAPIView):
    queryset = Product.objects.select_related("brand").only("sku")
    serializer_class = serializers.BrandNameSerializer


class OnlyAcrossTheJoinBrandList(ListAPIView):
    queryset = Product.objects.select_related("brand").only("sku", "brand__name")
    serializer_class = serializers.BrandNameSerializer


class AskingUnitsSoldList(ListAPIView):
    queryset = Product.objects.all()
    serializer_class = serializers.AskingUnitsSoldSerializer


class UnorderedUnitsSoldList(ListAPIView):
    queryset = Product.objects.annotate(units_sold=Sum("order_items__quantity", default=0))
    serializer_class = serializers.AnnotatedUnitsSoldSerializer


class AnnotatedUnitsSoldList(UnorderedUnitsSoldList):
    queryset = UnorderedUnitsSoldList.queryset.order_by("sku")


class BasketTotal(GenericAPIView):
    """Adds up the prices of the products that the client names."""

    def post(self, request):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        total = sum(product.price for product in serializer.validated_data["products"])
        return Response({"total": str(total)})


class OneByOneBasketTotal(BasketTotal):
    serializer_class = serializers.OneByOneBasketSerializer


class AllAtOnceBasketTotal(BasketTotal):
    serializer_class = serializers.AllAtOnceBasketSerializer


class ParcelList(ListAPIView):
    queryset = Parcel.objects.all()
    serializer_class = serializers.ParcelSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_fields = {
        "tracking_code": ["exact", "gte", "lt"],
        "customs_code": ["exact"],
        "last_name": ["exact"],
        "first_name": ["exact"],
    }


class ParcelSearch(ListAPIView):
    queryset = Parcel.objects.all()
    serializer_class = serializers.ParcelSerializer
    filter_backends = [SearchFilter]
    search_fields = ["tracking_code"]


class ExactParcelSearch(ParcelSearch):
    search_fields = ["tracking_code__exact"]
