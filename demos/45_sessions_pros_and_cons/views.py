from django.contrib.auth import SESSION_KEY, authenticate, login
from django.contrib.sessions.models import Session
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from rest_framework.authentication import BasicAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.generics import CreateAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.models import Customer

from .serializers import OrderSerializer, SignInSerializer

# A view that names no class has the project's defaults: SessionAuthentication, IsAuthenticated.


class Public(APIView):
    """Does not ask who the caller is."""

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


class Me(APIView):
    def get(self, request):
        return Response({"user": request.user.get_username()})


class MeByBasic(Me):
    authentication_classes = [BasicAuthentication]


class Orders(CreateAPIView):
    """A signed-in customer orders: each order is a row of its own."""

    serializer_class = OrderSerializer

    def perform_create(self, serializer):
        serializer.save(customer=get_object_or_404(Customer, user=self.request.user))


class Basket(Public):
    """The naive one: what the customer chose is a list in the session."""

    def get(self, request):
        return Response({"basket": request.session.get("basket", [])})


class BasketItem(Public):
    def post(self, request, item):
        request.session["basket"] = [*request.session.get("basket", []), item]
        return Response({"basket": request.session["basket"]})


class SignOutEverywhere(APIView):
    """No column says whose a session is. So each one is read and decoded."""

    def post(self, request):
        own = [
            session.pk
            for session in Session.objects.all()
            if session.get_decoded().get(SESSION_KEY) == str(request.user.pk)
        ]
        Session.objects.filter(pk__in=own).delete()
        return Response({"ended": len(own)})


# Opening hours, which are no secret.

HOURS = {"opens": "09:00"}


class Hours(APIView):
    def get(self, request):
        return Response(HOURS)


class OpenHours(Hours):
    """Anyone may read it, but DRF looks up who asks."""

    permission_classes = []


class HoursForAnyone(Hours, Public):
    """Does not ask who it is."""


def plain_hours(request):
    """A view of Django without DRF: `request.user` is looked up if the view uses it."""
    return JsonResponse(HOURS)
