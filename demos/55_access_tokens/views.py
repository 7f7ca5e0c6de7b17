from rest_framework.generics import ListAPIView
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication

from shop.models import Order

from .permissions import HasScope, HasScopeText
from .serializers import OrderSerializer
from .tokens import AudienceAndIssuerChecked, AudienceChecked


class OrderList(ListAPIView):
    """The naive one: any token that Simple JWT accepts opens it."""

    serializer_class = OrderSerializer
    authentication_classes = [JWTAuthentication]

    def get_queryset(self):
        return Order.objects.filter(customer__user_id=self.request.user.pk)


class ForShopOrderList(OrderList):
    authentication_classes = [AudienceChecked]


class ForShopByShopOrderList(OrderList):
    authentication_classes = [AudienceAndIssuerChecked]


class ScopedOrderList(OrderList):
    permission_classes = [HasScope]
    scope = "orders:read"


class ScopeTextOrderList(ScopedOrderList):
    permission_classes = [HasScopeText]


class Report(APIView):
    authentication_classes = [JWTAuthentication]
    scope = "reports:read"

    def get(self, request):
        return Response({"orders": Order.objects.count()})
