from django.contrib.auth import logout
from rest_framework.authentication import TokenAuthentication
from rest_framework.permissions import IsAdminUser
from rest_framework.response import Response
from rest_framework.views import APIView


class PurchasePrices(APIView):
    """For staff only. It runs no query, so each query that you see is one of the authentication."""

    permission_classes = [IsAdminUser]

    def get(self, request):
        return Response({"P-0001": "4.00"})


class SessionLogout(APIView):
    def post(self, request):
        logout(request)
        return Response(status=204)


class TokenLogout(APIView):
    authentication_classes = [TokenAuthentication]

    def post(self, request):
        request.auth.delete()
        return Response(status=204)
