from uuid import uuid4

from django.db.models import F
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.generics import (
    CreateAPIView,
    RetrieveUpdateAPIView,
    RetrieveUpdateDestroyAPIView,
)
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.models import Customer, Order, OrderItem, Product

from . import serializers

# An order and its items


class Orders(CreateAPIView):
    """The server chooses the reference, so each POST creates another order."""

    serializer_class = serializers.OrderSerializer

    def perform_create(self, serializer):
        customer = get_object_or_404(Customer, user_id=self.request.user.pk)
        serializer.save(customer=customer, reference=uuid4().hex[:20])


class OrderDetail(RetrieveUpdateAPIView):
    serializer_class = serializers.OrderSerializer
    queryset = Order.objects.all()
    lookup_field = "reference"


class ItemDetail(RetrieveUpdateDestroyAPIView):
    """DRF's generic view: its PUT creates nothing."""

    serializer_class = serializers.ItemSerializer
    lookup_field = "product__sku"
    lookup_url_kwarg = "sku"

    def get_queryset(self):
        return OrderItem.objects.filter(order__reference=self.kwargs["reference"])


class CreatedByPutItemDetail(ItemDetail):
    """The client chooses the URL, so a PUT can create the item."""

    def put(self, request, reference, sku):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        product = get_object_or_404(Product, sku=sku)
        item, created = OrderItem.objects.update_or_create(
            order=get_object_or_404(Order, reference=reference),
            product=product,
            defaults=serializer.validated_data,
            create_defaults={**serializer.validated_data, "unit_price": product.price},
        )
        return Response(self.get_serializer(item).data, status=201 if created else 200)


class AddingItemDetail(ItemDetail):
    """Its PATCH says how many to add. The sum must be a valid quantity."""

    def patch(self, request, reference, sku):
        sent = serializers.AdditionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        item = self.get_object()
        quantity = item.quantity + sent.validated_data["add"]
        serializer = self.get_serializer(item, data={"quantity": quantity})
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data)


# Buying one product


class SoldOut(APIException):
    status_code = 409
    default_detail = "Sold out."


class Buy(APIView):
    """Anyone may read, and customers may buy."""

    permission_classes = [IsAuthenticatedOrReadOnly]

    def buy(self, sku):
        """Take one from the stock, in one UPDATE that changes no row if there is none."""
        product = get_object_or_404(Product, sku=sku)
        if not Product.objects.filter(pk=product.pk, stock__gte=1).update(stock=F("stock") - 1):
            raise SoldOut
        return Response({"bought": sku})


class BuyByGet(Buy):
    def get(self, request, sku):
        return self.buy(sku)


class BuyByPost(Buy):
    def post(self, request, sku):
        return self.buy(sku)


class ProductPage(APIView):
    """A product, with a link to buy it."""

    permission_classes = []
    buy = "27-buy-by-get"  # the name of the route behind the link

    def get(self, request, sku):
        product = get_object_or_404(Product, sku=sku)
        return Response({"name": product.name, "buy": reverse(self.buy, args=[sku])})


# Reading with another method


class Prices(APIView):
    """The public price list, by GET and by POST."""

    permission_classes = []

    def get(self, request):
        return Response(serializers.ProductSerializer(Product.objects.all(), many=True).data)

    post = get


class Search(APIView):
    """Anyone may search; the body says for what."""

    permission_classes = [IsAuthenticatedOrReadOnly]

    def search(self, request):
        wanted = serializers.SearchSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        found = Product.objects.filter(sku__in=wanted.validated_data["skus"])
        return Response(serializers.ProductSerializer(found, many=True).data)


class SearchByPost(Search):
    def post(self, request):
        return self.search(request)


class SearchByQuery(Search):
    http_method_names = ["query", "options"]

    def query(self, request):
        return self.search(request)


class QueryNeedsNoToken(SessionAuthentication):
    def enforce_csrf(self, request):
        if request.method != "QUERY":
            super().enforce_csrf(request)


class QueryIsReadOnly(IsAuthenticatedOrReadOnly):
    def has_permission(self, request, view):
        return request.method == "QUERY" or super().has_permission(request, view)


class SearchBySafeQuery(SearchByQuery):
    authentication_classes = [QueryNeedsNoToken]
    permission_classes = [QueryIsReadOnly]
