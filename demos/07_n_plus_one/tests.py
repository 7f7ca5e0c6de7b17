import pytest
from django.core.exceptions import FieldError

from runner import Verdict, claim, trap
from shop import factories
from shop.factories import stock_orders, stock_products

from .guards import bare_guard, with_guard

pytestmark = pytest.mark.django_db

FIRST_ORDER = {
    "reference": "A-0001",
    "items": [
        {"product": "Product 1", "quantity": 1},
        {"product": "Product 2", "quantity": 1},
    ],
}


@claim("A serializer that follows a relation triggers queries for every row")
@pytest.mark.parametrize(("orders", "queries"), [(5, 16), (50, 151)])
def test_the_naive_list_asks_again_for_every_row(
    api, stage, django_assert_num_queries, orders, queries
):
    """One query for the orders, one per order for its items, one per item for its product."""
    stock_orders(orders, items=2)

    with django_assert_num_queries(queries) as counted:
        response = api.get("/07/orders/naive/")

    assert response.status_code == 200
    assert response.json()[0] == FIRST_ORDER
    if orders == 50:
        stage.bar("/07/orders/naive/", len(counted), "queries for 50 orders")


@claim("prefetch_related cures it", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize(("orders", "queries"), [(5, 12), (50, 102)])
def test_prefetching_one_level_leaves_the_next_one_naive(
    api, stage, django_assert_num_queries, orders, queries
):
    """The path must reach as deep as the serializer does. `prefetch_related("items")` stops at
    the items, so each of them still fetches its product: the queries go on growing."""
    stock_orders(orders, items=2)

    with django_assert_num_queries(queries) as counted:
        response = api.get("/07/orders/items-only/")

    assert response.status_code == 200
    if orders == 50:
        stage.bar("/07/orders/items-only/", len(counted), "queries for 50 orders")


@claim("With the cure the number of queries no longer depends on the number of rows")
@pytest.mark.parametrize(
    ("url", "orders", "queries"),
    [
        ("/07/orders/deep/", 5, 3),
        ("/07/orders/deep/", 50, 3),
        ("/07/orders/joined-items/", 5, 2),
        ("/07/orders/joined-items/", 50, 2),
    ],
)
def test_a_path_as_deep_as_the_serializer_stays_constant(
    api, stage, django_assert_num_queries, url, orders, queries
):
    """One query per level of the path: `prefetch_related("items__product")` is three. Joining the
    to-one level into the to-many one with `Prefetch` and `select_related` saves another."""
    stock_orders(orders, items=2)

    with django_assert_num_queries(queries) as counted:
        response = api.get(url)

    assert response.status_code == 200
    assert response.json()[0] == FIRST_ORDER
    if orders == 50:
        stage.bar(url, len(counted), "queries for 50 orders")


@claim("select_related or prefetch_related, either will do", verdict=Verdict.WRONG)
def test_select_related_cannot_follow_a_to_many_relation(api, stage, django_assert_num_queries):
    """`select_related` joins, so it follows to-one relations only: over `items` it is a
    FieldError. `prefetch_related` follows both, and pays one query more where a join would do."""
    stock_products(10)
    api.raise_request_exception = False

    refused = api.get("/07/orders/select-related-items/")
    with django_assert_num_queries(1):
        joined = api.get("/07/products/select-related/")
    with django_assert_num_queries(2):
        prefetched = api.get("/07/products/prefetched/")

    assert refused.status_code == 500
    assert isinstance(refused.exc_info[1], FieldError)
    assert joined.json() == prefetched.json()


@claim("In a product listing the cure saves most of the queries")
@pytest.mark.parametrize(("products", "queries"), [(5, 6), (50, 51)])
def test_a_product_listing_goes_down_to_one_query(
    api, stage, django_assert_num_queries, products, queries
):
    """One query per product for its brand becomes one join, whatever the number of products."""
    stock_products(products)

    with django_assert_num_queries(queries):
        before = api.get("/07/products/naive/")
    with django_assert_num_queries(1):
        after = api.get("/07/products/select-related/")

    assert before.json() == after.json()
    assert len(after.json()) == products


@trap("The relation is often followed where no relation is to be seen")
@pytest.mark.parametrize("source", ["dotted-source", "slug", "method-field", "depth"])
def test_hidden_sources_cost_a_query_per_row_too(api, django_assert_num_queries, source):
    """`source="brand.name"`, a SlugRelatedField, a method field and `depth = 1` all follow
    `product.brand`. Look for the dots that run, not for nested serializers."""
    stock_products(10)

    with django_assert_num_queries(11):
        naive = api.get(f"/07/products/{source}/naive/")
    with django_assert_num_queries(1):
        cured = api.get(f"/07/products/{source}/select-related/")

    assert len(naive.json()) == 10
    assert naive.json() == cured.json()


@trap("Filtering what was prefetched asks the database again")
def test_a_filter_throws_the_prefetched_rows_away(api, django_assert_num_queries):
    """`order.items.filter(…)` is a new queryset and knows nothing of the prefetched rows: one
    query more for every order. Loop over `order.items.all()`, or filter in a `Prefetch`."""
    stock_orders(10)

    with django_assert_num_queries(12):
        filtered = api.get("/07/orders/large-items/filtered/")
    with django_assert_num_queries(2):
        in_memory = api.get("/07/orders/large-items/in-memory/")

    assert filtered.json() == in_memory.json()
    assert filtered.json()[0] == {"reference": "A-0001", "large_items": 0}


@trap("Pagination hides the N+1, it does not cure it")
@pytest.mark.parametrize(("page_size", "queries"), [(5, 7), (10, 12)])
def test_a_page_still_costs_a_query_per_row(api, django_assert_num_queries, page_size, queries):
    """A COUNT, the page, and one query for each of its rows: the larger the page, the more."""
    stock_products(20)

    with django_assert_num_queries(queries):
        response = api.get(f"/07/products/paginated/?page_size={page_size}")

    assert response.json()["count"] == 20
    assert len(response.json()["results"]) == page_size


@trap("A PATCH forgets what was prefetched before it answers")
def test_the_response_to_a_write_reads_the_relations_again(api, django_assert_num_queries):
    """`UpdateModelMixin` empties the prefetch cache after saving, for its rows may be stale. So
    the same order costs 3 queries to GET and 17 to PATCH: 3 to read it, 1 to write it, and 13 for
    the response, which follows each relation the naive way."""
    order = factories.order.make(reference="A-0001")
    factories.order_item.make(_quantity=12, order=order)

    with django_assert_num_queries(3):
        read = api.get("/07/orders/A-0001/")
    with django_assert_num_queries(17):
        written = api.patch("/07/orders/A-0001/", {"note": "ring twice"})

    assert read.status_code == written.status_code == 200
    assert written.json() == {**read.json(), "note": "ring twice"}


@trap("A bare django_assert_num_queries asserts nothing")
def test_only_the_with_form_counts(api, stage, django_assert_num_queries):
    """It is a context manager: called without `with` it is made and thrown away, and the test
    stays green for ever, whatever the endpoint does."""
    stock_orders(5)

    stage.say("A test that expects 2 queries, called bare: green.")
    unguarded = bare_guard(django_assert_num_queries, api.get)
    stage.say("The same expectation after `with`: red.")
    with pytest.raises(pytest.fail.Exception, match="Expected to perform 2 queries but 16 were"):
        with_guard(django_assert_num_queries, api.get)

    assert unguarded.status_code == 200
