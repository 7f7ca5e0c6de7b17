"""What DRF's search and its cursors find."""

from django.core.exceptions import FieldError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework import filters, pagination

from museum.models import Brand, Product
from museum.views import Brands, answer


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
