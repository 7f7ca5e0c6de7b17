from django.shortcuts import get_object_or_404
from rest_framework import generics
from rest_framework.response import Response

from shop.models import Brand, Order

from .models import Price

# urls.py gives each view its serializer. Often two endpoints differ only in that.


class BrandUpdate(generics.UpdateAPIView):
    queryset = Brand.objects.all()
    lookup_field = "name"


class OrderDetail(generics.RetrieveUpdateAPIView):
    queryset = Order.objects.all()
    lookup_field = "reference"


class PriceUpdate(generics.UpdateAPIView):
    queryset = Price.objects.all()
    lookup_field = "sku"


class Quote(generics.GenericAPIView):
    def post(self, request):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        quote = serializer.validated_data
        total = quote["product"].price * quote["quantity"]
        return Response(self.get_serializer({**quote, "total": total}).data)


class Item(generics.CreateAPIView):
    def perform_create(self, serializer):
        serializer.save(unit_price=serializer.validated_data["product"].price)


class ItemAtSave(generics.CreateAPIView):
    def perform_create(self, serializer):
        order = get_object_or_404(Order, reference=self.kwargs["reference"])
        serializer.save(order=order, unit_price=serializer.validated_data["product"].price)
