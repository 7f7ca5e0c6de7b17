from rest_framework.authentication import BasicAuthentication
from rest_framework.decorators import action
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.permissions import AllowAny, IsAdminUser, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ModelViewSet, ReadOnlyModelViewSet, ViewSet

from shop.models import Category, Order

from . import serializers

# A customer sees only their own orders: as two views, and as one viewset.


class OrderList(ListAPIView):
    serializer_class = serializers.OrderSerializer

    def get_queryset(self):
        return Order.objects.filter(customer__user=self.request.user)


class OrderDetail(RetrieveAPIView):
    """The rule has to be written again here, and it is missing."""

    queryset = Order.objects.all()
    serializer_class = serializers.OrderSerializer
    lookup_field = "reference"


class OneSerializerOrders(ReadOnlyModelViewSet):
    serializer_class = serializers.WholeOrderSerializer
    lookup_field = "reference"

    def get_queryset(self):
        return Order.objects.filter(customer__user=self.request.user)


class Orders(OneSerializerOrders):
    def get_serializer_class(self):
        if self.action == "list":
            return serializers.OrderSerializer
        return super().get_serializer_class()


# What an instance has, and what its class has.


class Bindings(ViewSet):
    """Answers which of its methods DRF would call for each verb."""

    def list(self, request):
        handlers = {
            verb: getattr(self, verb).__name__
            for verb in self.http_method_names
            if hasattr(self, verb)
        }
        return Response(handlers)

    def retrieve(self, request, pk):
        return self.list(request)

    def create(self, request):
        return self.list(request)


class SharedList(ViewSet):
    recent = []

    def list(self, request):
        self.recent.append(request.query_params.get("search"))
        return Response({"recent": self.recent})


class ListOfAnInstance(SharedList):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.recent = []


class BareViewSet(ViewSet):
    """It has no action."""


class Categories(ModelViewSet):
    queryset = Category.objects.all()
    serializer_class = serializers.CategorySerializer
    lookup_field = "slug"


# One mixin in a hook of Django, and one in a hook of DRF.


class CurrencyInSetup:
    currency = "not set"

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.currency = request.headers.get("X-Currency")


class CurrencyInInitial:
    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        self.currency = request.headers.get("X-Currency")


class PricesView(CurrencyInSetup, APIView):
    def get(self, request):
        return Response({"currency": self.currency})


class PricesInSetup(CurrencyInSetup, ViewSet):
    def list(self, request):
        return Response({"currency": self.currency})


class PricesInInitial(CurrencyInInitial, PricesInSetup):
    pass


# Permissions by action.


class WritesNamed(Categories):
    def get_permissions(self):
        if self.action in ("create", "update", "destroy"):
            return [IsAdminUser()]
        return [AllowAny()]


class ReadsNamed(Categories):
    def get_permissions(self):
        if self.action in ("list", "retrieve"):
            return [AllowAny()]
        return [IsAdminUser()]


class OwnPermissions(Categories):
    permission_classes = [AllowAny]

    def get_permissions(self):
        if self.action == "destroy":
            return [IsAuthenticated()]
        return [AllowAny()]

    @action(detail=False, permission_classes=[IsAdminUser])
    def report(self, request):
        return Response({"categories": Category.objects.count()})


class PermissionsOfTheAction(OwnPermissions):
    def get_permissions(self):
        if self.action == "destroy":
            return [IsAuthenticated()]
        return super(OwnPermissions, self).get_permissions()


# `self.action` before it is set.


class ActionInHooks(ViewSet):
    """Answers what `self.action` was when DRF called each hook."""

    def list(self, request):
        return Response(self.seen)


def noting(hook):
    def noted(self):
        seen = self.__dict__.setdefault("seen", {})
        seen.setdefault(hook, getattr(self, "action", "not set"))
        return getattr(super(ActionInHooks, self), hook)()

    return noted


for hook in (
    "get_parsers",
    "get_authenticators",
    "get_content_negotiator",
    "get_permissions",
    "get_throttles",
):
    setattr(ActionInHooks, hook, noting(hook))


class TooEarly(Categories):
    """The list ignores credentials, even wrong ones."""

    authentication_classes = [BasicAuthentication]
    permission_classes = [AllowAny]

    def get_authenticators(self):
        return [] if self.action == "list" else super().get_authenticators()


class InTime(TooEarly):
    def get_authenticators(self):
        action = self.action_map.get(self.request.method.lower())
        return [] if action == "list" else super(TooEarly, self).get_authenticators()
