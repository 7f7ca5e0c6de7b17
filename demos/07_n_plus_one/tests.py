from unittest.mock import ANY

import pytest
from django.core.exceptions import FieldError

from runner import Verdict, claim, trap
from shop import factories
from shop.factories import stock_orders, stock_products

from .guards import bare_guard, with_guard
from .serializers import OrderDetailSerializer
from .views import PrefetchedProductList, SelectRelatedProductList

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
    """50 orders of two items cost 151 queries: 1 for the orders, 50 for the items of each order,
    and 100 for the product of each item."""
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
    """It fixes only the levels that you name. The serializer also reads the product of each item.
    `prefetch_related("items")` does not load products, so 50 orders still cost 102 queries."""
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
    """`prefetch_related("items__product")` runs one query per level: three for 5 orders, three for
    50. A `Prefetch` whose queryset joins the product with `select_related` needs only two."""
    stock_orders(orders, items=2)

    with django_assert_num_queries(queries) as counted:
        response = api.get(url)

    assert response.status_code == 200
    assert response.json()[0] == FIRST_ORDER
    if orders == 50:
        stage.bar(url, len(counted), "queries for 50 orders")


@claim("select_related or prefetch_related, either will do", verdict=Verdict.WRONG)
def test_select_related_cannot_follow_a_to_many_relation(api, stage, django_assert_num_queries):
    """`select_related` joins, so it follows to-one relations only: over `items` it raises
    FieldError. `prefetch_related` follows both kinds, and it costs one more query than a join."""
    stock_products(10)
    api.raise_request_exception = False

    refused = api.get("/07/orders/select-related-items/")
    with django_assert_num_queries(1):
        joined = api.get("/07/products/select-related/")
    with django_assert_num_queries(2):
        prefetched = api.get("/07/products/prefetched/")

    assert refused.status_code == 500
    assert isinstance(refused.exc_info[1], FieldError)
    assert str(refused.exc_info[1]).split(". ")[0] == (
        "Invalid field name(s) given in select_related: 'items'"
    )
    assert joined.json() == prefetched.json()


@claim("In a product listing the cure saves most of the queries")
@pytest.mark.parametrize(("products", "queries"), [(5, 6), (50, 51)])
def test_a_product_listing_goes_down_to_one_query(
    api, stage, django_assert_num_queries, products, queries
):
    """`select_related("brand")` replaces one query per product by one join. The list costs 1 query
    for 5 products and 1 query for 50."""
    stock_products(products)

    with django_assert_num_queries(queries):
        before = api.get("/07/products/naive/")
    with django_assert_num_queries(1):
        after = api.get("/07/products/select-related/")

    assert before.json() == after.json()
    assert after.json()[0] == {"name": "Product 1", "brand": {"name": "Brand 1"}}
    assert len(after.json()) == products


@trap("A join repeats the shared row, a prefetch loads it once")
def test_ten_products_of_one_brand_share_one_prefetched_brand(api, stage):
    """Ten products have the same brand. The join sends the brand with each of the ten rows, and
    Django builds ten objects. The prefetch loads the brand once, and the products share it."""
    factories.product.make(_quantity=10, brand=factories.brand.make())

    joined = api.get("/07/products/select-related/")
    prefetched = api.get("/07/products/prefetched/")

    assert joined.json() == prefetched.json()
    by_join = list(SelectRelatedProductList.queryset.all())
    by_prefetch = list(PrefetchedProductList.queryset.all())
    objects = {
        "select_related": len({id(product.brand) for product in by_join}),
        "prefetch_related": len({id(product.brand) for product in by_prefetch}),
    }
    stage.table(["loaded by", "brand objects"], [(way, str(n)) for way, n in objects.items()])
    assert objects == {"select_related": 10, "prefetch_related": 1}


@trap("A serializer follows relations in places that do not look like it")
@pytest.mark.parametrize(
    ("source", "brand"),
    [
        ("dotted-source", "Brand 1"),
        ("slug", "Brand 1"),
        ("method-field", "Brand 1"),
        ("depth", {"id": ANY, "name": "Brand 1"}),
    ],
    ids=["dotted-source", "slug", "method-field", "depth"],
)
def test_hidden_sources_cost_a_query_per_row_too(api, django_assert_num_queries, source, brand):
    """`source="brand.name"`, a SlugRelatedField, a method field and `depth = 1` all read
    `product.brand`. Look for attribute access that runs a query, not only for nested
    serializers."""
    stock_products(10)

    with django_assert_num_queries(11):
        naive = api.get(f"/07/products/{source}/naive/")
    with django_assert_num_queries(1):
        cured = api.get(f"/07/products/{source}/select-related/")

    assert len(naive.json()) == 10
    assert naive.json() == cured.json()
    assert cured.json()[0] == {"name": "Product 1", "brand": brand}


@trap("A filter on prefetched rows runs a new query")
def test_a_filter_throws_the_prefetched_rows_away(api, django_assert_num_queries):
    """`order.items.filter(…)` is a new queryset. It ignores the prefetched rows and runs one more
    query for every order. Loop over `order.items.all()`, or filter in a `Prefetch`."""
    order = stock_orders(10)[0]
    order.items.filter(product__name="Product 1").update(quantity=10)

    with django_assert_num_queries(12):
        filtered = api.get("/07/orders/large-items/filtered/")
    with django_assert_num_queries(2):
        in_memory = api.get("/07/orders/large-items/in-memory/")

    assert filtered.json() == in_memory.json()
    assert filtered.json()[0] == {"reference": "A-0001", "large_items": 1}


@trap("Pagination hides the N+1 problem and does not fix it")
@pytest.mark.parametrize(
    ("url", "rows", "queries"),
    [
        ("/07/products/paginated/?page_size=5", 5, 7),
        ("/07/products/paginated/", 10, 12),
        ("/07/products/paginated/?page_size=20", 10, 12),
    ],
    ids=["page_size=5", "default", "page_size=20"],
)
def test_a_page_still_costs_a_query_per_row(api, django_assert_num_queries, url, rows, queries):
    """Each request runs a COUNT, one query for the page, and one query for each row of the page. A
    page of 5 rows costs 7 queries, a page of 10 costs 12. If you ask for 20 rows, the view returns
    its limit of 10, again with 12 queries."""
    stock_products(20)

    with django_assert_num_queries(queries):
        response = api.get(url)

    assert response.json()["count"] == 20
    assert len(response.json()["results"]) == rows


@trap("A PATCH throws the prefetched rows away before it answers")
def test_the_response_to_a_write_reads_the_relations_again(api, django_assert_num_queries):
    """`UpdateModelMixin` empties the prefetch cache after it saves, because the rows may be stale.
    For an order of 12 items a GET costs 3 queries and a PATCH 17: 3 to read, 1 to write, and 13
    for the response, which loads each relation row by row."""
    order = factories.order.make(reference="A-0001")
    factories.order_item.make(_quantity=12, order=order)

    with django_assert_num_queries(3):
        read = api.get("/07/orders/A-0001/")
    with django_assert_num_queries(17):
        written = api.patch("/07/orders/A-0001/", {"note": "ring twice"})

    assert read.status_code == written.status_code == 200
    assert (read.json()["reference"], len(read.json()["items"])) == ("A-0001", 12)
    assert written.json() == {**read.json(), "note": "ring twice"}
    assert OrderDetailSerializer().fields["items"].read_only is True


@trap("A bare django_assert_num_queries asserts nothing")
def test_only_the_with_form_counts(api, stage, django_assert_num_queries):
    """It is a context manager. Without `with`, Python creates it and never enters it. The test
    stays green, however many queries the endpoint runs."""
    stock_orders(5)
    expected = []

    def expect(queries):
        expected.append(queries)
        return django_assert_num_queries(queries)

    stage.say("A test that expects 2 queries, without `with`: green.")
    unguarded = bare_guard(expect, api.get)
    stage.say("The same expectation in a `with` block: red.")
    with pytest.raises(pytest.fail.Exception, match="Expected to perform 2 queries but 16 were"):
        with_guard(expect, api.get)

    assert unguarded.status_code == 200
    assert expected == [2, 2]
