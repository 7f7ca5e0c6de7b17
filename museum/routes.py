"""What DRF's routers make of a ViewSet."""

from django.core.exceptions import ImproperlyConfigured
from rest_framework import decorators, routers, viewsets
from rest_framework.response import Response

from museum.models import Brand
from museum.serializers import serializer


class Brands(viewsets.ModelViewSet):
    queryset = Brand.objects.all()
    serializer_class = serializer(Brand, "name")


def path_converters():
    try:
        router = routers.SimpleRouter(use_regex_path=False)
    except TypeError:
        return "TypeError"
    router.register("brands", Brands)
    return str(router.urls[-1].pattern)


def two_viewsets_of_a_model():
    router = routers.SimpleRouter()
    router.register("brands", Brands)
    try:
        router.register("makers", Brands)
    except ImproperlyConfigured:
        return "ImproperlyConfigured"
    return "accepted"


def registered(**name):
    router = routers.SimpleRouter()
    try:
        router.register("brands", Brands, **name)
    except TypeError:
        return "TypeError"
    return router.urls[0].name


def base_name():
    return registered(base_name="maker")


def basename():
    return registered(basename="maker")


def routed(decorator):
    """The names of the URLs where the decorator marks one method more."""

    class Marked(Brands):
        @decorator
        def recent(self, request):
            return Response()

    router = routers.SimpleRouter()
    router.register("brands", Marked)
    return ", ".join(url.name for url in router.urls if "recent" in url.name)


def list_route():
    if not hasattr(decorators, "list_route"):
        return "no such decorator"
    return routed(decorators.list_route())


def action():
    if not hasattr(decorators, "action"):
        return "no such decorator"
    return routed(decorators.action(detail=False))
