from django.core.cache import cache
from django.http import HttpRequest, JsonResponse
from django.views import View
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ModelViewSet

from shop.models import Tag

from . import serializers


def seen(view, request):
    """What the view and its request are, and what the query string says."""
    return {
        "a Django View": isinstance(view, View),
        "an HttpRequest": isinstance(request, HttpRequest),
        "q": request.GET.get("q"),
    }


class PlainView(View):
    def get(self, request):
        return JsonResponse(seen(self, request))

    post = get


class DrfView(APIView):
    permission_classes = [AllowAny]

    def get(self, request):
        return Response(seen(self, request))

    post = get


class SignedInTags(ModelViewSet):
    """On this project's default permission: IsAuthenticated."""

    queryset = Tag.objects.all()
    serializer_class = serializers.TagSerializer
    lookup_field = "name"


class DefaultTags(SignedInTags):
    """On DRF's own defaults, which a project has if it sets none."""

    authentication_classes = [SessionAuthentication, BasicAuthentication]
    permission_classes = [AllowAny]


class JsonTags(DefaultTags):
    renderer_classes = [JSONRenderer]


class CachedByUrl(DefaultTags):
    """The naive cache: it takes the URL as the key, and forgets the header Accept."""

    def dispatch(self, request):
        response = cache.get(request.path)
        if not response:
            response = super().dispatch(request).render()
            cache.set(request.path, response)
        return response


class ReadingView(APIView):
    def post(self, request):
        return Response({"received": type(request.data).__name__})


class DeafView(APIView):
    def post(self, request):
        return Response({"received": "I did not look"})


GREEN = {"name": "green"}


class ReturnsResponse(APIView):
    def get(self, request):
        return Response(GREEN)


class ReturnsDict(APIView):
    def get(self, request):
        return GREEN
