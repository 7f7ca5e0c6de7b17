from rest_framework.generics import ListAPIView
from rest_framework.mixins import CreateModelMixin, ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import AllowAny, IsAuthenticatedOrReadOnly
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ModelViewSet

from . import serializers
from .models import Listing


class AllListings(ModelViewSet):
    """The naive way: the whole table, with everything that DRF offers."""

    queryset = Listing.objects.all()
    serializer_class = serializers.AllFields
    permission_classes = [IsAuthenticatedOrReadOnly]


class Catalogue(ListModelMixin, RetrieveModelMixin, CreateModelMixin, GenericViewSet):
    """The chosen way: three fields and three actions. The owner is the user who signed in."""

    queryset = Listing.objects.all()
    serializer_class = serializers.ExplicitFields
    permission_classes = [IsAuthenticatedOrReadOnly]

    def perform_create(self, serializer):
        serializer.save(owner=self.request.user)


class Rows(ListAPIView):
    """Lists the rows of the model of its serializer."""

    def get_queryset(self):
        return self.serializer_class.Meta.model.objects.all()


def shipping_cost(weight):
    return {"weight": weight, "cost": 20 + 5 * weight}


class Shipping(APIView):
    permission_classes = [AllowAny]

    def get(self, request):
        query = serializers.ShippingSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(shipping_cost(**query.validated_data))


class Procedures(APIView):
    """The whole API at one URL and with one verb; the body names the procedure."""

    def post(self, request):
        call = serializers.ProcedureSerializer(data=request.data)
        call.is_valid(raise_exception=True)
        if call.validated_data["method"] == "shipping.cost":
            return Response(shipping_cost(call.validated_data["weight"]))
        return Response(serializers.ExplicitFields(Listing.objects.all(), many=True).data)
