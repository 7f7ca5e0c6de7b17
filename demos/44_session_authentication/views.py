from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.response import Response
from rest_framework.views import APIView

from .serializers import PasswordSerializer, SignInSerializer

# A view that names no class has the project's default, SessionAuthentication.


class Public(APIView):
    authentication_classes = []
    permission_classes = []


class SignIn(Public):
    def post(self, request):
        serializer = SignInSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = authenticate(request, **serializer.validated_data)
        if not user:
            raise AuthenticationFailed
        login(request, user)
        return Response({"user": user.get_username()})


class SignOut(Public):
    def post(self, request):
        logout(request)
        return Response(status=204)


class Me(APIView):
    """Says who the caller is, and which of the two headers has said it."""

    def get(self, request):
        sent = [name for name in ("Authorization", "Cookie") if request.headers.get(name)]
        return Response({"user": request.user.get_username(), "sent": sent})


class MeByDefault(Me):
    """With both classes of DRF's default."""

    authentication_classes = [SessionAuthentication, BasicAuthentication]


class Basket(Public):
    """A basket of anyone, also of an anonymous visitor."""

    def get(self, request):
        return Response({"basket": request.session.get("basket", [])})

    def post(self, request):
        request.session["basket"] = [*request.session.get("basket", []), "tea"]
        return self.get(request)


class InPlaceBasket(Basket):
    """The naive one: it changes the list that is in the session."""

    def post(self, request):
        request.session.setdefault("basket", []).append("tea")
        return self.get(request)


class Password(APIView):
    """Changes the password."""

    def put(self, request):
        serializer = PasswordSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        request.user.set_password(serializer.validated_data["password"])
        request.user.save()
        return Response(status=204)


class KeptSessionPassword(Password):
    """Changes the password, and the caller stays signed in."""

    def put(self, request):
        response = super().put(request)
        update_session_auth_hash(request, request.user)
        return response
