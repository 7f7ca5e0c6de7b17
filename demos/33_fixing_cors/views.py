from django.http import HttpResponse
from rest_framework.generics import ListCreateAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication

from shop.models import Tag

from .serializers import TagSerializer


def page(request):
    """The page in which the scripts run."""
    return HttpResponse("<!doctype html><title>Cathay Shop</title>")


class Tags(ListCreateAPIView):
    """Anyone may suggest a tag for a product, without a login."""

    permission_classes = []
    renderer_classes = [JSONRenderer]
    queryset = Tag.objects.all()
    serializer_class = TagSerializer


class TagsByHand(Tags):
    """Sets the header in the view, without a middleware."""

    def finalize_response(self, request, response):
        response = super().finalize_response(request, response)
        response["Access-Control-Allow-Origin"] = "http://www.shop.test"
        return response


class OneTag(APIView):
    """PUT saves the tag that the URL names, if it is not there yet."""

    permission_classes = []

    def put(self, request, name):
        tag, is_new = Tag.objects.get_or_create(name=name)
        return Response(TagSerializer(tag).data, status=201 if is_new else 200)


class MemberTags(Tags):
    """Asks for a login: by default, with the session cookie."""

    permission_classes = [IsAuthenticated]


class TokenTags(MemberTags):
    """Asks for a login with a token."""

    authentication_classes = [JWTAuthentication]


class Me(APIView):
    """Who is signed in, by the session cookie that comes with the request."""

    def get(self, request):
        return Response({"name": request.user.get_username()})


class Crash(APIView):
    """A view with a bug."""

    permission_classes = []

    def get(self, request):
        raise ZeroDivisionError
