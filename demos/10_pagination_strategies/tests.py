import pytest
from django.core.exceptions import FieldError, ValidationError

from runner import Verdict, claim, trap
from shop import factories
from shop.factories import stock_orders
from shop.models import Order

pytestmark = pytest.mark.django_db


def references(response):
    return [order["reference"] for order in response.json()["results"]]


def link_to_next(response):
    link = response.json()["next"]
    return link and link.removeprefix("http://testserver")


@claim("PageNumberPagination limits the data per page", verdict=Verdict.DEPENDS)
def test_a_page_without_a_size_is_the_whole_list(api):
    """Only with a `page_size`, and there is none by default. The bare class, without a
    `PAGE_SIZE` in the settings, switches pagination off: a plain list of everything, no error."""
    stock_orders(100, items=0)

    bare = api.get("/10/orders/by-page/without-size/")
    sized = api.get("/10/orders/by-page/")

    assert len(bare.json()) == 100
    assert len(references(sized)) == 10


@claim("Pagination reduces the payload")
@pytest.mark.parametrize(
    ("url", "size"),
    [
        ("/10/orders/all/", 4201),
        ("/10/orders/by-page/", 514),
        ("/10/orders/by-offset/", 528),
        ("/10/orders/by-cursor/", 519),
    ],
)
def test_ten_orders_are_a_smaller_body_than_a_hundred(api, stage, url, size):
    """All three strategies do it alike: ten orders of a hundred, and the links to the others."""
    stock_orders(100, items=0)

    response = api.get(url)

    assert len(response.content) == size
    stage.say(f"{len(response.content)} bytes")
    stage.bar(url, len(response.content), "bytes for 100 orders")


@claim("It takes load off the database", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize(
    ("url", "queries"),
    [
        ("/10/orders/all/", 1),
        ("/10/orders/by-page/", 2),
        ("/10/orders/by-offset/", 2),
        ("/10/orders/by-cursor/", 1),
    ],
)
def test_two_of_the_three_ask_for_the_total_as_well(api, django_assert_num_queries, url, queries):
    """The page is cheaper to fetch, but page numbers and offsets need the total, a COUNT over the
    whole table with every page. A cursor needs none: it fetches one row more than it shows."""
    stock_orders(100, items=0)

    with django_assert_num_queries(queries):
        response = api.get(url)

    assert response.status_code == 200


@claim("For large lists you page by offset", verdict=Verdict.WRONG)
@pytest.mark.database("postgres", because="SQLite does not tell how many rows a query has read.")
@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("/10/orders/by-offset/?offset=0", [1000, 10]),
        ("/10/orders/by-offset/?offset=490", [1000, 500]),
        ("/10/orders/by-offset/?offset=980", [1000, 990]),
        ("/10/orders/by-page/?page=99", [1000, 990]),
        ("/10/orders/by-cursor/?cursor=cD1BLTA5ODA%3D", [11]),
    ],
)
def test_an_offset_reads_all_the_rows_that_it_skips(api, stage, url, read, rows_read):
    """It is for them that offsets are worst: the database reads every row that it skips, and a
    page number is an offset too. A cursor says where to go on, `reference > 'A-0980'`, and an
    index leads straight there: 11 rows, wherever the page is."""
    stock_orders(1000, items=0)

    with rows_read() as found:
        response = api.get(url)

    assert response.status_code == 200
    assert found == read
    stage.say(f"Rows that PostgreSQL read: {', then '.join(map(str, found))}")
    stage.bar(url, found[-1], "rows read for a page of 10 out of 1,000 orders, without the COUNT")


@trap("A new row shows an old one twice")
@pytest.mark.parametrize(
    ("page_1", "page_2", "goes_on_with"),
    [
        ("/10/orders/by-page/", "/10/orders/by-page/?page=2", "A-0010"),
        ("/10/orders/by-offset/", "/10/orders/by-offset/?offset=10", "A-0010"),
        ("/10/orders/by-cursor/", "/10/orders/by-cursor/?cursor=cD1BLTAwMTA%3D", "A-0011"),
    ],
)
def test_a_row_added_in_front_pushes_the_last_one_on_to_the_next_page(
    api, stage, page_1, page_2, goes_on_with
):
    """Page numbers and offsets count rows from the start. An order added in front moves all others
    one further: the last of page 1 is the first of page 2. A cursor goes on where it was."""
    stock_orders(30, items=0)

    first = api.get(page_1)
    stage.say("Now order A-0000 comes in.")
    factories.order.make(reference="A-0000")
    second = api.get(page_2)

    assert references(first)[-1] == "A-0010"
    assert references(second)[0] == goes_on_with
    stage.say(f"Page 1 ends with {references(first)[-1]}, page 2 begins with {goes_on_with}.")


@trap("A deleted row hides another one")
@pytest.mark.parametrize(
    ("page_1", "page_2", "goes_on_with"),
    [
        ("/10/orders/by-page/", "/10/orders/by-page/?page=2", "A-0012"),
        ("/10/orders/by-offset/", "/10/orders/by-offset/?offset=10", "A-0012"),
        ("/10/orders/by-cursor/", "/10/orders/by-cursor/?cursor=cD1BLTAwMTA%3D", "A-0011"),
    ],
)
def test_a_row_deleted_in_front_pulls_one_out_of_the_next_page(
    api, stage, page_1, page_2, goes_on_with
):
    """The other way round, and worse, for nobody notices: A-0011 moves up to page 1, which has
    been read already, so who pages by number or offset never sees it."""
    stock_orders(30, items=0)

    first = api.get(page_1)
    stage.say("Now order A-0003 is deleted.")
    Order.objects.get(reference="A-0003").delete()
    second = api.get(page_2)

    assert references(first)[-1] == "A-0010"
    assert references(second)[0] == goes_on_with
    stage.say(f"Page 1 ends with {references(first)[-1]}, page 2 begins with {goes_on_with}.")


@trap("Nothing limits the limit")
def test_a_client_may_ask_for_everything(api):
    """`LimitOffsetPagination` always listens to `?limit=`, and its `max_limit` is None: one request
    gets the whole table. With `max_limit = 50`, a million is 50."""
    stock_orders(100, items=0)

    uncapped = api.get("/10/orders/by-offset/?limit=1000000")
    capped = api.get("/10/orders/by-offset/capped/?limit=1000000")

    assert len(references(uncapped)) == 100
    assert len(references(capped)) == 50


@trap("CursorPagination does not run as it comes")
def test_the_default_ordering_names_a_field_called_created(api):
    """Its ordering is `-created`, so a model that says `created_at` gets a FieldError. Name a field
    that is unique, or nearly so, and never changes."""
    stock_orders(3, items=0)
    api.raise_request_exception = False

    as_it_comes = api.get("/10/orders/by-cursor/as-it-comes/")
    by_date = api.get("/10/orders/by-cursor/date/")

    assert as_it_comes.status_code == 500
    assert isinstance(as_it_comes.exc_info[1], FieldError)
    assert sorted(references(by_date)) == ["A-0001", "A-0002", "A-0003"]


@trap("A cursor over a field with few values never arrives")
@pytest.mark.parametrize(
    ("url", "pages_begin_with", "last_links"),
    [
        (
            "/10/orders/by-cursor/status/?page_size=500",
            ["A-0001", "A-0501", "A-1001", "A-1001"],
            ["/10/orders/by-cursor/status/?cursor=bz0xNTAw&page_size=500"] * 2,
        ),
        (
            "/10/orders/by-cursor/?page_size=500",
            ["A-0001", "A-0501", "A-1001", "A-1501"],
            ["/10/orders/by-cursor/?cursor=cD1BLTE1MDA%3D&page_size=500", None],
        ),
    ],
)
def test_a_thousand_equal_values_send_the_cursor_in_a_circle(
    api, stage, url, pages_begin_with, last_links
):
    """A cursor holds one value and, among equal ones, an offset of 1,000 at most. All 1,600 orders
    are PENDING, so by status page 4 is page 3 again and links to itself, for ever. A second field
    in `ordering = ("status", "reference")` does not help: the cursor holds the first alone."""
    stock_orders(1600, items=0)

    pages = [api.get(url)]
    while len(pages) < 4:
        pages.append(api.get(link_to_next(pages[-1])))

    assert [references(page)[0] for page in pages] == pages_begin_with
    assert [link_to_next(page) for page in pages[2:]] == last_links
    stage.say(f"The pages begin with {', '.join(references(page)[0] for page in pages)}.")


@trap("A forged cursor can be a 500")
def test_nobody_checks_the_value_in_a_cursor(api):
    """A cursor is base64 and not signed: this one says `p=yesterday`. DRF hands the word to the
    filter on `created_at`, which raises Django's ValidationError, not DRF's: 500 instead of 404.
    The guarded endpoint catches it."""
    api.raise_request_exception = False

    forged = api.get("/10/orders/by-cursor/date/?cursor=cD15ZXN0ZXJkYXk%3D")
    guarded = api.get("/10/orders/by-cursor/date/guarded/?cursor=cD15ZXN0ZXJkYXk%3D")
    with_nul = api.get("/10/orders/by-cursor/?cursor=cD1hAGI%3D")

    assert forged.status_code == 500
    assert isinstance(forged.exc_info[1], ValidationError)
    assert guarded.status_code == with_nul.status_code == 404
    assert guarded.json() == with_nul.json() == {"detail": "Invalid cursor"}
