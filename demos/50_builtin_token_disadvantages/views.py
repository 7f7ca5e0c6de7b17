from rest_framework.authtoken.models import Token
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.response import Response
from rest_framework.views import APIView

from .authentication import digest_of, expired
from .models import SecretToken


class WhoAmI(APIView):
    def get(self, request):
        return Response({"user": request.user.username})


class Login(ObtainAuthToken):
    """Looks at no credentials but the password: a session cookie is not asked for a CSRF token."""

    authentication_classes = ()

    def post(self, request):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response({"token": self.key_for(serializer.validated_data["user"])})


class ExpiringLogin(Login):
    def key_for(self, user):
        Token.objects.filter(user=user, created__lte=expired()).delete()
        token, _ = Token.objects.get_or_create(user=user)
        return token.key


class DigestLogin(Login):
    def key_for(self, user):
        key = Token.generate_key()
        SecretToken.objects.filter(user=user, created__lte=expired()).delete()
        SecretToken.objects.create(user=user, key=digest_of(key))
        return key
