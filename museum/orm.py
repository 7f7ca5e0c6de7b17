"""What Django's models and querysets do."""

import warnings

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext

from museum.models import Brand, Card, Product, Tag


def stock():
    """Two products with a brand and a tag each."""
    for name in ("Oolong", "Sencha"):
        brand = Brand.objects.create(name=name + " Ltd")
        product = Product.objects.create(name=name, brand=brand)
        Tag.objects.create(name="tea", product=product)


def only_with_select_related():
    try:
        list(Product.objects.only("name").select_related("brand"))
    except Exception as error:  # its type is the answer
        return type(error).__name__


def iterator_after_prefetch():
    stock()
    try:
        return queries_for_tags(Product.objects.prefetch_related("tags").iterator())
    except ValueError:
        return "ValueError"


def iterator_with_chunk_size():
    stock()
    return queries_for_tags(Product.objects.prefetch_related("tags").iterator(chunk_size=100))


def fetch_peers():
    stock()
    products = Product.objects.order_by("name")
    if hasattr(models, "FETCH_PEERS"):
        products = products.fetch_mode(models.FETCH_PEERS)
    with CaptureQueriesContext(connection) as queries:
        for product in products:
            assert product.brand.name
    return f"{len(queries)} queries for 2 products"


def queries_for_tags(products):
    with CaptureQueriesContext(connection) as queries:
        for product in products:
            assert [tag.name for tag in product.tags.all()] == ["tea"]
    return f"{len(queries)} queries for 2 products"


def update_or_create():
    product = Product.objects.create(name="Oolong")
    with CaptureQueriesContext(connection) as queries:
        Product.objects.update_or_create(pk=product.pk, defaults={"name": "Sencha"})
    [update] = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    return f"{update.partition(' WHERE ')[0].count(' = ')} columns written"


def full_clean_of_a_check():
    try:
        Card(points=-5).full_clean()
    except ValidationError:
        return "ValidationError"
    return "valid"


def ordering_of_the_model_after_annotate():
    grouped = Brand.objects.annotate(products=models.Count("product"))
    return "ORDER BY" if "ORDER BY" in str(grouped.query) else "no ORDER BY"


def pages_of_a_query_without_order():
    return warned_about(Product.objects.all())


def pages_of_a_grouped_query():
    return warned_about(Brand.objects.annotate(products=models.Count("product")))


def warned_about(rows):
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        Paginator(rows, 10).page(1)
    names = {each.category.__name__ for each in warned} & {"UnorderedObjectListWarning"}
    return names.pop() if names else "no warning"


def robust_on_commit():
    def fails():
        raise OSError("The mail server is down.")

    try:
        transaction.on_commit(fails, using="autocommit", robust=True)
    except TypeError:
        return "TypeError"
    return "the error is logged"
