from django.contrib.auth import authenticate, login, logout
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.response import Response
from rest_framework.views import APIView

from .models import RevokedToken
from .serializers import SignInSerializer
from .tokens import Revocable, Stateless


class Public(APIView):
    authentication_classes = []
    permission_classes = []


# State on the server


class SignIn(Public):
    def post(self, request):
        serializer = SignInSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = authenticate(request, **serializer.validated_data)
        if not user:
            raise AuthenticationFailed
        login(request._request, user)
        return Response({"name": user.get_username()})


class SignOut(Public):
    def post(self, request):
        logout(request._request)
        return Response(status=204)


class Me(APIView):
    authentication_classes = [SessionAuthentication]

    def get(self, request):
        return Response({"name": request.user.get_username()})


CART = []


class GlobalCart(Public):
    """Keeps the cart in a global of the module: each process has its own."""

    def post(self, request):
        CART.append("tea")
        return Response({"teas": len(CART)})


class SessionCart(Public):
    """Keeps the cart in the session, wherever that is."""

    def post(self, request):
        request.session["teas"] = request.session.get("teas", 0) + 1
        return Response({"teas": request.session["teas"]})


# State in the token


class MeByToken(APIView):
    authentication_classes = [Stateless]

    def get(self, request):
        return Response({"name": request.auth.get("name")})


class MeByRevocableToken(MeByToken):
    authentication_classes = [Revocable]


class SignOutToken(APIView):
    authentication_classes = [Revocable]

    def post(self, request):
        RevokedToken.objects.get_or_create(jti=request.auth["jti"])
        return Response(status=204)
