import jwt
from django.conf import settings
from django.contrib.auth.models import User
from rest_framework.authentication import (
    BaseAuthentication,
    BasicAuthentication,
    get_authorization_header,
)
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import AccessToken

from shop.models import Order


class ByHandAuthentication(BaseAuthentication):
    """Checks the signature, and the expiry if there is one: so does PyJWT by default."""

    def authenticate(self, request):
        _, _, token = get_authorization_header(request).partition(b" ")
        try:
            jwt.decode(token, settings.SECRET_KEY, algorithms=["HS256"])
        except jwt.InvalidTokenError:
            raise AuthenticationFailed from None
        return User(), token


class IsSecure(BasePermission):
    message = "Send a token over HTTPS only, and throw this one away."

    def has_permission(self, request, view):
        return request.is_secure()


class WhoAmI(APIView):
    def get(self, request):
        return Response({"user": request.user.username})


class SecureWhoAmI(WhoAmI):
    authentication_classes = [JWTAuthentication]
    permission_classes = [IsSecure, IsAuthenticated]


class AveragePoints(APIView):
    """Forgets that there may be no order."""

    permission_classes = [AllowAny]

    def get(self, request):
        orders = Order.objects.all()
        return Response({"average": sum(order.points_used for order in orders) / len(orders)})

    def post(self, request):
        return self.get(request)


class CarefulToken(APIView):
    """Gives a token for a password."""

    authentication_classes = [BasicAuthentication]

    def post(self, request):
        token = AccessToken.for_user(request.user)
        token.payload.update(self.more(request.user))
        return Response({"access": str(token)})

    def more(self, user):
        return {"plan": "gold"}


class CarelessToken(CarefulToken):
    def more(self, user):
        return {"card": "4111 1111 1111 1111", "password": user.password}
