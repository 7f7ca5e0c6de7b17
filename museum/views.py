"""What DRF's views and throttles do."""

from django.core.exceptions import SuspiciousOperation
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework import generics, throttling
from rest_framework.response import Response
from rest_framework.serializers import StringRelatedField
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from museum.models import Brand, Product, Tag
from museum.serializers import serializer


def answer(view, method="get", path="/", data=None, pk=None, **options):
    """The response of a view with these class attributes."""
    request = getattr(APIRequestFactory(), method)(path, data, format="json")
    kept = {} if pk is None else {"pk": pk}
    response = type("View", (view,), options).as_view()(request, **kept)
    return response.render()


class Brands(generics.ListAPIView):
    queryset = Brand.objects.order_by("pk")
    serializer_class = serializer(Brand, "name")


class OneBrand(generics.RetrieveUpdateAPIView):
    queryset = Brand.objects.all()
    serializer_class = serializer(Brand, "name")


def text_of_a_404():
    return str(answer(OneBrand, pk=99).data["detail"])


def patch_after_prefetch():
    class WithTags(serializer(Product, "name", "tags")):
        tags = StringRelatedField(many=True, read_only=True)

    class WithProducts(serializer(Brand, "name", "products")):
        products = WithTags(many=True, read_only=True, source="product_set")

    brand = Brand.objects.create(name="Oolong Ltd")
    for _ in range(5):
        product = Product.objects.create(name="Oolong", brand=brand)
        Tag.objects.create(name="tea", product=product)
    with CaptureQueriesContext(connection) as queries:
        answer(
            OneBrand,
            *("patch", "/", {"name": "Sencha Ltd"}, brand.pk),
            queryset=Brand.objects.prefetch_related("product_set__tags"),
            serializer_class=WithProducts,
        )
    return f"{len(queries)} queries"


class Echo(APIView):
    permission_classes = ()
    throttle_classes = ()

    def get(self, request):
        self.check_object_permissions(request, "an order")
        return Response()

    def post(self, request):
        return Response(len(request.data["note"]))


def body_of_3_mb():
    try:
        return str(answer(Echo, "post", data={"note": "x" * 3000000}).status_code)
    except SuspiciousOperation:  # Django's handler makes a 400 of it
        return "400"


def nan_in_json():
    request = APIRequestFactory().post("/", '{"note": [NaN]}', content_type="application/json")
    return str(Echo.as_view()(request).status_code)


def throttle(seconds, asked):
    class Throttle(throttling.BaseThrottle):
        def allow_request(self, request, view):
            asked.append(seconds)
            return False

        def wait(self):
            return seconds

    return Throttle


def second_throttle():
    asked = []
    answer(Echo, throttle_classes=[throttle(1, asked), throttle(9, asked)])
    return f"{len(asked)} of 2 asked"


def retry_after():
    throttles = [throttle(1, []), throttle(9, [])]
    return answer(Echo, throttle_classes=throttles)["Retry-After"]


def throttles_without_a_time():
    try:
        refused = answer(Echo, throttle_classes=[throttle(None, []), throttle(9, [])])
    except TypeError:
        return "TypeError"
    return str(refused.status_code)


def delete_by_a_form():
    from django.test import RequestFactory

    class Deletes(APIView):
        def delete(self, request):
            return Response("deleted")

    request = RequestFactory().post("/", {"_method": "DELETE"})
    return str(Deletes.as_view(permission_classes=())(request).status_code)
