"""The serializers are the lesson: urls.py gives each of them to one of these views."""

from django.db import transaction
from rest_framework.exceptions import ValidationError
from rest_framework.generics import CreateAPIView, RetrieveUpdateAPIView
from rest_framework.response import Response

from shop.models import Order, Product


class OrderCreate(CreateAPIView):
    def perform_create(self, serializer):
        serializer.save(customer=self.request.user.customer)


class OrderCreateThatCatchesInside(OrderCreate):
    @transaction.atomic
    def post(self, request):
        try:
            return super().post(request)
        except ValidationError as error:
            return Response(error.detail, status=400)


class OrderDetail(RetrieveUpdateAPIView):
    queryset = Order.objects.all()
    lookup_field = "reference"


class ProductDetail(RetrieveUpdateAPIView):
    queryset = Product.objects.all()
    lookup_field = "sku"
