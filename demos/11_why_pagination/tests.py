import pytest
from django.core.paginator import UnorderedObjectListWarning

from runner import Verdict, claim, trap
from shop.factories import stock_products
from shop.models import Product

pytestmark = pytest.mark.django_db

NO_COUNT_ON_SQLITE = "SQLite does not tell how many rows a query has read."


@claim("Pagination reduces the data that one request returns")
@pytest.mark.parametrize(
    ("url", "products", "objects", "size"),
    [
        ("/11/products/all/", 20, 20, 1052),
        ("/11/products/all/", 100, 100, 5293),
        ("/11/products/by-page/", 20, 10, 616),
        ("/11/products/by-page/", 100, 10, 617),
    ],
)
def test_a_page_stays_small_when_the_table_grows(
    api, stage, made_from_rows, url, products, objects, size
):
    """Ten products are made from rows, serialized and sent, whatever the table holds. Without
    pages, the response grows with the shop."""
    stock_products(products)

    with made_from_rows(Product) as made:
        response = api.get(url)

    assert len(made) == objects
    assert len(response.content) == size
    stage.say(f"{len(made)} objects made, {len(response.content):,} bytes sent")
    if products == 100:
        stage.bar(url, len(response.content), "bytes for 100 products")


@claim("It takes load off the database", verdict=Verdict.DEPENDS)
@pytest.mark.database("postgres", because=NO_COUNT_ON_SQLITE)
@pytest.mark.parametrize(
    ("url", "products", "read"),
    [
        ("/11/products/all/", 50, [50]),
        ("/11/products/all/", 500, [500]),
        ("/11/products/by-page/", 50, [50, 10]),
        ("/11/products/by-page/", 500, [500, 10]),
        ("/11/products/by-cursor/", 50, [11]),
        ("/11/products/by-cursor/", 500, [11]),
    ],
)
def test_the_count_reads_the_whole_table_for_every_page(api, stage, url, products, read, rows_read):
    """Not with page numbers: to tell the total, a COUNT reads every row, so a page of ten takes
    more reading than the whole list. What is saved is the sending. A cursor counts nothing."""
    stock_products(products)

    with rows_read() as found:
        response = api.get(url)

    assert response.status_code == 200
    assert found == read
    stage.say(f"Rows that PostgreSQL read: {', then '.join(map(str, found))}")
    if products == 500:
        stage.bar(url, sum(found), "rows read out of 500 products")


@claim("It lets a busy endpoint scale", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize(
    ("url", "products", "rows"),
    [
        ("/11/products/uncapped/?page_size=1000000", 100, 100),
        ("/11/products/uncapped/?page_size=1000000", 200, 200),
        ("/11/products/capped/?page_size=1000000", 100, 50),
        ("/11/products/capped/?page_size=1000000", 200, 50),
    ],
)
def test_a_page_size_from_the_client_needs_a_limit(api, url, products, rows):
    """Only with `max_page_size`. Once `page_size_query_param` lets the client choose, the client
    may choose everything: there is no limit by default."""
    stock_products(products)

    response = api.get(url)

    assert len(response.json()["results"]) == rows


@claim("It spares clients heavy responses", verdict=Verdict.DEPENDS)
def test_only_the_list_method_of_generic_views_paginates(api):
    """Where DRF writes the list for you. An extra action and an APIView have the same
    `pagination_class` and never look at it: an action calls `paginate_queryset` itself."""
    stock_products(100)

    listed = api.get("/11/catalogue/")
    acted = api.get("/11/catalogue/in_stock/")
    paged = api.get("/11/catalogue/in_stock_paged/")
    hand_written = api.get("/11/products/hand-written/")

    assert len(listed.json()["results"]) == 10
    assert len(acted.json()) == 100
    assert len(paged.json()["results"]) == 10
    assert len(hand_written.json()) == 100


@trap("Switching it on breaks every client of the list")
def test_the_list_becomes_an_object(api, stage):
    """The body was a list of products and is an object with four keys. A client that loops over it
    gets "count" and "next" for products: page from the first day, or in a new version."""
    stock_products(2)

    before = api.get("/11/products/all/")
    after = api.get("/11/products/by-page/")

    assert before.json() == [
        {"sku": "P-0001", "name": "Product 1", "price": "10.00"},
        {"sku": "P-0002", "name": "Product 2", "price": "10.00"},
    ]
    assert after.json() == {"count": 2, "next": None, "previous": None, "results": before.json()}
    stage.say(f"A loop over the new body finds: {', '.join(after.json())}")


@trap("A page of a Python list loads the whole list")
@pytest.mark.parametrize("products", [20, 100])
def test_filtering_in_python_loads_everything_first(api, stage, made_from_rows, products):
    """The paginator cuts whatever it is given. A queryset becomes LIMIT 10; a list has been loaded
    already, all of it, and nine tenths are thrown away."""
    stock_products(products)

    with made_from_rows(Product) as made_for_python:
        in_python = api.get("/11/in-stock/filtered-in-python/")
    with made_from_rows(Product) as made_for_sql:
        in_sql = api.get("/11/in-stock/filtered-in-sql/")

    assert len(made_for_python) == products
    assert len(made_for_sql) == 10
    assert in_python.json()["results"] == in_sql.json()["results"]
    made = f"{len(made_for_python)} in Python, {len(made_for_sql)} in SQL"
    stage.say(f"Objects made for a page of 10: {made}")


@trap("Reading all pages costs a multiple of the list")
@pytest.mark.database("postgres", because=NO_COUNT_ON_SQLITE)
def test_whoever_reads_page_after_page_pays_most(api, stage, rows_read):
    """Each page counts the table again and reads again all the rows before it: 400 rows to see 50
    products. A cursor reads one row ahead on each page, to know whether there is another."""
    stock_products(50)

    with rows_read() as whole_list:
        api.get("/11/products/all/")
    with rows_read() as by_page:
        for number in range(1, 6):
            api.get(f"/11/products/by-page/?page={number}")
    with rows_read() as by_cursor:
        link = "/11/products/by-cursor/"
        while link:
            part = api.get(link)
            link = (part.json()["next"] or "").removeprefix("http://testserver")

    assert sum(whole_list) == 50
    assert sum(by_page) == 400
    assert sum(by_cursor) == 54
    measure = "rows read until all 50 products have been seen"
    stage.bar("all at once", sum(whole_list), measure)
    stage.bar("page by page", sum(by_page), measure)
    stage.bar("cursor by cursor", sum(by_cursor), measure)


@trap("annotate() takes away the order that the pages rest on")
def test_an_aggregate_drops_the_ordering_of_the_model(api, stage):
    """`Meta.ordering` does not apply to a query with GROUP BY, and pages of an unordered query may
    repeat and skip rows. Python prints a warning where nobody looks, the client gets its 200. Say
    `order_by` yourself."""
    stock_products(20)

    with pytest.warns(UnorderedObjectListWarning) as warned:
        unordered = api.get("/11/brands/annotated/")
    stage.say(f"Warnings: {', '.join(warning.category.__name__ for warning in warned)}")
    ordered = api.get("/11/brands/annotated-and-ordered/")

    assert len(warned) == 1
    assert unordered.status_code == 200
    assert ordered.json()["results"][0] == {"name": "Brand 1", "number_of_products": 1}
