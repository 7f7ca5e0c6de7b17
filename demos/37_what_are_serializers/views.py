from io import BytesIO

from django.db import IntegrityError, transaction
from rest_framework.generics import CreateAPIView, GenericAPIView, RetrieveAPIView
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.models import Category, Product

from . import serializers


class Types(GenericAPIView):
    """The type of each value in the instance, in `.data`, and in `validated_data`."""

    queryset = Product.objects.all()
    lookup_field = "sku"

    def get(self, request, sku):
        product = self.get_object()
        data = serializers.ProductSerializer(product).data
        incoming = serializers.ProductSerializer(product, data=data)
        incoming.is_valid()
        stations = [product.__dict__ | related(product), data, incoming.validated_data]
        return Response(
            {name: [type(station.get(name)).__name__ for station in stations] for name in data}
        )


def related(product):
    return {name: getattr(product, name) for name in ("category", "brand", "tags")}


class Journey(GenericAPIView):
    """Takes one price out of the database, through JSON, and into a second row."""

    queryset = Product.objects.all()
    serializer_class = serializers.ProductSerializer
    lookup_field = "sku"

    def post(self, request, sku):
        product = self.get_object()
        stations = [seen("the instance", product.price)]

        outgoing = self.get_serializer(product)
        stations.append(seen("serializer.data", outgoing.data["price"]))
        body = JSONRenderer().render(outgoing.data)
        stations.append(seen("JSONRenderer", body, shown="…"))

        parsed = JSONParser().parse(BytesIO(body)) | {"sku": "P-0002", "price": "12.50"}
        stations.append(seen("JSONParser", parsed["price"]))
        incoming = self.get_serializer(data=parsed)
        incoming.is_valid(raise_exception=True)
        stations.append(seen("validated_data", incoming.validated_data["price"]))
        stations.append(seen("save()", incoming.save().price))
        return Response(stations)


def seen(station, value, shown=None):
    return [station, type(value).__name__, shown or str(value), Product.objects.count()]


class Price(RetrieveAPIView):
    queryset = Product.objects.all()
    serializer_class = serializers.PriceSerializer
    lookup_field = "sku"


class NativePrice(Price):
    serializer_class = serializers.NativePriceSerializer


class NaiveCategory(APIView):
    """Makes the instance of whatever the client sends."""

    def post(self, request):
        category = Category(**request.data)
        category.save()
        return Response({"name": category.name, "slug": category.slug}, 201)


class ValidatedCategory(CreateAPIView):
    serializer_class = serializers.CategorySerializer


class LateCategory(GenericAPIView):
    """Catches the IntegrityError in the same transaction."""

    serializer_class = serializers.UncheckedCategorySerializer

    @transaction.atomic
    def post(self, request):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            self.save(serializer)
        except IntegrityError:
            return Response({"detail": "taken", "categories": Category.objects.count()}, 409)
        return Response(serializer.data, 201)

    def save(self, serializer):
        serializer.save()


class SavepointCategory(LateCategory):
    @transaction.atomic
    def save(self, serializer):
        super().save(serializer)


class CategoryList(APIView):
    serializer_class = serializers.CategorySerializer
    many = False

    def get(self, request):
        return Response(self.serializer_class(Category.objects.all(), many=self.many).data)


class Order(APIView):
    """Calls each of the four before `is_valid()`, and `save()` after `.data`."""

    def get(self, request):
        calls = {
            "errors": lambda serializer: serializer.errors,
            "validated_data": lambda serializer: serializer.validated_data,
            "data": lambda serializer: serializer.data,
            "save()": lambda serializer: serializer.save(),
        }
        return Response({name: [early(call), late(call)] for name, call in calls.items()})


def early(call):
    return outcome(call, serializers.OptionalCategorySerializer(data={}))


def late(call):
    serializer = serializers.OptionalCategorySerializer(data={})
    serializer.is_valid()
    serializer.data  # noqa: B018
    return outcome(call, serializer)


def outcome(call, serializer):
    try:
        call(serializer)
    except AssertionError:
        return "AssertionError"
    return "works"
