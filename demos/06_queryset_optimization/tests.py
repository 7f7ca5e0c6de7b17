import pytest
from django.core.exceptions import FieldError

from runner import Verdict, claim, trap
from shop import factories
from shop.factories import stock_products
from shop.models import Product

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
    """How SQLite finds a parcel, and how many times the work it is among 10 times as many."""
    stock_parcels(200)
    with vm_steps() as among_few:
        few = api.get(url)

    stock_parcels(2000)
    stage.say("With 2,000 parcels instead of 200:")
    with sqlite_plans() as plans, vm_steps() as among_many:
        many = api.get(url)

    assert str(Parcel.objects.last()) == "T-2000"
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
    """Two foreign keys cost two queries for every product, or one join each: 20 products go from 61
    queries to 21. The query for the tags of each product is left, because `select_related` follows
    no to-many relation."""
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
    """The tags of all products come with one query instead of one for each. 20 products still cost
    42 queries, because this list does not join the two foreign keys."""
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
    """It must name every field that the serializer reads. If one is missing, here the price, Django
    fetches it later with one more query for every row: 21 queries for 20 products."""
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
    """A method field runs once for every row, and so does the query in it. With `annotate` on the
    queryset of the view, the database adds up for all rows in one query."""
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
        ("/06/parcels/?tracking_code__gte=T-0007&tracking_code__lt=T-0008", "SEARCH", 1),
        ("/06/parcels/?customs_code=C-0007", "SCAN", 10),
    ],
)
def test_an_indexed_filter_costs_the_same_at_any_size(
    api, stage, vm_steps, sqlite_plans, url, plan, growth
):
    """All filters find the same parcel. `tracking_code` has an index, so a filter for one value or
    a range costs the same among 10 times as many parcels. `customs_code` has none, so the work
    grows with the table."""
    found = plan_and_growth(api, stage, vm_steps, sqlite_plans, url)

    assert found == (plan, growth)


@claim("Together these take load off the database")
@pytest.mark.parametrize("products", [5, 20])
def test_two_queries_do_for_any_number_of_products(api, stage, django_assert_num_queries, products):
    """One query with two joins loads the products, and one query loads all their tags. It is 2
    queries for 5 products, and 2 instead of 61 for 20 products."""
    stock_tagged_products(products)

    with django_assert_num_queries(2) as counted:
        response = api.get("/06/products/both/")

    assert response.json()[0] == FIRST_PRODUCT
    if products == 20:
        stage.bar("/06/products/both/", len(counted), "queries for 20 products")


@trap("only() next to select_related is an error unless it names the foreign key")
def test_only_must_name_what_select_related_joins(api, django_assert_num_queries):
    """Django raises FieldError if `only` leaves out a foreign key that `select_related` follows.
    Write `only` across the relation, `brand__name`: one query fetches the five columns that are
    needed."""
    stock_products(20)
    api.raise_request_exception = False

    refused = api.get("/06/brands/only-without-the-key/")
    with django_assert_num_queries(1) as counted:
        narrow = api.get("/06/brands/only-across-the-join/")

    assert refused.status_code == 500
    assert isinstance(refused.exc_info[1], FieldError)
    assert str(refused.exc_info[1]) == (
        "Field Product.brand cannot be both deferred and traversed using select_related at the "
        "same time."
    )
    assert narrow.json()[0] == {"sku": "P-0001", "brand": "Brand 1"}
    assert columns(counted.captured_queries[0]) == 5


@trap("A one-to-one relation costs a query per row from its other side too")
@pytest.mark.parametrize(("orders", "queries"), [(5, 6), (10, 11)])
def test_select_related_follows_a_one_to_one_relation_backwards(
    api, django_assert_num_queries, orders, queries
):
    """The foreign key is in the table of payments, so `order.payment` is a query for every order:
    11 queries for 10 orders. `select_related("payment")` joins it from this side too, and an order
    without a payment still shows null."""
    first, *_ = factories.order.make(_quantity=orders)
    factories.payment.make(order=first)

    with django_assert_num_queries(queries):
        naive = api.get("/06/payments/naive/")
    with django_assert_num_queries(1):
        joined = api.get("/06/payments/joined/")

    assert joined.json()[:2] == [
        {"reference": "A-0001", "payment": "T-0001"},
        {"reference": "A-0002", "payment": None},
    ]
    assert naive.json() == joined.json()


@trap("A foreign key shown as its id needs no join, but a list of ids needs a prefetch")
@pytest.mark.parametrize(("url", "queries"), [("/06/ids/naive/", 21), ("/06/ids/prefetched/", 2)])
def test_an_id_is_in_the_row_and_a_list_of_ids_is_not(api, django_assert_num_queries, url, queries):
    """The id of the brand is a column of the product, so it costs no query, and a join would be for
    nothing. The ids of the tags are in another table: one query for each of 20 products, or one
    prefetch for all."""
    stock_tagged_products(20)
    product = Product.objects.get(sku="P-0001")

    with django_assert_num_queries(queries):
        response = api.get(url)

    assert response.json()[0] == {
        "sku": "P-0001",
        "brand": product.brand_id,
        "tags": [tag.pk for tag in product.tags.all()],
    }


@trap("annotate() with a sum forgets Meta.ordering")
def test_a_grouped_query_has_no_default_order(api, django_assert_num_queries):
    """A sum makes a query with GROUP BY, and Django does not add `Meta.ordering` to it. Then the
    database returns the rows in any order. Write `order_by` after `annotate`."""
    stock_products(2)

    with django_assert_num_queries(1) as unordered:
        api.get("/06/units-sold/unordered/")
    with django_assert_num_queries(1) as ordered:
        response = api.get("/06/units-sold/annotated/")

    assert Product._meta.ordering == ["sku"]
    assert "ORDER BY" not in unordered.captured_queries[0]["sql"]
    assert ordered.captured_queries[0]["sql"].endswith('ORDER BY "shop_product"."sku" ASC')
    assert [product["sku"] for product in response.json()] == ["P-0001", "P-0002"]


@trap("Validating a list of references costs a query for each of them")
@pytest.mark.parametrize(("count", "total"), [(2, "20.00"), (10, "100.00")])
def test_a_related_field_looks_up_one_reference_at_a_time(
    api, django_assert_num_queries, count, total
):
    """`SlugRelatedField(many=True)` fetches every product with its own query, as every related
    field does. The queryset of the view does not help. Collect the references in a ListField, and
    `in_bulk` fetches all of them in one query."""
    skus = [product.sku for product in stock_products(count)]

    with django_assert_num_queries(count):
        one_by_one = api.post("/06/basket/one-by-one/", {"products": skus})
    with django_assert_num_queries(1):
        all_at_once = api.post("/06/basket/all-at-once/", {"products": skus})

    unknown = api.post("/06/basket/all-at-once/", {"products": [skus[0], "X-1", "X-2"]})
    no_text = api.post("/06/basket/all-at-once/", {"products": [{}]})

    assert one_by_one.status_code == all_at_once.status_code == 200
    assert one_by_one.json() == all_at_once.json() == {"total": total}
    assert unknown.status_code == no_text.status_code == 400
    assert unknown.json() == {"products": ["No such product: X-1, X-2."]}
    assert no_text.json() == {"products": {"0": ["Not a valid string."]}}


@trap("The default search does not use the index")
@pytest.mark.database("sqlite")
def test_a_text_within_a_text_cannot_be_looked_up(api, stage, vm_steps, sqlite_plans):
    """`SearchFilter` uses `icontains`, and the text can stand anywhere in the column. So the
    database reads each row, with or without an index: among 10 times as many parcels the search is
    10 times the work."""
    url = "/06/parcels/search/?search=T-0007"

    found = plan_and_growth(api, stage, vm_steps, sqlite_plans, url)

    assert found == ("SCAN", 10)


@trap("A search for an exact match uses the index", since="DRF 3.15")
@pytest.mark.database("sqlite")
def test_search_fields_can_name_a_lookup(api, stage, vm_steps, sqlite_plans):
    """Since DRF 3.15, a name in `search_fields` can have any lookup. `tracking_code__exact` finds
    only whole codes, and it is the same work among 10 times as many parcels."""
    url = "/06/parcels/exact/?search=T-0007"

    found = plan_and_growth(api, stage, vm_steps, sqlite_plans, url)
    part = api.get("/06/parcels/exact/?search=T-000")

    assert found == ("SEARCH", 1)
    assert part.json() == []


@trap("An index over two fields does not help a filter on the second one alone")
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
    """`Index(fields=["last_name", "first_name"])` is sorted like a phone book. It finds a family at
    once. To find everyone with one first name, you must read the whole book."""
    found = plan_and_growth(api, stage, vm_steps, sqlite_plans, url)

    assert found == (plan, growth)
    assert [index.fields for index in Parcel._meta.indexes] == [["last_name", "first_name"]]
