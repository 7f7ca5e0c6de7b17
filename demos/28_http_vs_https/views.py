from django.contrib.auth import authenticate, login
from django.shortcuts import get_object_or_404
from rest_framework.authentication import BasicAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.generics import ListCreateAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.models import Customer, Order

from .serializers import OrderSerializer, SignInSerializer


class Public(APIView):
    authentication_classes = []
    permission_classes = []


class SignIn(Public):
    """Sets a session cookie. No view here knows whether TLS was there."""

    def post(self, request):
        serializer = SignInSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = authenticate(request, **serializer.validated_data)
        if not user:
            raise AuthenticationFailed
        login(request._request, user)
        return Response({"signed_in_as": user.get_username()})


class Rates(Public):
    def get(self, request):
        return Response({"standard": "5.00"})


class Connection(Public):
    """What Django thinks of the connection, and the links that it would write."""

    def get(self, request):
        return Response({"scheme": request.scheme, "link": request.build_absolute_uri()})


class Orders(ListCreateAPIView):
    authentication_classes = [BasicAuthentication]
    serializer_class = OrderSerializer

    def get_queryset(self):
        return Order.objects.filter(customer__user=self.request.user)

    def perform_create(self, serializer):
        serializer.save(customer=get_object_or_404(Customer, user=self.request.user))
