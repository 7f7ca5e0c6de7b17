from django.db import transaction
from django.db.models import F
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView, UpdateAPIView
from rest_framework.response import Response

from shop.models import Customer, Order, Product

from . import serializers

# urls.py gives a view its serializer where endpoints differ only in that.


class ProductUpdate(UpdateAPIView):
    queryset = Product.objects.all()
    lookup_field = "sku"


class BareCheck(GenericAPIView):
    def post(self, request):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid()
        return Response(serializer.data)


class RaisingCheck(GenericAPIView):
    many = False

    def post(self, request):
        serializer = self.get_serializer(data=request.data, many=self.many)
        serializer.is_valid(raise_exception=True)
        return Response(serializer.data)


class RecordedCheck(GenericAPIView):
    def post(self, request):
        calls = []
        serializer = self.get_serializer(data=request.data, context={"calls": calls})
        status = 200 if serializer.is_valid() else 400
        told = {"calls": calls, "errors": serializer.errors, "values": serializer.validated_data}
        return Response(told, status)


class ValidatedSpending(GenericAPIView):
    """Trusts the serializer: there were enough points when it read them."""

    queryset = Order.objects.select_related("customer")
    serializer_class = serializers.PointsSerializer
    lookup_field = "reference"

    @transaction.atomic
    def post(self, request, reference):
        order = self.get_object()
        serializer = self.get_serializer(data=request.data, context={"order": order})
        serializer.is_valid(raise_exception=True)
        points = serializer.validated_data["points"]
        self.take(points, order.customer)
        Order.objects.filter(pk=order.pk).update(points_used=F("points_used") + points)
        return Response({"spent": points})

    def take(self, points, customer):
        customer.points -= points
        customer.save()


class ConditionalSpending(ValidatedSpending):
    """Checks again in the statement that takes the points."""

    def take(self, points, customer):
        enough = Customer.objects.filter(pk=customer.pk, points__gte=points)
        if not enough.update(points=F("points") - points):
            raise ValidationError({"points": ["Not enough points."]})
