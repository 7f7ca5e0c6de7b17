import pytest

from runner import Verdict, claim, trap
from shop import factories
from shop.factories import stock_products
from shop.models import Product

pytestmark = pytest.mark.django_db

ARABICA = {"sku": "ARABICA", "price": "8.00"}
ASSAM = {"sku": "ASSAM", "price": "3.00"}
OOLONG = {"sku": "OOLONG", "price": "5.00"}
ROBUSTA = {"sku": "ROBUSTA", "price": "4.00"}
SENCHA = {"sku": "SENCHA", "price": "9.00"}
NO_SUCH_CHOICE = "Select a valid choice. That choice is not one of the available choices."
SHELF = [ARABICA, ASSAM, OOLONG, ROBUSTA, SENCHA]


def stock_the_shelf():
    """Two coffees and three teas of three brands; the sencha has both tags."""
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
        ("/09/products/?min_price=4&max_price=8", [ARABICA, OOLONG, ROBUSTA]),
        ("/09/products/?category=tea&brand=Lotus&min_price=4", [SENCHA]),
    ],
)
def test_each_parameter_narrows_the_list(api, url, found):
    """A FilterSet declares the parameters, `DjangoFilterBackend` applies them: each one given adds
    a condition to the WHERE."""
    stock_the_shelf()

    response = api.get(url)

    assert response.status_code == 200
    assert response.json() == found


@claim("Naming the fields on the view switches filtering on", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("/09/products/no-backend/?price=5", SHELF),
        ("/09/products/old-name/?price=5", SHELF),
        ("/09/products/named-fields/?price=5", [OOLONG]),
    ],
)
def test_fields_without_backend_or_under_the_old_name_filter_nothing(api, url, found):
    """Only where `filter_backends` has `DjangoFilterBackend`, and only as `filterset_fields`: the
    name `filter_fields` of old tutorials is read by nobody. Both mistakes answer 200."""
    stock_the_shelf()

    response = api.get(url)

    assert response.status_code == 200
    assert response.json() == found


@claim("Filtering saves needless data", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize(
    ("url", "read"),
    [("/09/products/?max_price=5", 1), ("/09/products/in-python/?max_price=5", 50)],
)
def test_only_a_filter_in_the_database_reads_less(api, stage, made_from_rows, url, read):
    """The response shrinks either way. But a list comprehension over the queryset has read the
    whole table before it drops 49 of 50 products: only a WHERE reads less."""
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
    """Only where an index leads to the rows, as that on category and price does: SEARCH. A price
    alone is no way into it: SCAN, every row is looked at, as without a filter."""
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
    """A parameter that no filter declares is ignored: 200, and all the products. One slip of the
    pen in the client, and it shows everything as the result."""
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
            "category=tea&ordering=-price&page=1",
            200,
            {"count": 3, "next": None, "previous": None, "results": [SENCHA, OOLONG, ASSAM]},
        ),
    ],
)
def test_a_strict_filter_set_refuses_what_nobody_declares(api, query, status, body):
    """django-filter has no such switch, for a FilterSet cannot know whose the others are: `page`
    belongs to the paginator, `ordering` to another backend. A strict one must be told of them."""
    stock_the_shelf()

    response = api.get(f"/09/products/strict/?{query}")

    assert response.status_code == status
    assert response.json() == body


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
    """A FilterSet checks values with a Django form whose fields are all optional: an empty value is
    no value. What is well formed passes, a range from 9 to 3 as well as a category that is plain
    text to a `CharFilter`; it finds nothing."""
    stock_the_shelf()

    response = api.get(url)

    assert response.status_code == status
    assert response.json() == body


@trap("A filter over a to-many relation returns rows twice")
@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("/09/products/tags/naive/?tags=green,organic", [ASSAM, SENCHA, SENCHA]),
        ("/09/products/tags/distinct/?tags=green,organic", [ASSAM, SENCHA]),
    ],
)
def test_a_product_with_two_tags_is_found_twice(api, url, found):
    """The join yields a row for every tag that matches, and the sencha has both. `distinct=True`
    on the filter cures it; the `count` of a page would be wrong as well."""
    stock_the_shelf()

    response = api.get(url)

    assert response.json() == found


@trap("Of a repeated parameter only the last value counts")
@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("/09/products/?brand=Acme&brand=Lotus", [ROBUSTA, SENCHA]),
        ("/09/products/several-brands/?brand=Acme&brand=Lotus", [ARABICA, ASSAM, ROBUSTA, SENCHA]),
    ],
)
def test_one_of_two_brands_is_dropped(api, url, found):
    """A `ModelChoiceFilter` takes one value and drops the others without a word. It takes a
    `ModelMultipleChoiceFilter` to find what is of either brand."""
    stock_the_shelf()

    response = api.get(url)

    assert response.json() == found


@trap("Two filters over one relation may be met by two different rows")
@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("/09/orders/separate/?product=P-0001&min_quantity=5", [{"reference": "A-0001"}]),
        ("/09/orders/one-item/?product=P-0001&min_quantity=5", []),
    ],
)
def test_separate_filters_join_separately(api, url, found):
    """A FilterSet calls `filter()` for each parameter, and each call joins the items anew: this
    order has P-0001, and five of something. Put both conditions into one `filter()`."""
    order = factories.order.make(reference="A-0001")
    first, second = stock_products(2)
    factories.order_item.make(order=order, product=first, quantity=1)
    factories.order_item.make(order=order, product=second, quantity=5)

    response = api.get(url)

    assert response.json() == found


@trap("Filters apply to the detail URL too")
@pytest.mark.parametrize(
    ("url", "status", "left"),
    [
        ("/09/products/ASSAM/?brand=Lotus", 404, 5),
        ("/09/products/ASSAM/unfiltered/?brand=Lotus", 204, 4),
    ],
)
def test_a_filter_hides_the_object_of_a_delete(api, url, status, left):
    """`get_object()` filters before it looks up, so a query string that the client carried along
    from the list makes a 404 of a product that exists."""
    stock_the_shelf()

    response = api.delete(url)

    assert response.status_code == status
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
def test_each_model_choice_costs_a_query(api, stage, django_assert_num_queries, url, queries):
    """A `ModelChoiceFilter` fetches the category, for only then can it refuse an unknown one. A
    `CharFilter` on `category__slug` joins instead, and is one query."""
    stock_the_shelf()

    with django_assert_num_queries(queries):
        response = api.get(url)

    assert response.status_code == 200
