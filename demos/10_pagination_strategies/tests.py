from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import FieldError, ValidationError
from django.db import DatabaseError
from rest_framework.pagination import PageNumberPagination

from runner import Verdict, claim, trap
from shop import factories
from shop.factories import stock_orders
from shop.models import Order, Payment

from . import views

pytestmark = pytest.mark.django_db

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
A_0001_TO_10 = [f"A-{n:04}" for n in range(1, 11)]
A_0011_TO_15 = [f"A-{n:04}" for n in range(11, 16)]


def references(response):
    return [order["reference"] for order in response.json()["results"]]


def link_to_next(response):
    link = response.json()["next"]
    return link and link.removeprefix("http://testserver")


@claim("PageNumberPagination limits the data per page", verdict=Verdict.DEPENDS)
def test_a_page_without_a_size_is_the_whole_list(api):
    """It needs a `page_size`, and there is none by default. Without one, and without `PAGE_SIZE` in
    the settings, the class switches pagination off. The response is a plain list of all 100
    orders, and there is no error."""
    stock_orders(100, items=0)

    bare = api.get("/10/orders/by-page/without-size/")
    sized = api.get("/10/orders/by-page/")

    assert len(bare.json()) == 100
    assert len(references(sized)) == 10
    assert views.SizelessPagedOrderList.pagination_class is PageNumberPagination


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
    """All three strategies do it. The body has ten of a hundred orders, and links to the
    others."""
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
    """A page is cheaper to fetch than the whole list. But page numbers and offsets need the total,
    so they run a COUNT over the whole table for each page. A cursor needs no COUNT. It fetches one
    row more than it shows."""
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
    """Offsets are worst for large lists: the database reads every row that it skips. A page number
    is an offset too. A cursor says where to continue, such as `reference > 'A-0980'`, and an index
    finds that row at once. It reads 11 rows at any depth."""
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
    by one, so the last order of page 1 is the first of page 2. A cursor continues after the last
    order that it showed."""
    stock_orders(30, items=0)

    first = api.get(page_1)
    stage.say("Now order A-0000 is added.")
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
    """A-0011 moves up to page 1, and the client has read page 1 already. With page numbers or
    offsets it never sees A-0011, and nothing tells it. A cursor shows it."""
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
    """`LimitOffsetPagination` always reads `?limit=`, and its `max_limit` is None. So one request
    gets the whole table, and a limit with 21 digits is a 500, because it is too large for the
    database. With `max_limit = 50` both get 50 orders."""
    stock_orders(100, items=0)
    api.raise_request_exception = False

    uncapped = api.get("/10/orders/by-offset/?limit=1000000")
    capped = api.get("/10/orders/by-offset/capped/?limit=1000000")
    enormous = api.get("/10/orders/by-offset/capped/?limit=100000000000000000000")
    crashed = api.get("/10/orders/by-offset/?limit=100000000000000000000")

    assert (crashed.status_code, enormous.status_code) == (500, 200)
    assert isinstance(crashed.exc_info[1], DatabaseError)
    assert len(references(uncapped)) == 100
    assert len(references(capped)) == len(references(enormous)) == 50


@trap("Beyond the end each strategy answers in its own way")
@pytest.mark.not_about_sql
@pytest.mark.parametrize(
    ("url", "status", "begins_with"),
    [
        ("/10/orders/by-page/?page=11", 404, None),
        ("/10/orders/by-page/?page=0", 404, None),
        ("/10/orders/by-page/?page=abc", 404, None),
        ("/10/orders/by-page/?page=last", 200, ["A-0091"]),
        ("/10/orders/by-offset/?offset=1000", 200, []),
        ("/10/orders/by-offset/?offset=-5", 200, ["A-0001"]),
        ("/10/orders/by-cursor/?cursor=abc", 404, None),
        ("/10/orders/by-cursor/?cursor=aGVsbG8%3D", 200, ["A-0001"]),
    ],
)
def test_what_is_out_of_range_is_a_404_or_empty_or_the_first_page(api, url, status, begins_with):
    """A page number that does not exist is a 404, but "last" works. An offset beyond the end is an
    empty page, and a negative offset is 0. A cursor that cannot be decoded is a 404. A cursor that
    decodes to another text, here "hello", is page 1."""
    stock_orders(100, items=0)

    response = api.get(url)

    assert response.status_code == status
    if status == 200:
        assert references(response)[:1] == begins_with


@trap("CursorPagination does not run as it comes")
def test_the_default_ordering_names_a_field_called_created(api):
    """Its default ordering is `-created`, so a model with `created_at` gets a FieldError. Set an
    `ordering` by a field that never changes, and that is unique or nearly unique."""
    orders = stock_orders(11, items=0)
    for order in orders:
        order.created_at = NEW_YEAR + timedelta(hours=int(order.reference[2:]))
    Order.objects.bulk_update(orders, ["created_at"])
    api.raise_request_exception = False

    as_it_comes = api.get("/10/orders/by-cursor/as-it-comes/")
    by_date = api.get("/10/orders/by-cursor/date/")

    assert as_it_comes.status_code == 500
    assert isinstance(as_it_comes.exc_info[1], FieldError)
    own = vars(views.CursorAsItComes).items()
    assert [item for item in own if not item[0].startswith("__")] == [("page_size", 10)]
    assert references(by_date) == ["A-0011", *reversed(A_0001_TO_10[1:])]


@trap("A cursor over a field with few values never arrives")
@pytest.mark.parametrize(
    ("url", "pages_begin_with", "last_links"),
    [
        (
            "/10/orders/by-cursor/status/?page_size=1000000",
            ["A-0001", "A-0501", "A-1001", "A-1001"],
            ["/10/orders/by-cursor/status/?cursor=bz0xNTAw&page_size=1000000"] * 2,
        ),
        (
            "/10/orders/by-cursor/?page_size=1000000",
            ["A-0001", "A-0501", "A-1001", "A-1501"],
            ["/10/orders/by-cursor/?cursor=cD1BLTE1MDA%3D&page_size=1000000", None],
        ),
    ],
)
def test_a_thousand_equal_values_send_the_cursor_in_a_circle(
    api, stage, url, pages_begin_with, last_links
):
    """A cursor holds one value, and an offset of at most 1,000 among equal values. All 1,600 orders
    are PENDING. So by status, page 4 is page 3 again, and it links to itself for ever. The second
    field of `ordering = ("status", "reference")` does not help, because the cursor holds only the
    first. `max_page_size` cuts the million here to 500."""
    stock_orders(1600, items=0)

    pages = [api.get(url)]
    while len(pages) < 4:
        pages.append(api.get(link_to_next(pages[-1])))

    assert [references(page)[0] for page in pages] == pages_begin_with
    assert [link_to_next(page) for page in pages[2:]] == last_links
    assert views.CursorByStatus.ordering == ("status", "reference")
    stage.say(f"The pages begin with {', '.join(references(page)[0] for page in pages)}.")


@trap("A keyset over two fields passes equal values")
def test_the_second_field_decides_between_equal_times(api, django_assert_num_queries):
    """All orders but two have the same `created_at`, as after an import. The keyset holds the time
    and the unique reference, so it finds its place among equal times. DRF has no such class. The
    client can send any position, so a serializer checks it."""
    stock_orders(14, items=0)
    factories.order.make(reference="A-0000")
    Order.objects.update(created_at=NEW_YEAR)
    Order.objects.filter(reference="A-0014").update(created_at=NEW_YEAR - timedelta(hours=1))
    Order.objects.filter(reference="A-0001").update(created_at=NEW_YEAR + timedelta(hours=1))

    with django_assert_num_queries(1) as counted:
        first = api.get("/10/orders/by-keyset/")
    [query] = counted.captured_queries
    second = api.get(link_to_next(first))
    forged = api.get("/10/orders/by-keyset/?after=0001-01-01T00:00:00%2B14:00,")
    too_long = api.get("/10/orders/by-keyset/?after=2026-01-01T00:00:00Z,A-0123456789012345678")

    assert query["sql"].endswith(" LIMIT 11")
    assert link_to_next(first) == (
        "/10/orders/by-keyset/?after=2026-01-01T00%3A00%3A00%2B00%3A00%2CA-0009"
    )
    assert references(first) == ["A-0014", "A-0000", *A_0001_TO_10[1:9]]
    assert references(second) == ["A-0010", "A-0011", "A-0012", "A-0013", "A-0001"]
    assert link_to_next(second) is None
    assert forged.status_code == too_long.status_code == 400
    assert forged.json() == {
        "created_at": ["Datetime value out of range."],
        "reference": ["This field may not be blank."],
    }
    assert too_long.json() == {"reference": ["Ensure this field has no more than 20 characters."]}


@trap("A cursor over a nullable field drops rows", since="DRF 3.15.2")
@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("url", "pages"),
    [
        ("/10/orders/by-cursor/paid/", [A_0001_TO_10, []]),
        ("/10/orders/by-cursor/paid/filled/", [A_0001_TO_10, A_0011_TO_15]),
    ],
)
def test_orders_without_a_payment_are_never_shown(api, url, pages):
    """Five of 15 orders have no payment, so their `paid_at` is NULL. Page 2 asks for `paid_at`
    smaller than the last one, and NULL is not smaller than anything. DRF 3.15.0 and 3.15.1 kept
    such rows, and 3.15.2 took that back, because the query was slow. Fill the gap with
    `Coalesce`."""
    orders = stock_orders(15, items=0)
    Order.objects.update(created_at=NEW_YEAR)
    for hours, order in enumerate(orders[:10]):
        payment = factories.payment.make(order=order)
        paid_at = NEW_YEAR + timedelta(days=1) - timedelta(hours=hours)
        Payment.objects.filter(pk=payment.pk).update(paid_at=paid_at)

    first = api.get(url)
    second = api.get(link_to_next(first))

    assert [references(first), references(second)] == pages
    assert link_to_next(second) is None


@trap("A forged cursor can be a 500")
def test_nobody_checks_the_value_in_a_cursor(api):
    """A cursor is base64 and not signed. This one says `p=yesterday`. DRF passes the word to the
    filter on `created_at`, which raises Django's ValidationError. DRF does not handle that one, so
    the client gets 500 instead of 404. The guarded endpoint checks the value first, so it also
    refuses a time that does not exist in UTC. The cursor by reference refuses a NUL."""
    api.raise_request_exception = False

    forged = api.get("/10/orders/by-cursor/date/?cursor=cD15ZXN0ZXJkYXk%3D")
    guarded = [
        api.get("/10/orders/by-cursor/date/guarded/?cursor=cD15ZXN0ZXJkYXk%3D"),
        api.get(
            "/10/orders/by-cursor/date/guarded/?cursor=cD0wMDAxLTAxLTAxVDAwOjAwOjAwJTJCMTQ6MDA%3D"
        ),
        api.get("/10/orders/by-cursor/?cursor=cD1hAGI%3D"),
    ]

    assert forged.status_code == 500
    assert isinstance(forged.exc_info[1], ValidationError)
    assert [response.status_code for response in guarded] == [404, 404, 404]
    assert [response.json() for response in guarded] == [{"detail": "Invalid cursor"}] * 3
