from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from .jar import COOKIES
from .page import PAGE
from .serializers import NamesSerializer, SizeSerializer


def page(request):
    """The page in which the scripts run."""
    return HttpResponse(PAGE)


class PublicView(APIView):
    """Anyone may send a request; the answer is always JSON."""

    permission_classes = []
    renderer_classes = [JSONRenderer]


class Cookies(PublicView):
    """Sets the cookies of these names, each with its attributes."""

    def post(self, request):
        serializer = NamesSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        response = Response(serializer.data)
        for name in serializer.validated_data["names"]:
            response.set_cookie(name, **COOKIES[name])
        return response


class BigCookie(PublicView):
    """Sets the cookie "big" with a value of this many bytes, as Django allows it."""

    def post(self, request):
        serializer = SizeSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        response = Response(serializer.data)
        response.set_cookie("big", "x" * serializer.validated_data["size"])
        return response


class Visits(PublicView):
    """Counts the visits of this browser in its session."""

    def post(self, request):
        request.session["visits"] = request.session.get("visits", 0) + 1
        return Response({"visits": request.session["visits"]})


class Received(PublicView):
    """What came with the request."""

    def get(self, request):
        return Response(
            {
                "cookies": request.COOKIES,
                "authorization": request.headers.get("Authorization"),
            }
        )

    def post(self, request):
        return self.get(request)
