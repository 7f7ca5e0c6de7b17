from rest_framework.authentication import BasicAuthentication
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.generics import (
    ListCreateAPIView,
    RetrieveUpdateAPIView,
    get_object_or_404,
)
from rest_framework.permissions import IsAuthenticated, IsAuthenticatedOrReadOnly
from rest_framework.response import Response

from shop.models import Customer, Order

from . import rules, serializers


class OrderView:
    queryset = Order.objects.select_related("customer__user")
    serializer_class = serializers.OrderSerializer
    lookup_field = "reference"
    authentication_classes = [BasicAuthentication]


class OrderList(OrderView, ListCreateAPIView):
    pass


class OrderDetail(OrderView, RetrieveUpdateAPIView):
    pass


class Guarded:
    """The right one: it asks who may create, and `request.user` says whose order it is."""

    serializer_class = serializers.OwnOrderSerializer
    permission_classes = [IsAuthenticatedOrReadOnly, rules.IsOwnerOrReadOnly]


class GuardedOrderDetail(Guarded, OrderDetail):
    pass


class GuardedOrderList(Guarded, OrderList):
    def perform_create(self, serializer):
        serializer.save(customer=get_object_or_404(Customer, user=self.request.user))


@api_view()
@authentication_classes([BasicAuthentication])
@permission_classes([IsAuthenticated, rules.IsOwner])
def order_by_function(request, reference):
    """The naive one: nothing calls `has_object_permission`."""
    order = get_object_or_404(Order, reference=reference)
    return Response(serializers.OrderSerializer(order).data)


@api_view()
@authentication_classes([BasicAuthentication])
@permission_classes([IsAuthenticated, rules.IsOwner])
def order_by_function_that_asks(request, reference):
    order = get_object_or_404(Order, reference=reference)
    request.parser_context["view"].check_object_permissions(request, order)
    return Response(serializers.OrderSerializer(order).data)
