from django.contrib.auth import authenticate
from django.shortcuts import get_object_or_404
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.generics import ListCreateAPIView
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import AccessToken

from shop.models import Customer, Order

from .authentication import CookieAuthentication, UncheckedCookieAuthentication
from .serializers import OrderSerializer, SignInSerializer


class Public(APIView):
    authentication_classes = []
    permission_classes = []
    renderer_classes = [JSONRenderer]


class SignIn(Public):
    """Returns the token in the body, for a script to keep."""

    def post(self, request):
        return Response({"access": str(self.new_token(request))})

    def new_token(self, request):
        serializer = SignInSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = authenticate(request, **serializer.validated_data)
        if user is None:
            raise AuthenticationFailed
        token = AccessToken.for_user(user)
        token["groups"] = [group.name for group in user.groups.all()]
        return token


class CookieSignIn(SignIn):
    """Sets the token as a cookie that no script can read."""

    def post(self, request):
        token = self.new_token(request)
        response = Response({"groups": len(token["groups"])})
        response.set_cookie("access", str(token), httponly=True, secure=True, samesite="Strict")
        return response


class Orders(ListCreateAPIView):
    """The orders of the user whom the cookie signs in."""

    authentication_classes = [CookieAuthentication]
    renderer_classes = [JSONRenderer]
    serializer_class = OrderSerializer

    def get_queryset(self):
        return Order.objects.filter(customer__user=self.request.user)

    def perform_create(self, serializer):
        serializer.save(customer=get_object_or_404(Customer, user=self.request.user))


class UncheckedOrders(Orders):
    authentication_classes = [UncheckedCookieAuthentication]


class OrdersByHeader(Orders):
    authentication_classes = [JWTAuthentication]


class Stolen(Public):
    """On the thief's host. What it gets stands in the log of the server."""

    def get(self, request):
        return Response({"thanks": True})
