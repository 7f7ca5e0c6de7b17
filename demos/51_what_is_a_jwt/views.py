from rest_framework.permissions import IsAdminUser
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.models import Order


class WhoAmI(APIView):
    def get(self, request):
        user = request.user
        return Response(
            {
                "username": user.username,
                "email": user.email,
                "is_staff": user.is_staff,
                "may_view_orders": user.has_perm("shop.view_order"),
            }
        )


class ShippingRates(APIView):
    """Runs no query, so each query that you see is one of the authentication."""

    def get(self, request):
        return Response({"standard": "5.00"})

    def post(self, request):
        return self.get(request)


class SalesReport(APIView):
    permission_classes = [IsAdminUser]

    def get(self, request):
        return Response({"orders": Order.objects.count()})
