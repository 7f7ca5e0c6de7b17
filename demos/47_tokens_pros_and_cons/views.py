from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.generics import DestroyAPIView, ListAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from . import serializers
from .models import DeviceToken


class DeviceTokenAuthentication(TokenAuthentication):
    model = DeviceToken


class WhoAmI(APIView):
    """Says who the caller is, and runs no query: each query is one of the authentication."""

    def get(self, request):
        return Response({"user": request.user.username})


class Logout(APIView):
    """Deletes the row of the token that came with the request."""

    def post(self, request):
        request.auth.delete()
        return Response(status=204)


class DeviceLogin(ObtainAuthToken):
    serializer_class = serializers.DeviceLoginSerializer

    def post(self, request):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        token, _ = DeviceToken.objects.update_or_create(
            user=serializer.validated_data["user"],
            device=serializer.validated_data["device"],
            defaults={"key": Token.generate_key()},
        )
        return Response({"token": token.key})


class OwnDevices:
    authentication_classes = [DeviceTokenAuthentication]
    serializer_class = serializers.DeviceSerializer
    lookup_field = "device"

    def get_queryset(self):
        return DeviceToken.objects.filter(user=self.request.user)


class DeviceList(OwnDevices, ListAPIView):
    def delete(self, request):
        self.get_queryset().delete()
        return Response(status=204)


class DeviceDetail(OwnDevices, DestroyAPIView):
    pass
