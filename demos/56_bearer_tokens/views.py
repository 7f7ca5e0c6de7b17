import secrets

from rest_framework.authentication import BasicAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import AccessToken

from .authentication import UserlessJWTAuthentication, digest


class WhoAmI(APIView):
    def get(self, request):
        return Response({"user": request.user.username or None})


class OpenWhoAmI(WhoAmI):
    permission_classes = []  # as with AllowAny


class HasDiscount(BasePermission):
    def has_permission(self, request, view):
        return request.auth is not None and request.auth.get("scope") == "discount"


class Discount(APIView):
    authentication_classes = [UserlessJWTAuthentication]
    permission_classes = [HasDiscount]

    def get(self, request):
        return Response({"percent": 10, "for": request.user.username or "anyone"})


class BoundLogin(APIView):
    """Gives a token, and in a cookie the secret whose digest is in the token."""

    authentication_classes = [BasicAuthentication]

    def post(self, request):
        fingerprint = secrets.token_urlsafe(32)
        token = AccessToken.for_user(request.user)
        token["fpt"] = digest(fingerprint)
        response = Response({"access": str(token)})
        response.set_cookie(
            "fingerprint", fingerprint, secure=True, httponly=True, samesite="Strict"
        )
        return response
