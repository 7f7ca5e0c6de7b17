import json
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.views.generic import View
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Order, Product

pytestmark = pytest.mark.django_db

ITEM = "/27/items/A-0001/P-0001/"
SEARCH = '{"skus": ["P-0001", "P-0003"]}'
FOUND = [{"sku": "P-0001", "price": "10.00"}, {"sku": "P-0003", "price": "10.00"}]
JSON = "application/json"


@pytest.fixture
def order(buyer):
    """Ann's order A-0001, which holds one P-0001, as another order does. There is one P-0002."""
    item = factories.order_item.make(order__customer=buyer)
    factories.order_item.make(product=item.product)
    factories.product.make(stock=1)
    return item.order


@pytest.fixture
def offstage(offstage, buyer):
    offstage.force_authenticate(buyer.user)
    return offstage


def tables():
    """Every row of every table of the shop."""
    models = apps.get_app_config("shop").get_models()
    return {model.__name__: [*model.objects.order_by("pk").values_list()] for model in models}


def stock():
    return Product.objects.get(sku="P-0001").stock


@claim("The URL says what a request is about, and the method says what to do with it")
@pytest.mark.not_about_sql
def test_one_url_does_what_each_method_says(api, order):
    """RFC 9110 calls the method the main source of what a request means. One URL reads, replaces,
    changes and deletes the same item of an order. An OPTIONS request lists the methods."""
    read = api.get(ITEM)
    replaced = api.put(ITEM, {"quantity": 3})
    changed = api.patch(ITEM, {"quantity": 4})
    allowed = api.options(ITEM)
    deleted = api.delete(ITEM)

    assert [read.json(), replaced.json(), changed.json()] == [
        {"quantity": 1},
        {"quantity": 3},
        {"quantity": 4},
    ]
    assert allowed["Allow"] == "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"
    assert deleted.status_code == 204
    assert order.items.count() == 0


@claim(
    "The methods are CRUD: POST creates, GET reads, PUT updates, DELETE deletes",
    verdict=Verdict.DEPENDS,
)
@pytest.mark.not_about_sql
def test_put_may_create_and_post_need_not(api, order, stage):
    """It is true of DRF's generic views. In HTTP, PUT also creates, if the client chooses the URL.
    POST does whatever the resource defines: here it sells one product and creates no row."""
    url = "/27/items/put-creates/A-0001/P-0002/"

    by_drf = api.put("/27/items/A-0001/P-0002/", {"quantity": 2})
    stage.say("A view that creates by PUT:")
    created = api.put(url, {"quantity": 2})
    repeated = api.put(url, {"quantity": 2})
    replaced = api.put(url, {"quantity": 3})
    invalid = api.put(url, {})
    rows = {name: len(rows) for name, rows in tables().items()}
    stage.say("A POST:")
    sold = api.post("/27/buy/by-post/P-0002/")
    sold_out = api.post("/27/buy/by-post/P-0002/")

    assert by_drf.status_code == 404
    assert [created.status_code, repeated.status_code, replaced.status_code] == [201, 200, 200]
    assert [*order.items.values_list("product__sku", "quantity")] == [("P-0001", 1), ("P-0002", 3)]
    assert invalid.status_code == 400
    assert invalid.json() == {"quantity": ["This field is required."]}
    assert sold.json() == {"bought": "P-0002"}
    assert sold_out.status_code == 409
    assert sold_out.json() == {"detail": "Sold out."}
    assert {name: len(rows) for name, rows in tables().items()} == rows
    assert [*Product.objects.values_list("sku", "stock")] == [("P-0001", 100), ("P-0002", 0)]


@claim("GET, HEAD and OPTIONS are safe: they change nothing", verdict=Verdict.DEPENDS)
@pytest.mark.not_about_sql
def test_get_changes_what_its_view_changes(api, order, stage):
    """HTTP promises it to the client, and your view must keep the promise. Nothing in Django stops
    a `get()` that writes. Here each GET of the first URL sells one product."""
    before = tables()

    [getattr(api, method)(ITEM) for method in ("get", "head", "options")]
    after_safe = tables()
    stage.say(f"Changed by these three: {'nothing' if after_safe == before else 'a row'}.")
    sold = api.get("/27/buy/by-get/P-0001/")
    stage.say(f"Stock: 100 before, {stock()} after.")
    refused = api.get("/27/buy/by-post/P-0001/")

    assert after_safe == before
    assert sold.status_code == 200
    assert stock() == 99
    assert refused.status_code == 405
    assert refused["Allow"] == "POST, OPTIONS"


@claim("PUT and DELETE are idempotent, POST is not")
def test_each_method_twice_against_the_tables(offstage, order, buyer, stage):
    """Idempotent means that a second, equal request has no further effect. So a client that got no
    answer may send it again. PATCH is not idempotent by definition. A PATCH that sets a value is,
    and a PATCH that adds is not."""
    requests = [
        ("GET", ITEM, None),
        ("HEAD", ITEM, None),
        ("OPTIONS", ITEM, None),
        ("PUT", ITEM, {"quantity": 3}),
        ("PATCH", ITEM, {"quantity": 4}),
        ("PATCH", "/27/items/adding/A-0001/P-0001/", {"add": 1}),
        ("DELETE", ITEM, None),
        ("POST", "/27/orders/", {"note": "ring twice"}),
    ]

    adding = requests[5][1]
    refused = [offstage.patch(adding, body) for body in ({}, {"add": 2**63})]
    rows = []
    for method, url, body in requests:
        before = tables()
        first = getattr(offstage, method.lower())(url, body)
        between = tables()
        second = getattr(offstage, method.lower())(url, body)
        effects = [
            "changes rows" if a != b else "-" for a, b in [(before, between), (between, tables())]
        ]
        rows.append(
            [
                method,
                json.dumps(body) if body else "",
                f"{first.status_code}, {second.status_code}",
                *effects,
            ]
        )

    stage.table(["method", "body", "answers", "the first", "the second"], rows)
    assert rows == [
        ["GET", "", "200, 200", "-", "-"],
        ["HEAD", "", "200, 200", "-", "-"],
        ["OPTIONS", "", "200, 200", "-", "-"],
        ["PUT", '{"quantity": 3}', "200, 200", "changes rows", "-"],
        ["PATCH", '{"quantity": 4}', "200, 200", "changes rows", "-"],
        ["PATCH", '{"add": 1}', "200, 200", "changes rows", "changes rows"],
        ["DELETE", "", "204, 404", "changes rows", "-"],
        ["POST", '{"note": "ring twice"}', "201, 201", "changes rows", "changes rows"],
    ]
    assert buyer.orders.filter(note="ring twice").count() == 2
    assert [response.status_code for response in refused] == [400, 400]
    assert list(refused[0].json()) == ["add"]
    assert list(refused[1].json()) == ["quantity"]


@claim("Idempotent means that the second response equals the first", verdict=Verdict.WRONG)
@pytest.mark.not_about_sql
def test_a_repeated_delete_answers_otherwise_and_changes_nothing(api, order, stage):
    """It says nothing about the response, only about the effect on the server. The second DELETE
    gets 404, and the tables are as the first one left them."""
    first = api.delete(ITEM)
    after_first = tables()
    second = api.delete(ITEM)
    after_second = tables()

    same = "equal" if after_second == after_first else "different"
    stage.say(f"The tables after the first and after the second DELETE: {same}.")
    assert [first.status_code, second.status_code] == [204, 404]
    assert second.json() == {"detail": "No OrderItem matches the given query."}
    assert after_second == after_first
    assert order.items.count() == 0


@claim("A GET can be cached, a POST cannot", verdict=Verdict.DEPENDS)
def test_cache_page_stores_get_and_head_only(anonymous, empty_cache, django_assert_num_queries):
    """It is true of Django's `cache_page`: it stores GET and HEAD. By RFC 9110, a response to POST
    is cacheable if it states its freshness and its Content-Location. But it may answer only a later
    GET or HEAD."""
    factories.product.make()

    with django_assert_num_queries(1):
        by_get = anonymous.get("/27/prices/")
    with django_assert_num_queries(0):
        again = anonymous.get("/27/prices/")
        head = anonymous.head("/27/prices/")
    with django_assert_num_queries(2):
        posts = [anonymous.post("/27/prices/") for _ in range(2)]

    assert by_get.json() == again.json() == [{"sku": "P-0001", "price": "10.00"}]
    assert head.status_code == 200
    assert by_get["Cache-Control"] == again["Cache-Control"] == "max-age=60"
    assert [post.headers.get("Cache-Control") for post in posts] == [None, None]
    assert [post.json() for post in posts] == [by_get.json(), by_get.json()]


@claim("A search with a body must be a POST", verdict=Verdict.OUTDATED)
@pytest.mark.not_about_sql
def test_query_is_safe_and_has_a_body(api, stage):
    """Since June 2026 there is QUERY, RFC 10008: safe and idempotent, with a body. Django
    6.1 does not list it, so DRF 3.18 answers 405. Add "query" to the `http_method_names` of the
    view, and write a `query()` method."""
    factories.product.make(_quantity=3)
    before = tables()

    by_post = api.generic("POST", "/27/search/by-post/", SEARCH, JSON)
    not_listed = api.generic("QUERY", "/27/search/by-post/", SEARCH, JSON)
    by_query = api.generic("QUERY", "/27/search/by-query/", SEARCH, JSON)
    untyped = api.generic("QUERY", "/27/search/by-query/", SEARCH, "")
    empty = api.generic("QUERY", "/27/search/by-query/", "{}", JSON)

    assert by_post.json() == by_query.json() == FOUND
    assert "query" not in View.http_method_names
    assert not_listed.status_code == 405
    assert not_listed["Allow"] == "POST, OPTIONS"
    assert by_query["Allow"] == "QUERY, OPTIONS"
    assert untyped.status_code == 415
    assert empty.status_code == 400
    assert empty.json() == {"skus": ["This field is required."]}
    assert tables() == before


@trap("A link checker that sends HEAD buys, too")
@pytest.mark.not_about_sql
def test_head_runs_get(anonymous, stage):
    """Django answers HEAD with your `get()`, and only the body is left out. A link checker or a
    crawler follows the link in the page, and each visit costs one product. Where the link needs a
    POST, HEAD gets 405."""
    factories.product.make(_quantity=2, stock=5)

    naive_page = anonymous.get("/27/products/by-get/P-0001/").json()
    checked = anonymous.head(naive_page["buy"])
    after_head = stock()
    stage.say(f"Stock after the HEAD of a link checker: {after_head} of 5.")
    crawled = anonymous.get(naive_page["buy"])
    after_get = stock()
    stage.say(f"Stock after the GET of a crawler: {after_get} of 5.")
    page = anonymous.get("/27/products/by-post/P-0001/").json()
    refused = anonymous.head(page["buy"])
    stage.say(f"Stock after the HEAD that was refused: {stock()} of 5.")

    assert naive_page == {"name": "Product 1", "buy": "/27/buy/by-get/P-0001/"}
    assert page == {"name": "Product 1", "buy": "/27/buy/by-post/P-0001/"}
    assert [checked.status_code, crawled.status_code, refused.status_code] == [200, 200, 405]
    assert checked["Content-Length"] == crawled["Content-Length"] == "19"
    assert [after_head, after_get, stock()] == [4, 3, 3]


@trap("Whatever trusts GET lets the purchase through")
@pytest.mark.not_about_sql
def test_get_skips_the_csrf_check_and_the_read_only_permission(anonymous, ann, stage):
    """Django's CSRF check skips GET, HEAD, OPTIONS and TRACE. `IsAuthenticatedOrReadOnly` lets
    anyone send GET, HEAD and OPTIONS. Both trust the method. So a view that writes in `get()` is
    open to an anonymous caller, and to another site that uses Ann's cookie."""
    factories.product.make(stock=5)
    urls = ["/27/buy/by-get/P-0001/", "/27/buy/by-post/P-0001/"]

    stage.say("An anonymous caller:")
    nobody = [anonymous.get(urls[0]), anonymous.post(urls[1])]
    stage.say("Ann's session cookie, without a CSRF token:")
    anonymous.force_login(ann.user)
    anonymous.handler.enforce_csrf_checks = True
    forged = [anonymous.get(urls[0]), anonymous.post(urls[1])]

    stage.say(f"Stock, of 5: {stock()}.")
    assert [response.status_code for response in nobody] == [200, 403]
    assert [response.status_code for response in forged] == [200, 403]
    assert forged[1].json() == {"detail": "CSRF Failed: CSRF cookie not set."}
    assert stock() == 3


@trap("An idempotent PUT may still change a row each time")
@pytest.mark.not_about_sql
def test_the_second_put_still_moves_updated_at(api, order, stage):
    """Safe and idempotent are about what the client asked for. The server may also write a log, a
    history or a date. The second, equal PUT leaves the note as it was, and `auto_now` moves
    `updated_at`."""
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)

    first = api.put("/27/orders/A-0001/", {"note": "ring twice"})
    Order.objects.update(updated_at=long_ago)
    second = api.put("/27/orders/A-0001/", {"note": "ring twice"})

    order.refresh_from_db()
    moved = "moved" if order.updated_at > long_ago else "stayed"
    stage.say(f"After the second PUT: the note is the same, and updated_at has {moved}.")
    assert first.json() == second.json() == {"note": "ring twice"}
    assert order.updated_at > long_ago


@trap("A method that DRF does not know is a 405, and a 403 for an anonymous caller")
def test_unknown_methods_are_refused_after_the_permissions(offstage, order, stage):
    """RFC 9110 asks for 501 where a server does not know a method at all. DRF answers 405 to all of
    them, and only after the permissions. Method names are case-sensitive in HTTP, but Django
    changes them to upper case: "put" works."""
    body = '{"quantity": 3}'

    rows = []
    for method in ("TRACE", "FOO", "QUERY", "put"):
        by_ann = offstage.generic(method, ITEM, body, JSON)
        by_nobody = APIClient().generic(method, ITEM, body, JSON)
        rows.append([method, by_ann.status_code, by_nobody.status_code])

    stage.table(["method", "Ann", "anonymous"], rows)
    assert rows == [["TRACE", 405, 403], ["FOO", 405, 403], ["QUERY", 405, 403], ["put", 200, 403]]


@trap("QUERY is safe for HTTP and unsafe for Django")
@pytest.mark.not_about_sql
def test_query_needs_a_csrf_token_and_a_user(anonymous, ann, stage):
    """Django and DRF list the safe methods by name, and QUERY is not among them. So a search by
    QUERY is refused to an anonymous reader, and with a session it needs a CSRF token. Allow QUERY
    in the permission and in `enforce_csrf()`. A POST is still refused."""
    factories.product.make(_quantity=3)
    naive, cured = "/27/search/by-query/", "/27/search/by-safe-query/"

    def answers(url):
        query = anonymous.generic("QUERY", url, SEARCH, JSON)
        return [query.status_code, query.json()]

    stage.say("An anonymous caller:")
    options = anonymous.options(naive)
    by_nobody = [answers(naive), answers(cured)]
    post_by_nobody = anonymous.post(cured)
    stage.say("Ann's session cookie, without a CSRF token:")
    anonymous.force_login(ann.user)
    anonymous.handler.enforce_csrf_checks = True
    by_ann = [answers(naive), answers(cured)]
    post_by_ann = anonymous.post(cured)

    no_user = {"detail": "Authentication credentials were not provided."}
    no_token = {"detail": "CSRF Failed: CSRF cookie not set."}
    assert options.status_code == 200
    assert by_nobody == [[403, no_user], [200, FOUND]]
    assert by_ann == [[403, no_token], [200, FOUND]]
    assert [post_by_nobody.json(), post_by_ann.json()] == [no_user, no_token]
