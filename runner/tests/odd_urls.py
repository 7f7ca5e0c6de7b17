"""Endpoints of kinds that no demo has, and that a recording must leave as they are."""

from functools import partial

from django.db import connection
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.urls import path, register_converter
from rest_framework.decorators import api_view, permission_classes
from rest_framework.response import Response

from shop.models import Brand


class Unspeakable(Exception):
    def __str__(self):
        raise TypeError("no text")


class Querying:
    regex = "q[0-9]"

    def to_python(self, value):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return value


class Refusing:
    regex = "r[0-9]"

    def to_python(self, value):
        raise Http404("not this one")


class Feed:
    def __call__(self, request):
        return HttpResponse("fed")


def answer(request, text="answered", **parameters):
    return HttpResponse(text)


def fail(request):
    raise Unspeakable


def stream(request):
    return StreamingHttpResponse(f"{brand.name}\n" for brand in Brand.objects.iterator())


@api_view()
@permission_classes([])
def function(request):
    return Response([])


register_converter(Querying, "querying")
register_converter(Refusing, "refusing")
urlpatterns = [
    path("answer/", answer, name="answer"),
    path("partial/", partial(answer, text="in part")),
    path("instance/", Feed()),
    path("querying/<querying:x>/", answer),
    path("refusing/<refusing:x>/", answer),
    path("fail/", fail),
    path("stream/", stream),
    path("function/", function),
]
