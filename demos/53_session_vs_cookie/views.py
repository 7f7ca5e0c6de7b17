from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    authenticate,
    login,
    logout,
    update_session_auth_hash,
)
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.response import Response
from rest_framework.views import APIView

from .serializers import NewPasswordSerializer, SignInSerializer

TEN_YEARS = 10 * 365 * 24 * 60 * 60  # seconds


class PublicView(APIView):
    permission_classes = []


class SignIn(PublicView):
    def post(self, request):
        serializer = SignInSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = authenticate(request, **serializer.validated_data)
        if not user:
            raise AuthenticationFailed
        self.sign_in(request._request, user)
        return Response({"name": user.get_username()})

    def sign_in(self, request, user):
        login(request, user)


class SignInByHand(SignIn):
    """The naive one: the user is in the session, and the session keeps its key."""

    def sign_in(self, request, user):
        request.session[SESSION_KEY] = str(user.pk)
        request.session[BACKEND_SESSION_KEY] = user.backend
        request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()


class SignOut(PublicView):
    def post(self, request):
        logout(request._request)
        return Response(status=204)


class Me(PublicView):
    """Says who the session knows, and how many teas are in its cart."""

    def get(self, request):
        name = request.user.get_username() or None
        return Response({"name": name, "teas": request.session.get("teas", 0)})


class Cart(PublicView):
    def post(self, request):
        request.session["teas"] = request.session.get("teas", 0) + 1
        return Response({"teas": request.session["teas"]})


class Theme(PublicView):
    """A cookie that holds the data itself."""

    def post(self, request):
        response = Response(status=204)
        response.set_cookie("theme", "dark", max_age=TEN_YEARS)
        return response


class ChangePassword(APIView):
    def post(self, request):
        serializer = NewPasswordSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        request.user.set_password(serializer.validated_data["password"])
        request.user.save()
        return Response(status=204)


class ChangePasswordAndStay(ChangePassword):
    def post(self, request):
        response = super().post(request)
        update_session_auth_hash(request._request, request.user)
        return response
