"""What DRF's views, lists, permissions and throttles do."""

from django.core.exceptions import FieldError, SuspiciousOperation
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework import filters, generics, pagination, permissions, throttling
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


class Deny(permissions.BasePermission):
    def has_permission(self, request, view):
        return False


class Owner(permissions.BasePermission):
    def has_object_permission(self, request, view, obj):
        return False


def composed(compose, method="get"):
    """The answer where `compose` makes the permission class; only GET asks for an object."""
    try:
        permission = compose()
    except TypeError:
        return "TypeError"
    refused = answer(Echo, method, data={"note": ""}, permission_classes=[permission])
    return str(refused.status_code)


def allowed_or_denied():
    return composed(lambda: permissions.AllowAny | Deny)


def not_denied():
    return composed(lambda: ~Deny, "post")


def denied_or_owner():
    return composed(lambda: Deny | Owner)


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


def search(fields, text, **options):
    return answer(
        *(Brands, "get", "/?search=" + text),
        filter_backends=[filters.SearchFilter],
        search_fields=fields,
        **options,
    )


def search_with_a_lookup():
    Brand.objects.create(name="Oolong")
    try:
        return f"{len(search(['name__exact'], 'Oolong').data)} found"
    except FieldError:
        return "FieldError"


def search_for_a_phrase():
    Brand.objects.create(name="green tea")
    return f"{len(search(['name'], '%22green+tea%22').data)} found"


def search_for_nul():
    try:
        return str(search(["name"], "a%00b").status_code)
    except ValueError:
        return "ValueError"


def search_in_many_rows():
    with CaptureQueriesContext(connection) as queries:
        search(["tags__name"], "tea", queryset=Product.objects.order_by("pk"))
    sql = queries[-1]["sql"]
    return "DISTINCT" if "DISTINCT" in sql else "EXISTS" if "EXISTS" in sql else "duplicates"


def cursor_over_null():
    """The rows of all pages, where 1 of 3 products was sold."""
    from django.utils import timezone

    class ByDate(pagination.CursorPagination):
        page_size = 1
        ordering = "-sold"

    Product.objects.create(name="Oolong", sold=timezone.now())
    for _ in range(2):
        Product.objects.create(name="Sencha")
    found, path = [], "/"
    while path and len(found) < 5:
        page = answer(Brands, "get", path, queryset=Product.objects.all(), pagination_class=ByDate)
        found += page.data["results"]
        path = page.data["next"]
    return f"{len(found)} of 3 rows"


def delete_by_a_form():
    from django.test import RequestFactory

    class Deletes(APIView):
        def delete(self, request):
            return Response("deleted")

    request = RequestFactory().post("/", {"_method": "DELETE"})
    return str(Deletes.as_view(permission_classes=())(request).status_code)
