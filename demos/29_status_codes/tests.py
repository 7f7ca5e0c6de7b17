import json
import socket
from http import HTTPStatus
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from rest_framework import status
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Order, Product
from shop.people import basic

from .views import EXCEPTIONS, work_off

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

JSON = "application/json"
NEW = {"sku": "P-0001", "name": "Green tea", "price": "9.90"}


def urllib(server, path, body=None):
    """What Python's own client makes of the answer, and the body that it got."""
    sent = Request(f"http://127.0.0.1:{server.port}{path}", headers={"Content-Type": JSON})
    sent.data = body and json.dumps(body).encode()
    try:
        with urlopen(sent) as answer:
            return "no error", answer.read().decode()
    except HTTPError as error:
        with error:
            return f"HTTPError {error.code}", error.read().decode()


def on_one_connection(live_server, *requests):
    """The bytes that come back on a socket for some requests, sent one after the other."""
    host, port = live_server.thread.host, live_server.thread.port
    lines = [f"{request} HTTP/1.1\r\nHost: {host}\r\n" for request in requests]
    with socket.create_connection((host, port)) as wire:
        wire.sendall(("\r\n".join(lines) + "Connection: close\r\n\r\n").encode())
        return b"".join(iter(lambda: wire.recv(65536), b"")).decode()


@claim("The code tells whether the request was completed", verdict=Verdict.DEPENDS)
def test_a_202_is_sent_before_anything_is_done(anonymous, stage, ann):
    """Only if the answer is final. A 202 says that the request was accepted, and promises nothing.
    Here two orders get 202 and are still PENDING. Later one is PAID and one is CANCELLED. The
    header Location says where to look."""
    factories.order.make(reference="A-0001", customer=ann, points_used=60)
    factories.order.make(reference="A-0002", customer=ann, points_used=600)
    factories.order.make(reference="A-0003", customer=ann)

    covered = anonymous.post("/29/orders/A-0001/payment/")
    too_much = anonymous.post("/29/orders/A-0002/payment/")
    stage.say("A worker does what was asked for:")
    work_off()
    paid = anonymous.get(covered.headers["Location"])
    cancelled = anonymous.get("/29/orders/A-0002/")

    orders = [*Order.objects.values_list("reference", "status", "note")]
    assert covered.status_code == too_much.status_code == 202
    assert covered.json() == too_much.json() == {"status": "PENDING"}
    assert covered.headers["Location"] == "http://testserver/29/orders/A-0001/"
    assert paid.json() == {"status": "PAID"}
    assert cancelled.json() == {"status": "CANCELLED"}
    assert orders == [
        ("A-0001", "PAID", ""),
        ("A-0002", "CANCELLED", ""),
        ("A-0003", "PENDING", ""),
    ]


@claim("There are five classes, and the first digit names the class")
def test_a_client_needs_only_the_first_digit(servers, stage):
    """The codes 299, 399, 499 and 599 are registered nowhere. Python's own client treats each like
    the known codes of its class, as HTTP asks. DRF's helpers only look at the range. Its module has
    names for all codes of Python's `http`, and for 306 and 509."""
    [shop] = servers(1)
    helpers = ["is_success", "is_redirect", "is_client_error", "is_server_error"]

    rows = []
    for code in (200, 299, 399, 404, 499, 500, 599):
        outcome, _ = urllib(shop, f"/29/codes/{code}/")
        rows.append([code, *(name for name in helpers if getattr(status, name)(code)), outcome])
    servers.received(recorded=False)

    stage.table(["code", "DRF says", "urllib says"], rows)
    names = {value for name, value in vars(status).items() if name.startswith("HTTP_")}
    assert rows == [
        [200, "is_success", "no error"],
        [299, "is_success", "no error"],
        [399, "is_redirect", "HTTPError 399"],
        [404, "is_client_error", "HTTPError 404"],
        [499, "is_client_error", "HTTPError 499"],
        [500, "is_server_error", "HTTPError 500"],
        [599, "is_server_error", "HTTPError 599"],
    ]
    assert names - {*HTTPStatus} == {306, 509}
    assert {*HTTPStatus} - names == set()


@claim("2xx: the request was accepted successfully", verdict=Verdict.DEPENDS)
@pytest.mark.database("sqlite")
@pytest.mark.django_db(transaction=True)
def test_a_duplicate_that_gets_200_is_a_success_for_the_client(servers, stage):
    """Only if the view says the truth. The same duplicate SKU goes to four views, and no row is
    written. Python's own client raises for 400, 409 and 500. For the 200 it raises nothing, and the
    failure stands in a body that no client has to read."""
    factories.product.make(sku="P-0001")
    [shop] = servers(1)

    rows = []
    for view in ("always-ok", "unchecked", "validated", "conflict"):
        outcome, body = urllib(shop, f"/29/products/{view}/", NEW)
        rows.append([view, outcome, "HTML" if "<html" in body else body])
    servers.received()

    stage.table(["view", "urllib", "body"], rows)
    taken = '{"sku":["product with this stock keeping unit already exists."]}'
    assert rows == [
        ["always-ok", "no error", f'{{"success":false,"errors":{taken}}}'],
        ["unchecked", "HTTPError 500", "HTML"],
        ["validated", "HTTPError 400", taken],
        ["conflict", "HTTPError 409", '{"detail":"This SKU is taken."}'],
    ]
    assert Product.objects.count() == 1
    is_new = urllib(shop, "/29/products/always-ok/", {**NEW, "sku": "P-0002"})
    servers.received(recorded=False)
    assert is_new == ("no error", '{"success":true}')
    assert Product.objects.count() == 2


@claim("3xx: the client must take an additional action", verdict=Verdict.DEPENDS)
def test_a_304_sends_the_client_nowhere(anonymous):
    """A 301 sends the client to the address in Location. A 304 sends it nowhere: the copy that the
    client has is still good. It comes only if the client asked with If-None-Match."""
    factories.product.make(sku="P-0000", stock=1)
    factories.product.make(sku="P-0001", stock=7)

    moved = anonymous.get("/29/old/products/P-0001/")
    first = anonymous.get("/29/products/P-0001/stock/")
    again = anonymous.get("/29/products/P-0001/stock/", headers={"If-None-Match": first["ETag"]})
    Product.objects.update(stock=6)
    changed = anonymous.get("/29/products/P-0001/stock/", headers={"If-None-Match": first["ETag"]})

    assert (moved.status_code, moved["Location"]) == (301, "/29/products/P-0001/")
    assert (first.status_code, first["ETag"], first.json()) == (200, '"stock-7"', {"stock": 7})
    assert (again.status_code, again["ETag"], again.content) == (304, '"stock-7"', b"")
    assert not again.has_header("Location")
    assert (changed.status_code, changed["ETag"]) == (200, '"stock-6"')
    assert changed.json() == {"stock": 6}


@claim("4xx: the client made a mistake", verdict=Verdict.DEPENDS)
def test_the_same_request_is_refused_and_later_accepted(anonymous, stage):
    """Not always. A 409 says that the request does not fit the state of the resource. Two customers
    send the same correct request for the last item. The second gets 409, and after new stock has
    come it gets 201 for the same request."""
    factories.product.make(sku="P-0001", stock=1)
    factories.product.make(sku="P-0002", stock=5)

    first = anonymous.post("/29/products/P-0001/purchase/")
    second = anonymous.post("/29/products/P-0001/purchase/")
    left = [*Product.objects.values_list("sku", "stock")]
    Product.objects.update(stock=1)
    stage.say("New stock comes:")
    third = anonymous.post("/29/products/P-0001/purchase/")

    assert [first.status_code, second.status_code, third.status_code] == [201, 409, 201]
    assert first.json() == third.json() == {"bought": "P-0001"}
    assert second.json() == {"detail": "Sold out."}
    assert left == [("P-0001", 0), ("P-0002", 5)]


@claim("5xx: the server takes responsibility", verdict=Verdict.DEPENDS)
def test_an_exception_that_drf_does_not_know_is_a_500(anonymous, stage):
    """DRF maps its own exceptions, Http404 and Django's PermissionDenied. For any other exception
    Django answers 500, also if the client sent nonsense: an unknown SKU is a 500 with
    `Product.objects.get()`, and a 404 with `get_object()`."""
    anonymous.raise_request_exception = False

    naive = anonymous.get("/29/products/NONE/naive/")
    right = anonymous.get("/29/products/NONE/")
    rows = []
    for name in EXCEPTIONS:
        response = APIClient(raise_request_exception=False).get(f"/29/raising/{name}/")
        rows.append([name.replace("-", " "), response.status_code, response.get("Retry-After", "")])

    stage.table(["raised", "answer", "Retry-After"], rows)
    factories.product.make(sku="P-0001", name="Green tea", price="9.90")
    factories.product.make(sku="P-0002")
    assert APIClient().get("/29/products/P-0001/naive/").json() == NEW
    assert (naive.status_code, right.status_code) == (500, 404)
    assert isinstance(naive.exc_info[1], Product.DoesNotExist)
    assert rows == [
        ["ValidationError of DRF", 400, ""],
        ["Http404", 404, ""],
        ["PermissionDenied", 403, ""],
        ["Throttled", 429, "13"],
        ["ValidationError of Django", 500, ""],
        ["DoesNotExist", 500, ""],
        ["IntegrityError", 500, ""],
        ["ValueError", 500, ""],
    ]


@trap("A request with nine faults gets one status")
def test_the_first_fault_that_drf_meets_gives_the_status(stage, passwords, ann):
    """DRF checks in a fixed order, and the first fault answers. So a client may have to fix its
    request many times. Nothing after that fault was checked: a 404 does not say that the body was
    right."""
    ann.user.is_staff = True
    ann.user.save()
    factories.product.make(sku="P-0001")
    factories.product.make(sku="P-0002")
    request = {
        "method": "POST",
        "path": "/29/products/NONE/guarded/",
        "data": "{",
        "content_type": "text/plain",
        "headers": {"Accept": "text/xml"},
    }
    fixes = [
        ("nothing", {}),
        ("Accept", {"headers": {}}),
        ("a password", {"headers": basic("bob")}),
        ("one of the staff", {"headers": basic("ann")}),
        ("the method", {"method": "PUT"}),
        ("the SKU in the path", {"path": "/29/products/P-0001/guarded/"}),
        ("Content-Type", {"content_type": JSON}),
        ("the JSON", {"data": '{"sku": "P-0002"}'}),
        ("the missing fields", {"data": json.dumps({**NEW, "sku": "P-0002"})}),
        ("the SKU in the body", {"data": json.dumps(NEW)}),
    ]

    rows = []
    for fixed, change in fixes:
        request |= change
        response = APIClient().generic(**request)
        rows.append([fixed, response.status_code, response.reason_phrase])

    stage.table(["fixed next", "status", ""], rows)
    assert rows == [
        ["nothing", 406, "Not Acceptable"],
        ["Accept", 401, "Unauthorized"],
        ["a password", 403, "Forbidden"],
        ["one of the staff", 405, "Method Not Allowed"],
        ["the method", 404, "Not Found"],
        ["the SKU in the path", 415, "Unsupported Media Type"],
        ["Content-Type", 400, "Bad Request"],
        ["the JSON", 400, "Bad Request"],
        ["the missing fields", 409, "Conflict"],
        ["the SKU in the body", 200, "OK"],
    ]


@trap("A 204 with a body sends the body")
@pytest.mark.database("sqlite")
@pytest.mark.django_db(transaction=True)
def test_the_next_response_begins_with_the_body_of_the_204(anonymous, live_server, stage):
    """A 204 ends with its head. DRF and Django send the body all the same. The test client hides
    it: only a socket shows it. On a connection that stays open, the body stands where the client
    expects the next response. Send a 204 with no data, or a 200 with the body."""
    for sku in ("P-0001", "P-0002", "P-0003", "P-0004"):
        factories.product.make(sku=sku)

    by_test_client = anonymous.delete("/29/products/P-0001/delete-chatty/")
    stage.say("A socket to Django's own server sends a DELETE, and then a GET:")
    rows = []
    for view, sku in (("delete-chatty", "P-0002"), ("delete-silent", "P-0003")):
        received = on_one_connection(
            live_server, f"DELETE /29/products/{sku}/{view}/", "GET /29/products/P-0004/"
        )
        head, _, rest = received.partition("\r\n\r\n")
        rows.append([view, head.splitlines()[0], rest.splitlines()[0]])

    stage.table(["view", "the answer", "what follows its head"], rows)
    assert (by_test_client.status_code, by_test_client.content) == (204, b"")
    assert [product.sku for product in Product.objects.all()] == ["P-0004"]
    assert rows == [
        ["delete-chatty", "HTTP/1.1 204 No Content", '{"deleted":"P-0002"}HTTP/1.1 200 OK'],
        ["delete-silent", "HTTP/1.1 204 No Content", "HTTP/1.1 200 OK"],
    ]


@trap("A 200 is sent before the body is finished")
@pytest.mark.database("sqlite")
@pytest.mark.django_db(transaction=True)
def test_a_stream_that_breaks_has_said_200_already(servers, stage):
    """The status is the first line of the response. When a stream breaks after its first row, the
    200 has been sent. This server ends a body by closing the connection, so Python's client gets
    half of the export and no error. If you build the whole body first, the same bug is a 500."""
    factories.product.make(sku="P-0001", price=10, stock=100)
    factories.product.make(sku="P-0002", price=10, stock=0)
    [shop] = servers(1)

    streamed, half = urllib(shop, "/29/export/streamed/")
    whole, _ = urllib(shop, "/29/export/whole/")
    servers.received()

    stage.say(f"Streamed: {streamed}, {half.strip()}")
    stage.say(f"Whole: {whole}")
    assert (streamed, half) == ("no error", '{"sku": "P-0001", "per_piece": 0.1}\n')
    assert whole == "HTTPError 500"


@trap("A 201 has a Location only if the data has a url")
def test_the_location_comes_from_the_field_url(anonymous):
    """`CreateModelMixin` copies the field `url` of the response into Location. Without that field
    no Location is sent, and the client must build the address itself."""
    without = anonymous.post("/29/products/validated/", NEW)
    linked = anonymous.post("/29/products/linked/", {**NEW, "sku": "P-0002"})

    shelves = {*Product.objects.values_list("category__slug", "category__name", "brand__name")}
    assert (without.status_code, linked.status_code) == (201, 201)
    assert shelves == {("new", "New", "No brand")}
    assert without.json() == NEW
    assert not without.has_header("Location")
    assert linked.headers.get("Location") == "http://testserver/29/products/P-0002/"
    assert linked.json() == {
        "url": "http://testserver/29/products/P-0002/",
        **NEW,
        "sku": "P-0002",
    }
