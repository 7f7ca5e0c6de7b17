import pytest
from django.core.paginator import UnorderedObjectListWarning

from runner import Verdict, claim, trap
from shop.factories import stock_products
from shop.models import Product

from .views import Catalogue, HandWrittenProductList

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
    """A page of ten makes, serializes and sends ten products, for any size of the table. Without
    pages, the response grows with the table."""
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
    """It is not true of page numbers. The response names the total, so a COUNT reads every row, and
    a page of ten reads more rows than the whole list. Only less is sent. A cursor needs no
    COUNT."""
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
    """It is true only with `max_page_size`. `page_size_query_param` lets the client choose the page
    size, and by default there is no maximum. So one request can fetch the whole table."""
    stock_products(products)

    response = api.get(url)

    assert len(response.json()["results"]) == rows


@claim("It spares clients heavy responses", verdict=Verdict.DEPENDS)
def test_only_the_list_method_of_generic_views_paginates(api, stage):
    """It is true where DRF's own `list()` answers. An extra action and an APIView can have the same
    `pagination_class`, but nothing reads it there. An action must call `paginate_queryset()`, and
    an APIView must make a paginator."""
    stock_products(100)
    Product.objects.filter(sku="P-0001").update(stock=0)
    Product.objects.filter(sku="P-0002").update(stock=1)
    stage.say("Of 100 products, 99 are in stock:")

    listed = api.get("/11/catalogue/")
    acted = api.get("/11/catalogue/in_stock/")
    paged = api.get("/11/catalogue/in_stock_paged/")
    hand_written = api.get("/11/products/hand-written/")
    paged_by_hand = api.get("/11/products/paged-by-hand/")

    assert len(listed.json()["results"]) == 10
    assert len(acted.json()) == 99
    assert acted.json()[0]["sku"] == "P-0002"
    assert paged.json()["count"] == 99
    assert paged.json()["results"] == acted.json()[:10]
    assert HandWrittenProductList.pagination_class is Catalogue.pagination_class
    assert len(hand_written.json()) == 100
    assert paged_by_hand.json() == {
        "count": 100,
        "next": "http://testserver/11/products/paged-by-hand/?page=2",
        "previous": None,
        "results": hand_written.json()[:10],
    }


@trap("Pagination that is switched on later breaks every client of the list")
def test_the_list_becomes_an_object(api, stage):
    """The body was a list of products. With pages it is an object with four keys. A client that
    loops over it gets "count" and "next" instead of products. So paginate from the first day, or
    in a new version of the API."""
    stock_products(2)

    before = api.get("/11/products/all/")
    after = api.get("/11/products/by-page/")

    assert before.json() == [
        {"sku": "P-0001", "name": "Product 1", "price": "10.00"},
        {"sku": "P-0002", "name": "Product 2", "price": "10.00"},
    ]
    assert after.json() == {"count": 2, "next": None, "previous": None, "results": before.json()}
    stage.say(f"A loop over the new body finds: {', '.join(after.json())}")


@trap("An API in use can offer pages without breaking its clients")
def test_without_a_page_size_only_clients_that_ask_get_pages(api):
    """With `page_size = None` and a `page_size_query_param`, `paginate_queryset()` returns None for
    a request that asks for no page, and `list()` sends the plain list. Old clients see no change.
    Make pages the default in the next version."""
    stock_products(60)

    unasked = api.get("/11/products/on-request/")
    asked = api.get("/11/products/on-request/?page_size=2")
    capped = api.get("/11/products/on-request/?page_size=1000000")

    assert len(unasked.json()) == 60
    assert asked.json() == {
        "count": 60,
        "next": "http://testserver/11/products/on-request/?page=2&page_size=2",
        "previous": None,
        "results": [
            {"sku": "P-0001", "name": "Product 1", "price": "10.00"},
            {"sku": "P-0002", "name": "Product 2", "price": "10.00"},
        ],
    }
    assert len(capped.json()["results"]) == 50


@trap("A page of a Python list loads the whole list")
@pytest.mark.parametrize("products", [20, 100])
def test_filtering_in_python_loads_everything_first(api, stage, made_from_rows, products):
    """The paginator slices what it gets. A queryset becomes `LIMIT 10`. A Python list is already
    loaded, so Django made an object of every row, and most of them are thrown away."""
    stock_products(products)
    Product.objects.filter(sku="P-0001").update(stock=0)
    Product.objects.filter(sku="P-0002").update(stock=1)

    with made_from_rows(Product) as made_for_python:
        in_python = api.get("/11/in-stock/filtered-in-python/")
    with made_from_rows(Product) as made_for_sql:
        in_sql = api.get("/11/in-stock/filtered-in-sql/")

    assert len(made_for_python) == products
    assert len(made_for_sql) == 10
    assert in_python.json()["results"] == in_sql.json()["results"]
    assert in_sql.json()["results"][0]["sku"] == "P-0002"
    assert in_python.json()["count"] == in_sql.json()["count"] == products - 1
    made = f"{len(made_for_python)} in Python, {len(made_for_sql)} in SQL"
    stage.say(f"Objects made for a page of 10: {made}")


@trap("A client that reads all pages reads the table many times")
@pytest.mark.database("postgres", because=NO_COUNT_ON_SQLITE)
def test_reading_every_page_reads_the_table_many_times(api, stage, rows_read):
    """Each page counts the table again, and then reads all the rows before it again: 400 rows for
    50 products. A cursor reads one row more than the page, to know whether there is another
    page."""
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


@trap("annotate() removes the order that pages need", since="Django 3.1.2")
def test_an_aggregate_drops_the_ordering_of_the_model(api, stage):
    """Since Django 3.1, `Meta.ordering` does not apply to a query with GROUP BY. Pages of a query
    without order may repeat rows and skip rows. Since Django 3.1.2 the server prints a warning, but
    the client gets 200. Call `order_by()` yourself."""
    stock_products(20)

    with pytest.warns(UnorderedObjectListWarning) as warned:
        unordered = api.get("/11/brands/annotated/")
    stage.say(f"Warnings: {', '.join(warning.category.__name__ for warning in warned)}")
    ordered = api.get("/11/brands/annotated-and-ordered/")

    assert len(warned) == 1
    assert unordered.status_code == 200
    assert ordered.json()["results"][0] == {"name": "Brand 1", "number_of_products": 1}
