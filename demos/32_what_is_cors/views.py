from django.http import HttpResponse
from rest_framework.generics import ListCreateAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from .models import Review
from .serializers import ReviewSerializer


def page(request):
    """The page in which the scripts run."""
    return HttpResponse("<!doctype html><title>Cathay Shop</title>")


class Reviews(ListCreateAPIView):
    """Anyone may read and write reviews, as on many sites."""

    permission_classes = []
    renderer_classes = [JSONRenderer]
    queryset = Review.objects.order_by("pk")
    serializer_class = ReviewSerializer

    def list(self, request):
        response = super().list(request)
        response["X-Total-Count"] = len(response.data)
        return response


class Me(APIView):
    """Who is signed in, by the session cookie that comes with the request."""

    permission_classes = [IsAuthenticated]

    def get(self, request):
        return Response({"name": request.user.get_username()})


class Crash(APIView):
    """A view with a bug."""

    permission_classes = []

    def get(self, request):
        raise ZeroDivisionError("a bug")
