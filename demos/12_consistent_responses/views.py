from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.viewsets import ModelViewSet

from shop.models import Category

from . import responses
from .responses import envelope
from .serializers import CategorySerializer


class RefuseAll(BaseThrottle):
    def allow_request(self, request, view):
        return False

    def wait(self):
        return 7


class PlainCategories(ModelViewSet):
    """Every design below is this API: what DRF offers, and four endpoints that fail."""

    queryset = Category.objects.all()
    serializer_class = CategorySerializer
    lookup_field = "slug"

    @action(detail=False, url_path="throttled", throttle_classes=[RefuseAll])
    def always_throttled(self, request):
        """Never runs, because the throttle refuses every request."""

    @action(detail=False)
    def broken(self, request):
        return Response(1 / 0)

    @action(detail=False)
    def hidden(self, request):
        raise NotFound

    @action(detail=False, methods=["post"])
    def refused(self, request):
        Category.objects.create(name="Tea", slug="tea")
        raise ValidationError("The shelf is full.")


class ByHandCategories(PlainCategories):
    """Each method builds the envelope itself, and the status in it says whether it succeeded."""

    def create(self, request):
        serializer = self.get_serializer(data=request.data)
        if not serializer.is_valid():
            return Response(envelope("error", serializer.errors, "Bad Request"))
        serializer.save()
        return Response(envelope("success", serializer.data, "Created"), status=201)

    def retrieve(self, request, slug):
        category = Category.objects.filter(slug=slug).first()
        if category is None:
            return Response(envelope("error", None, "Not Found"))
        return Response(envelope("success", self.get_serializer(category).data, "OK"))


class WrapAllCategories(PlainCategories):
    renderer_classes = [responses.NaiveEnvelopeRenderer]


class RendererCategories(PlainCategories):
    renderer_classes = [responses.EnvelopeRenderer]


class ProblemCategories(PlainCategories):
    """In a project: EXCEPTION_HANDLER and DEFAULT_RENDERER_CLASSES in settings.REST_FRAMEWORK."""

    renderer_classes = [JSONRenderer]

    def get_exception_handler(self):
        return responses.problem_details


class TwoRendererCategories(ProblemCategories):
    renderer_classes = [JSONRenderer, BrowsableAPIRenderer]


class NaiveHandlerCategories(PlainCategories):
    def get_exception_handler(self):
        return responses.naive_handler


class CatchAllCategories(PlainCategories):
    def get_exception_handler(self):
        return responses.catch_all
