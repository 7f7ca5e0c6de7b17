from django.contrib.auth import authenticate, login
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect
from rest_framework.authentication import SessionAuthentication
from rest_framework.generics import CreateAPIView
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.models import Customer

from .serializers import OrderSerializer, SignInSerializer


def page(request):
    """The page in which the scripts and forms are."""
    return HttpResponse("<!doctype html><title>Cathay Shop</title>")


class SignIn(APIView):
    """Starts a session. Nothing checks which page sends the form."""

    authentication_classes = []
    permission_classes = []
    renderer_classes = [JSONRenderer]

    def post(self, request):
        serializer = SignInSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = authenticate(request, **serializer.validated_data)
        if user is None:
            return Response({"detail": "Wrong username or password."}, status=403)
        login(request, user)
        return Response({"name": user.get_username()})


@method_decorator(csrf_protect, name="dispatch")
class ProtectedSignIn(SignIn):
    """Asks for the CSRF token before anyone is signed in."""


class Me(APIView):
    """Who is signed in."""

    renderer_classes = [JSONRenderer]

    def get(self, request):
        return Response({"name": request.user.get_username()})


class Hours(APIView):
    """Open to all, but DRF looks up who asks."""

    permission_classes = []

    def get(self, request):
        return Response({"opens": "09:00"})


class HoursForAnyone(Hours):
    """Does not ask who it is."""

    authentication_classes = []


class Orders(CreateAPIView):
    """A signed-in customer orders. SessionAuthentication does the CSRF check."""

    renderer_classes = [JSONRenderer]
    serializer_class = OrderSerializer

    def perform_create(self, serializer):
        serializer.save(customer=get_object_or_404(Customer, user_id=self.request.user.pk))


class CsrfExemptSessionAuthentication(SessionAuthentication):
    """The class that many projects copy, to be rid of the 403."""

    def enforce_csrf(self, request):
        return


class UncheckedOrders(Orders):
    """No CSRF token is asked for."""

    authentication_classes = [CsrfExemptSessionAuthentication]


class OrdersByGet(UncheckedOrders):
    """Orders by a link, such as those in a mail."""

    def get(self, request):
        serializer = self.get_serializer(data=request.query_params)
        serializer.is_valid(raise_exception=True)
        self.perform_create(serializer)
        return Response(serializer.data, status=201)


class SentByOurPages(BasePermission):
    """The browser says who made the request. Other clients send no such header."""

    def has_permission(self, request, view):
        return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"


class OrdersOfOurPages(UncheckedOrders):
    """No CSRF token is asked for, but the browser's own word."""

    permission_classes = [SentByOurPages, IsAuthenticated]
