from datetime import UTC, datetime

import pytest
from django_filters.rest_framework import DjangoFilterBackend

from runner import Verdict, claim, trap
from shop import factories
from shop.factories import stock_products
from shop.models import Order, Product

from . import filters, views

pytestmark = pytest.mark.django_db

ARABICA = {"sku": "ARABICA", "price": "8.00"}
ASSAM = {"sku": "ASSAM", "price": "3.00"}
OOLONG = {"sku": "OOLONG", "price": "5.00"}
ROBUSTA = {"sku": "ROBUSTA", "price": "4.00"}
SENCHA = {"sku": "SENCHA", "price": "9.00"}
NO_SUCH_CHOICE = "Select a valid choice. That choice is not one of the available choices."
MAYBE_IS_NO_CHOICE = "Select a valid choice. maybe is not one of the available choices."
NO_SUCH_PRODUCT = b'{"detail":"No Product matches the given query."}'
SHELF = [ARABICA, ASSAM, OOLONG, ROBUSTA, SENCHA]
FROM_4_TO_8 = [ARABICA, OOLONG, ROBUSTA]


def stock_the_shelf():
    """Two coffees and three teas of three brands. The sencha has both tags."""
    coffee = factories.category.make(name="Coffee", slug="coffee")
    tea = factories.category.make(name="Tea", slug="tea")
    acme = factories.brand.make(name="Acme")
    lotus = factories.brand.make(name="Lotus")
    ming = factories.brand.make(name="Ming")
    green = factories.tag.make(name="green")
    organic = factories.tag.make(name="organic")
    factories.product.make(**ARABICA, category=coffee, brand=acme)
    factories.product.make(**ASSAM, category=tea, brand=acme).tags.set([organic])
    factories.product.make(**OOLONG, category=tea, brand=ming)
    factories.product.make(**ROBUSTA, category=coffee, brand=lotus)
    factories.product.make(**SENCHA, category=tea, brand=lotus).tags.set([green, organic])


@claim("Query parameters filter by category, brand and price range")
@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("/09/products/?category=tea", [ASSAM, OOLONG, SENCHA]),
        ("/09/products/?min_price=4&max_price=8", FROM_4_TO_8),
        ("/09/products/?category=tea&brand=Lotus&min_price=4", [SENCHA]),
    ],
)
def test_each_parameter_narrows_the_list(api, url, found):
    """A FilterSet declares the parameters, and `DjangoFilterBackend` applies them. Each parameter
    that the client sends adds a condition to the WHERE."""
    stock_the_shelf()

    response = api.get(url)

    assert response.status_code == 200
    assert response.json() == found


@claim(
    "Naming the fields on the view switches filtering on",
    verdict=Verdict.DEPENDS,
    since="django-filter 22.1",
)
@pytest.mark.parametrize(
    ("url", "view", "attributes", "found"),
    [
        (
            "/09/products/no-backend/?price=5",
            views.NoBackendProductList,
            {"filterset_fields": ["price"]},
            SHELF,
        ),
        (
            "/09/products/old-name/?price=5",
            views.OldNameProductList,
            {"filter_backends": [DjangoFilterBackend], "filter_fields": ["price"]},
            SHELF,
        ),
        (
            "/09/products/named-fields/?price=5",
            views.NamedFieldsProductList,
            {"filter_backends": [DjangoFilterBackend], "filterset_fields": ["price"]},
            [OOLONG],
        ),
    ],
)
def test_fields_without_backend_or_under_the_old_name_filter_nothing(
    api, url, view, attributes, found
):
    """It works only if `filter_backends` has `DjangoFilterBackend`, and only under the name
    `filterset_fields`. Old tutorials write `filter_fields`, and since django-filter 22.1 nothing
    reads that name. Both mistakes return 200 and all products."""
    stock_the_shelf()

    response = api.get(url)

    assert response.status_code == 200
    assert response.json() == found
    named = {name: value for name, value in vars(view).items() if name.startswith("filter")}
    assert named == attributes


@claim("Filtering saves needless data", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize(
    ("url", "read"),
    [("/09/products/?max_price=5", 1), ("/09/products/in-python/?max_price=5", 50)],
)
def test_only_a_filter_in_the_database_reads_less(api, stage, made_from_rows, url, read):
    """The response gets smaller either way. But a list comprehension over the queryset reads all 50
    products before it drops 49. Only a WHERE reads less."""
    stock_products(50)
    Product.objects.filter(sku="P-0007").update(price=1)

    with made_from_rows(Product) as products:
        response = api.get(url)

    assert response.json() == [{"sku": "P-0007", "price": "1.00"}]
    assert len(products) == read
    stage.say(f"Products read from the database: {len(products)}")
    stage.bar(url, len(products), "products read for one in the response")


@claim("Filtering makes the response faster", verdict=Verdict.DEPENDS)
@pytest.mark.database("sqlite")
def test_only_a_filter_with_an_index_is_spared_the_other_rows(
    api, stage, django_assert_num_queries, sqlite_plans
):
    """It is faster if an index leads to the rows. The index on category and price finds a category:
    SEARCH. It does not find a price alone: SCAN. The database then looks at every row, as it does
    without a filter."""
    stock_the_shelf()

    with sqlite_plans() as unfiltered, django_assert_num_queries(1):
        api.get("/09/products/")
    with sqlite_plans() as by_price, django_assert_num_queries(1):
        api.get("/09/products/?max_price=5")
    with sqlite_plans() as by_category, django_assert_num_queries(2):
        api.get("/09/products/?category=tea")

    rows = [
        ["no filter", unfiltered[-1]],
        ["max_price=5", by_price[-1]],
        ["category=tea", by_category[-1]],
    ]
    stage.table(["filter", "how SQLite reads shop_product"], rows)
    assert rows == [
        ["no filter", "SCAN"],
        ["max_price=5", "SCAN"],
        ["category=tea", "SEARCH"],
    ]


@claim("With filters the client gets what it asked for", verdict=Verdict.WRONG)
@pytest.mark.parametrize("query", ["categry=tea", "category__slug=tea", "price_max=5", "price=5"])
def test_a_misspelt_parameter_filters_nothing(api, query):
    """A parameter that no filter declares is ignored. The response is 200 with all products. One
    typo in the client, and it shows all products as the result."""
    stock_the_shelf()

    response = api.get(f"/09/products/?{query}")

    assert response.status_code == 200
    assert response.json() == SHELF


@trap("Refusing unknown parameters is yours to write")
@pytest.mark.parametrize(
    ("query", "status", "body"),
    [
        ("categry=tea&max_price=5", 400, {"categry": ["Unknown parameter."]}),
        (
            "category=tea&ordering=-price&page=1&format=json",
            200,
            {
                "count": 3,
                "next": "http://testserver/09/products/strict/"
                "?category=tea&format=json&ordering=-price&page=2",
                "previous": None,
                "results": [SENCHA, OOLONG],
            },
        ),
    ],
)
def test_a_strict_filter_set_refuses_what_nobody_declares(api, query, status, body):
    """django-filter has no setting for it, because a FilterSet cannot know the other parameters:
    `page` belongs to the paginator, and `ordering` to another backend. A strict FilterSet needs a
    list of them."""
    stock_the_shelf()

    response = api.get(f"/09/products/strict/?{query}")

    assert response.status_code == status
    assert response.json() == body


@trap("An ordering by an unknown field is ignored too")
def test_the_default_order_stays_for_a_field_that_does_not_exist(api):
    """`OrderingFilter` drops each field that it does not allow. There is no error, even on the
    strict list: it knows the name of the parameter, and not its values."""
    stock_the_shelf()

    response = api.get("/09/products/strict/?ordering=colour")

    assert response.status_code == 200
    assert response.json() == {
        "count": 5,
        "next": "http://testserver/09/products/strict/?ordering=colour&page=2",
        "previous": None,
        "results": [ARABICA, ASSAM],
    }


@trap("A bad value is a 400, an empty one filters nothing")
@pytest.mark.parametrize(
    ("url", "status", "body"),
    [
        ("/09/products/?category=beer", 400, {"category": [NO_SUCH_CHOICE]}),
        ("/09/products/?min_price=cheap", 400, {"min_price": ["Enter a number."]}),
        ("/09/products/?min_price=NaN", 400, {"min_price": ["Enter a number."]}),
        ("/09/products/?category=&min_price=", 200, SHELF),
        ("/09/products/?min_price=9&max_price=3", 200, []),
        ("/09/products/category-by-text/?category=beer", 200, []),
    ],
)
def test_values_are_checked_as_in_a_form(api, url, status, body):
    """A FilterSet checks values with a Django form, and each field of it is optional. So an empty
    value is no value. A well-formed value passes and may find nothing: a range from 9 to 3, or an
    unknown category in a `CharFilter`."""
    stock_the_shelf()

    response = api.get(url)

    assert response.status_code == status
    assert response.json() == body


@trap("A BooleanFilter ignores nonsense, and even required=True")
@pytest.mark.parametrize(
    ("url", "status", "body"),
    [
        ("/09/products/untagged/lenient/?untagged=true", 200, [ARABICA, OOLONG, ROBUSTA]),
        ("/09/products/untagged/lenient/?untagged=false", 200, [ASSAM, SENCHA]),
        ("/09/products/untagged/lenient/?untagged=maybe", 200, SHELF),
        ("/09/products/untagged/lenient/", 200, SHELF),
        ("/09/products/untagged/strict/?untagged=true", 200, [ARABICA, OOLONG, ROBUSTA]),
        ("/09/products/untagged/strict/?untagged=false", 200, [ASSAM, SENCHA]),
        ("/09/products/untagged/strict/?untagged=maybe", 400, {"untagged": [MAYBE_IS_NO_CHOICE]}),
        ("/09/products/untagged/strict/", 400, {"untagged": ["This field is required."]}),
    ],
)
def test_a_boolean_filter_takes_nonsense_for_no_value(api, url, status, body):
    """Its form field is a NullBooleanField, which turns each unknown value into None and never
    raises an error. The response is 200 with all products. A `TypedChoiceFilter` with the choices
    true and false returns 400."""
    stock_the_shelf()

    response = api.get(url)

    assert response.status_code == status
    assert response.json() == body
    assert filters.LenientUntaggedFilter.base_filters["untagged"].extra["required"] is True


@trap("A plus sign in a time zone must be sent as %2B")
@pytest.mark.parametrize(
    ("since", "status", "body"),
    [
        ("2026-01-01T12:00:00+01:00", 400, {"since": ["Enter a valid date/time."]}),
        (
            "2026-01-01T12:00:00%2B01:00",
            200,
            [{"reference": "A-0002"}, {"reference": "A-0003"}],
        ),
        (
            "0001-01-01T00:00:00%2B14:00",
            400,
            {"since": ["Ensure this value is greater than or equal to 2000-01-01 00:00:00+00:00."]},
        ),
        (
            "9999-12-31T23:59:59-14:00",
            400,
            {"since": ["Ensure this value is less than or equal to 2100-01-01 00:00:00+00:00."]},
        ),
    ],
)
def test_a_plus_in_a_query_string_is_a_space(api, since, status, body):
    """In a query string, "+" means a space, so the filter gets "12:00:00 01:00". And a valid time
    can be too early or too late to exist in UTC. Limits on the filter make that a 400 instead of
    an OverflowError."""
    for hour in (10, 11, 12):
        order = factories.order.make()
        Order.objects.filter(pk=order.pk).update(created_at=datetime(2026, 1, 1, hour, tzinfo=UTC))
    api.raise_request_exception = False

    response = api.get(f"/09/orders/since/?since={since}")

    assert response.status_code == status
    assert response.json() == body


@trap("Each way to declare a range gives its parameters other names")
@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("/09/products/range/lookups/?price__gte=4&price__lte=8", FROM_4_TO_8),
        ("/09/products/range/lookups/?price__range=4,8", FROM_4_TO_8),
        ("/09/products/range/lookups/?price_min=4&price_max=8", SHELF),
        ("/09/products/range/filter/?price_min=4&price_max=8", FROM_4_TO_8),
        ("/09/products/range/filter/?price__gte=4&price__lte=8", SHELF),
    ],
)
def test_a_range_listens_to_the_names_of_its_declaration(api, url, found):
    """`filterset_fields = {"price": ["gte", "lte", "range"]}` makes `price__gte`, `price__lte` and
    `price__range`. A `RangeFilter` named `price` makes `price_min` and `price_max`. Each ignores
    the names of the other."""
    stock_the_shelf()

    response = api.get(url)

    assert response.status_code == 200
    assert response.json() == found


@trap("A filter over a to-many relation returns rows twice")
@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("/09/products/tags/naive/?tags=green,%20organic", [ASSAM, SENCHA, SENCHA]),
        ("/09/products/tags/distinct/?tags=green,%20organic", [ASSAM, SENCHA]),
        ("/09/products/tags/searched/?search=n", [ASSAM, SENCHA]),
    ],
)
def test_a_product_with_two_tags_is_found_twice(api, url, found):
    """The join returns a row for each matching tag, and the sencha has both. The `count` of a page
    would be wrong too. `distinct=True` on the filter fixes it. `SearchFilter` finds each product
    once, because it asks with EXISTS."""
    stock_the_shelf()

    response = api.get(url)

    assert response.json() == found


@trap("Two tags mean either of them, until you ask for both")
def test_conjoined_finds_what_has_all_the_tags(api):
    """A `ModelMultipleChoiceFilter` with `conjoined=True` calls `filter()` once for each tag, so
    the product must have all of them. It also sets `distinct` by itself."""
    stock_the_shelf()

    one = api.get("/09/products/tags/all/?tags=organic")
    both = api.get("/09/products/tags/all/?tags=green&tags=organic")

    assert one.json() == [ASSAM, SENCHA]
    assert both.json() == [SENCHA]


@trap("Of a repeated parameter only the last value counts")
@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("/09/products/?brand=Acme&brand=Lotus", [ROBUSTA, SENCHA]),
        ("/09/products/several-brands/?brand=Acme&brand=Lotus", [ARABICA, ASSAM, ROBUSTA, SENCHA]),
    ],
)
def test_one_of_two_brands_is_dropped(api, url, found):
    """A `ModelChoiceFilter` takes the last value and silently drops the others. A
    `ModelMultipleChoiceFilter` finds the products of both brands."""
    stock_the_shelf()

    response = api.get(url)

    assert response.json() == found


@trap("Two filters over one relation may be met by two different rows")
@pytest.mark.parametrize(
    ("query", "separate", "one_item"),
    [
        ("product=P-0001&min_quantity=4", ["A-0001"], []),
        ("product=P-0002&min_quantity=4", ["A-0001"], ["A-0001"]),
        ("min_quantity=1", ["A-0001", "A-0001"], ["A-0001"]),
    ],
)
def test_separate_filters_join_separately(api, query, separate, one_item):
    """A FilterSet calls `filter()` for each parameter, and each call joins the items again. The
    order has one P-0001 and five P-0002. If you ask for four of P-0001, separate filters find it:
    one item has the product, and the other has the quantity. Put both conditions into one
    `filter()`."""
    factories.order.make(reference="A-0002")
    order = factories.order.make(reference="A-0001")
    for product, quantity in zip(stock_products(2), [1, 5], strict=True):
        factories.order_item.make(order=order, product=product, quantity=quantity)

    by_separate = api.get(f"/09/orders/separate/?{query}")
    by_one_item = api.get(f"/09/orders/one-item/?{query}")

    assert [found["reference"] for found in by_separate.json()] == separate
    assert [found["reference"] for found in by_one_item.json()] == one_item


@trap("Filters apply to the detail URL too")
@pytest.mark.parametrize(
    ("url", "read", "deleted", "left"),
    [
        ("/09/products/ASSAM/?brand=Lotus", (404, NO_SUCH_PRODUCT), (404, NO_SUCH_PRODUCT), 5),
        (
            "/09/products/ASSAM/unfiltered/?brand=Lotus",
            (200, b'{"sku":"ASSAM","price":"3.00"}'),
            (204, b""),
            4,
        ),
    ],
)
def test_a_filter_hides_the_object_of_a_delete(api, url, read, deleted, left):
    """`get_object()` filters before it looks up the object. If the client keeps the query string
    of the list, a product that exists is a 404, for a GET and for a DELETE."""
    stock_the_shelf()

    got = api.get(url)
    gone = api.delete(url)

    assert (got.status_code, got.content) == read
    assert (gone.status_code, gone.content) == deleted
    assert Product.objects.count() == left


@trap("A filter on a relation asks the database for it first")
@pytest.mark.parametrize(
    ("url", "queries"),
    [
        ("/09/products/?min_price=4", 1),
        ("/09/products/?category=tea", 2),
        ("/09/products/?category=tea&brand=Lotus", 3),
        ("/09/products/category-by-text/?category=tea", 1),
    ],
)
def test_each_model_choice_costs_a_query(api, django_assert_num_queries, url, queries):
    """A `ModelChoiceFilter` fetches the category, so it can refuse an unknown one. A `CharFilter`
    on `category__slug` joins instead, which costs no second query."""
    stock_the_shelf()

    with django_assert_num_queries(queries):
        response = api.get(url)

    assert response.status_code == 200
