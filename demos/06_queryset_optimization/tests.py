import pytest
from django.core.exceptions import FieldError

from runner import Verdict, claim, trap
from shop import factories
from shop.factories import stock_products

from .models import Parcel

pytestmark = pytest.mark.django_db

FIRST_PRODUCT = {
    "sku": "P-0001",
    "category": "Category 1",
    "brand": "Brand 1",
    "tags": ["tag-1", "tag-2"],
}


def stock_tagged_products(count):
    products = stock_products(count)
    for tag in factories.tag.make(_quantity=2):
        tag.products.set(products)


def stock_parcels(count):
    Parcel.objects.bulk_create(
        Parcel(
            tracking_code=f"T-{n:04}",
            customs_code=f"C-{n:04}",
            last_name=f"Family {n}",
            first_name=f"Person {n}",
        )
        for n in range(Parcel.objects.count() + 1, count + 1)
    )


def plan_and_growth(api, stage, vm_steps, sqlite_plans, url):
    """How SQLite finds a parcel, and how often more work it is among 10 times as many."""
    stock_parcels(200)
    with vm_steps() as among_few:
        few = api.get(url)

    stock_parcels(2000)
    stage.say("With 2,000 parcels instead of 200:")
    with sqlite_plans() as plans, vm_steps() as among_many:
        many = api.get(url)

    assert few.json() == many.json() == [{"tracking_code": "T-0007", "customs_code": "C-0007"}]
    [plan] = plans
    growth = round(among_many.count / among_few.count)
    stage.say(f"SQLite's plan: {plan}. The work is {growth} × what it was.")
    return plan, growth


def columns(query):
    return query["sql"].partition(" FROM ")[0].count(",") + 1


@claim("select_related loads the foreign keys together with the rows")
@pytest.mark.parametrize(("products", "naive", "joined"), [(5, 16, 6), (20, 61, 21)])
def test_a_join_replaces_a_query_per_row_and_foreign_key(
    api, stage, django_assert_num_queries, products, naive, joined
):
    """Two foreign keys cost two queries for every product, or one join each. What is left is the
    query for the product's tags: `select_related` follows no to-many relation."""
    stock_tagged_products(products)

    with django_assert_num_queries(naive) as before:
        slow = api.get("/06/products/naive/")
    with django_assert_num_queries(joined) as after:
        fast = api.get("/06/products/joined/")

    assert slow.json()[0] == FIRST_PRODUCT
    assert fast.json() == slow.json()
    if products == 20:
        stage.bar("/06/products/naive/", len(before), "queries for 20 products")
        stage.bar("/06/products/joined/", len(after), "queries for 20 products")


@claim("prefetch_related does the same for many-to-many relations")
@pytest.mark.parametrize(("products", "queries"), [(5, 12), (20, 42)])
def test_a_prefetch_replaces_a_query_per_row(
    api, stage, django_assert_num_queries, products, queries
):
    """The tags of all products come with one query instead of one for each. What is left are the
    two foreign keys, which nobody has joined here."""
    stock_tagged_products(products)

    with django_assert_num_queries(queries) as counted:
        response = api.get("/06/products/prefetched/")

    assert response.json()[0] == FIRST_PRODUCT
    if products == 20:
        stage.bar("/06/products/prefetched/", len(counted), "queries for 20 products")


@claim("only() makes the query lighter", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize(
    ("url", "queries", "fetched"),
    [
        ("/06/prices/all-columns/", 1, 9),
        ("/06/prices/only-what-is-shown/", 1, 4),
        ("/06/prices/only-without-price/", 21, 3),
    ],
)
def test_only_pays_when_it_names_all_that_is_read(
    api, stage, django_assert_num_queries, url, queries, fetched
):
    """It must name every field that the serializer reads. One that is missing, here the price, is
    fetched later with a query of its own, for every row."""
    stock_products(20)

    with django_assert_num_queries(queries) as counted:
        response = api.get(url)

    assert response.json()[0] == {"sku": "P-0001", "name": "Product 1", "price": "10.00"}
    assert columns(counted.captured_queries[0]) == fetched
    stage.say(f"Columns in the query for the list: {columns(counted.captured_queries[0])}")


@claim("Heavy logic does not belong in a serializer")
@pytest.mark.parametrize(("products", "queries"), [(5, 6), (20, 21)])
def test_a_sum_in_the_serializer_is_a_query_per_row(
    api, django_assert_num_queries, products, queries
):
    """A method field runs once for every row, and so does the query in it. The database adds up
    for all rows at once when the view's queryset says `annotate`."""
    for product in stock_products(products)[:2]:
        factories.order_item.make(product=product, quantity=3)

    with django_assert_num_queries(queries):
        asking = api.get("/06/units-sold/asking/")
    with django_assert_num_queries(1):
        annotated = api.get("/06/units-sold/annotated/")

    assert asking.json()[1:3] == [
        {"sku": "P-0002", "units_sold": 3},
        {"sku": "P-0003", "units_sold": 0},
    ]
    assert annotated.json() == asking.json()


@claim("An index on the filtered field spares the database the rest of the table")
@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("url", "plan", "growth"),
    [
        ("/06/parcels/?tracking_code=T-0007", "SEARCH", 1),
        ("/06/parcels/?customs_code=C-0007", "SCAN", 10),
    ],
)
def test_an_indexed_filter_costs_the_same_at_any_size(
    api, stage, vm_steps, sqlite_plans, url, plan, growth
):
    """Both filters find the same parcel. Only `tracking_code` has an index: finding it costs the
    same among ten times as many parcels. Without an index the work grows with the table."""
    found = plan_and_growth(api, stage, vm_steps, sqlite_plans, url)

    assert found == (plan, growth)


@claim("Together these take load off the database")
@pytest.mark.parametrize("products", [5, 20])
def test_two_queries_do_for_any_number_of_products(api, stage, django_assert_num_queries, products):
    """One query with two joins for the products, one for all their tags: 2 instead of 61 for 20
    products, and still 2 for more."""
    stock_tagged_products(products)

    with django_assert_num_queries(2) as counted:
        response = api.get("/06/products/both/")

    assert response.json()[0] == FIRST_PRODUCT
    if products == 20:
        stage.bar("/06/products/both/", len(counted), "queries for 20 products")


@trap("only() next to select_related is an error unless it names the foreign key")
def test_only_must_name_what_select_related_joins(api, django_assert_num_queries):
    """A foreign key cannot be left out and followed at the same time: FieldError. Write `only`
    across the relation, `brand__name`, and one query fetches the five columns needed."""
    stock_products(20)
    api.raise_request_exception = False

    refused = api.get("/06/brands/only-without-the-key/")
    with django_assert_num_queries(1) as counted:
        narrow = api.get("/06/brands/only-across-the-join/")

    assert refused.status_code == 500
    assert isinstance(refused.exc_info[1], FieldError)
    assert narrow.json()[0] == {"sku": "P-0001", "brand": "Brand 1"}
    assert columns(counted.captured_queries[0]) == 5


@trap("Validating a list of references costs a query for each of them")
@pytest.mark.parametrize(("count", "total"), [(2, "20.00"), (10, "100.00")])
def test_a_related_field_looks_up_one_reference_at_a_time(
    api, django_assert_num_queries, count, total
):
    """No queryset of the view helps here: `SlugRelatedField(many=True)` fetches every product by
    itself, as every related field does. `in_bulk` fetches all of them at once."""
    skus = [product.sku for product in stock_products(count)]

    with django_assert_num_queries(count):
        one_by_one = api.post("/06/basket/one-by-one/", {"products": skus})
    with django_assert_num_queries(1):
        all_at_once = api.post("/06/basket/all-at-once/", {"products": skus})

    assert one_by_one.status_code == all_at_once.status_code == 200
    assert one_by_one.json() == all_at_once.json() == {"total": total}


@trap("The default search goes past the index")
@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("url", "plan", "growth"),
    [
        ("/06/parcels/search/?search=T-0007", "SCAN", 10),
        ("/06/parcels/exact/?search=T-0007", "SEARCH", 1),
    ],
)
def test_a_text_within_a_text_cannot_be_looked_up(
    api, stage, vm_steps, sqlite_plans, url, plan, growth
):
    """`SearchFilter` asks for `icontains`, and a text may occur anywhere in another: each row is
    read, index or not. Only an exact match, `tracking_code__exact`, is found by this index."""
    found = plan_and_growth(api, stage, vm_steps, sqlite_plans, url)

    assert found == (plan, growth)


@trap("An index over two fields is no help to the second one alone")
@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("url", "plan", "growth"),
    [
        ("/06/parcels/?last_name=Family+7", "SEARCH", 1),
        ("/06/parcels/?first_name=Person+7", "SCAN", 10),
    ],
)
def test_an_index_is_read_from_its_first_field(
    api, stage, vm_steps, sqlite_plans, url, plan, growth
):
    """`Index(fields=["last_name", "first_name"])` is sorted as a phone book is: it finds a family
    at once, but to find everybody with a first name it would have to be read through."""
    found = plan_and_growth(api, stage, vm_steps, sqlite_plans, url)

    assert found == (plan, growth)
