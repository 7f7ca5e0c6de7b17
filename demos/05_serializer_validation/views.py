from django.db import transaction
from django.db.models import F
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView, UpdateAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.models import Customer, Order, Product

from . import serializers


class ProductUpdate(UpdateAPIView):
    """Validates and saves; which rules, the serializer says that each URL brings."""

    queryset = Product.objects.all()
    lookup_field = "sku"


class BareCheck(APIView):
    def post(self, request):
        serializer = serializers.RulesSerializer(data=request.data)
        serializer.is_valid()
        return Response(serializer.data)


class RaisingCheck(APIView):
    def post(self, request):
        serializer = serializers.RulesSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(serializer.data)


class ListCheck(APIView):
    def post(self, request):
        serializer = serializers.RulesSerializer(data=request.data, many=True)
        serializer.is_valid(raise_exception=True)
        return Response(serializer.data)


class RecordedCheck(APIView):
    def post(self, request):
        calls = []
        serializer = serializers.RecordedSerializer(data=request.data, context={"calls": calls})
        valid = serializer.is_valid()
        return Response({"errors": serializer.errors, "calls": calls}, status=200 if valid else 400)


class ValidatedSpending(GenericAPIView):
    """Trusts the serializer: the points were enough when it looked."""

    queryset = Order.objects.select_related("customer")
    serializer_class = serializers.PointsSerializer
    lookup_field = "reference"

    @transaction.atomic
    def post(self, request, reference):
        order = self.get_object()
        serializer = serializers.PointsSerializer(data=request.data, context={"order": order})
        serializer.is_valid(raise_exception=True)
        points = serializer.validated_data["points"]
        self.take(points, order.customer)
        Order.objects.filter(pk=order.pk).update(points_used=F("points_used") + points)
        return Response({"spent": points})

    def take(self, points, customer):
        customer.points -= points
        customer.save()


class ConditionalSpending(ValidatedSpending):
    """Asks again in the statement that takes the points."""

    def take(self, points, customer):
        enough = Customer.objects.filter(pk=customer.pk, points__gte=points)
        if not enough.update(points=F("points") - points):
            raise ValidationError({"points": ["Not enough points."]})
