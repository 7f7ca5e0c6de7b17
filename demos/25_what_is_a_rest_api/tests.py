from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Order, OrderItem, Product

pytestmark = pytest.mark.django_db

XML = {"Accept": "application/xml"}
CSV = {"Accept": "text/csv"}
LINES = [
    {"sku": "P-0001", "quantity": 1, "unit_price": "10.00"},
    {"sku": "P-0002", "quantity": 1, "unit_price": "10.00"},
]


@pytest.fixture
def receipt():
    """Order A-0001 is paid and has two lines. Another paid order has one."""
    paid, other = (payment.order for payment in factories.payment.make(_quantity=2))
    factories.order_item.make(_quantity=2, order=paid)
    factories.order_item.make(order=other)


def address(link):
    """The path and query of a link, for the test client knows only one host."""
    return urlsplit(link)._replace(scheme="", netloc="").geturl()


def names_by_links(client, root):
    """All names, read by a client that knows the root and the words "tags" and "url"."""
    tags = client.get(address(client.get(root).json()["tags"]))
    assert tags.status_code == 200
    return [client.get(address(tag["url"])).json()["name"] for tag in tags.json()]


@claim("A response transfers a representation of the state of a resource")
@pytest.mark.not_about_sql
def test_one_url_has_two_representations_of_one_state(api):
    """A resource is neither its row nor its JSON. One URL has several representations of it, and
    the client asks for one in `Accept`. `Content-Type` says which one it got. After a change of the
    price, both show the new state."""
    factories.product.make(_quantity=2)
    url = "/25/products/P-0001/"

    json_before, csv_before = api.get(url), api.get(url, headers=CSV)
    Product.objects.update(price="12.00")
    json_after, csv_after = api.get(url), api.get(url, headers=CSV)

    assert json_before.json() == {"sku": "P-0001", "price": "10.00"}
    assert csv_before.content == b"sku,price\r\nP-0001,10.00\r\n"
    assert json_after.json() == {"sku": "P-0001", "price": "12.00"}
    assert csv_after.content == b"sku,price\r\nP-0001,12.00\r\n"
    assert json_after["Content-Type"] == "application/json"
    assert csv_after["Content-Type"] == "text/csv; charset=utf-8"
    assert json_after["Vary"] == csv_after["Vary"] == "Accept"


@claim("Every REST API is stateless, like HTTP", verdict=Verdict.DEPENDS)
@pytest.mark.not_about_sql
def test_a_session_gives_one_request_two_answers(api, anonymous, stage):
    """REST demands it, and HTTP does not enforce it. If the server keeps the page in the session,
    one request gets two answers. If the page is in the link, the request says all, and any device
    may send it. Demo 34 tries sessions and tokens with two servers."""
    factories.tag.make(_quantity=4)
    other_device = anonymous
    other_device.force_authenticate(User(username="ann"))
    first_page = [{"name": "tag-1"}, {"name": "tag-2"}]
    second_page = [{"name": "tag-3"}, {"name": "tag-4"}]

    stage.say("The server remembers the page. One device asks twice, another one once:")
    remembered = [
        client.get("/25/pages/remembered/").json()["results"] for client in (api, api, other_device)
    ]
    stage.say("The page is in the link:")
    link = address(api.get("/25/pages/linked/").json()["next"])
    linked = [client.get(link).json()["results"] for client in (api, api, other_device)]

    assert remembered == [first_page, second_page, first_page]
    assert link == "/25/pages/linked/?page=2"
    assert linked == [second_page, second_page, second_page]


@claim("It supports the common HTTP verbs: GET, POST, PUT, DELETE", verdict=Verdict.WRONG)
@pytest.mark.not_about_sql
def test_a_client_gets_everywhere_with_get_alone(api):
    """REST asks for one uniform interface to all resources, and names no verb. The verbs belong to
    HTTP. This API has GET, HEAD and OPTIONS only, and a client reads all of it by following its
    links."""
    factories.tag.make(_quantity=2)

    names = names_by_links(api, "/25/linked/before/")
    refused = [
        api.post("/25/linked/before/tags/", {"name": "green"}),
        api.put("/25/linked/before/tags/tag-1/", {"name": "green"}),
        api.delete("/25/linked/before/tags/tag-1/"),
    ]

    assert names == ["tag-1", "tag-2"]
    assert [response.status_code for response in refused] == [405, 405, 405]
    assert [response["Allow"] for response in refused] == ["GET, HEAD, OPTIONS"] * 3


@claim("It returns JSON or XML", verdict=Verdict.WRONG)
@pytest.mark.not_about_sql
def test_csv_is_a_representation_and_xml_is_not_acceptable(api, stage):
    """REST prescribes no format. This URL answers with CSV, since the view has a renderer for it.
    DRF has none for XML. An `Accept` of XML gets 406, and `?format=xml` gets 404."""
    factories.product.make()
    url = "/25/products/P-0001/"

    as_csv = api.get(url, headers=CSV)
    by_format = api.get(f"{url}?format=csv")
    as_xml = api.get(url, headers=XML)
    by_format_xml = api.get(f"{url}?format=xml")
    xml_or_csv = api.get(url, headers={"Accept": "application/xml, text/csv"})

    assert as_csv.content == by_format.content == xml_or_csv.content
    assert as_csv.content == b"sku,price\r\nP-0001,10.00\r\n"
    assert as_xml.status_code == 406
    assert as_xml.json() == {"detail": "Could not satisfy the request Accept header."}
    assert by_format_xml.status_code == 404


@claim("An API with these three principles is RESTful", verdict=Verdict.WRONG)
@pytest.mark.not_about_sql
def test_only_the_client_that_follows_links_survives_a_renamed_route(api, offstage, stage):
    """The first API is stateless, has the four verbs, and returns JSON. Its clients build each URL,
    so a renamed route is a 404. REST also demands links. A client that knows only the root and
    follows them notices nothing. Links do not help a client that builds its URLs."""
    factories.tag.make()

    stage.say("A client that builds its URLs, before and after tags/ is renamed to labels/:")
    built = [api.get(f"/25/bare/{when}/tags/tag-1/") for when in ("before", "after")]
    stage.say("A client that follows links from the root, before and after:")
    followed = [names_by_links(api, f"/25/linked/{when}/") for when in ("before", "after")]
    ignored = [offstage.get(f"/25/linked/{when}/tags/tag-1/") for when in ("before", "after")]

    rows = [
        ["no links", "builds its URLs", *(response.status_code for response in built)],
        ["links", "builds its URLs", *(response.status_code for response in ignored)],
        ["links", "follows them", *(f"reads {', '.join(names)}" for names in followed)],
    ]
    stage.table(["the API has", "the client", "before", "after the rename"], rows)
    assert rows == [
        ["no links", "builds its URLs", 200, 404],
        ["links", "builds its URLs", 200, 404],
        ["links", "follows them", "reads tag-1", "reads tag-1"],
    ]
    renamed = [offstage.get(f"/25/{kind}/after/labels/tag-1/") for kind in ("bare", "linked")]
    assert [response.status_code for response in renamed] == [200, 200]
    assert built[0].json() == {"name": "tag-1"}
    assert built[0]["Allow"] == "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"


@claim("REST is a standard, so every REST API is used in the same way", verdict=Verdict.WRONG)
@pytest.mark.not_about_sql
def test_two_apis_agree_on_http_but_not_on_a_list(api, stage):
    """REST is a style, from a dissertation of 2000. It does not say what a list looks like, so a
    client of the first list fails with the second. The standard is HTTP: both refuse the same
    `Accept` with the same 406."""
    factories.tag.make()
    urls = ["/25/bare/before/tags/", "/25/pages/linked/"]

    lists = [api.get(url) for url in urls]
    bodies = [response.json() for response in lists]
    refused = [api.get(url, headers=XML).status_code for url in urls]

    assert bodies == [
        [{"name": "tag-1"}],
        {"count": 1, "next": None, "previous": None, "results": [{"name": "tag-1"}]},
    ]
    assert [tag["name"] for tag in bodies[0]] == ["tag-1"]
    with pytest.raises(TypeError):
        [tag["name"] for tag in bodies[1]]
    assert refused == [406, 406]
    assert [response["Allow"] for response in lists] == [
        "GET, POST, HEAD, OPTIONS",
        "GET, HEAD, OPTIONS",
    ]


@trap("DRF ignores the q-values of Accept")
@pytest.mark.not_about_sql
def test_the_first_renderer_wins_over_the_preferred_one(offstage, stage):
    """A q-value says how much a client wants a format, and q=0 says that it does not accept it. DRF
    ignores both: among formats that are named exactly, the first renderer of the view wins.
    `get_preferred_type()`, new in Django 5.2, follows the q-values."""
    factories.product.make()
    urls = ["/25/products/P-0001/", "/25/products/by-quality/P-0001/"]

    rows = []
    for accept in (
        "text/csv, application/json",
        "text/csv;q=0.9, application/json;q=0.1",
        "text/csv, application/json;q=0",
        "application/json;q=0",
    ):
        answers = [offstage.get(url, headers={"Accept": accept}) for url in urls]
        types = [answer["Content-Type"].partition(";")[0] for answer in answers]
        shown = [
            f"{answer.status_code} {kind}" for answer, kind in zip(answers, types, strict=True)
        ]
        rows.append([accept, *shown])

    stage.table(["Accept", "DRF", "by q-value"], rows)
    assert rows == [
        ["text/csv, application/json", "200 application/json", "200 text/csv"],
        ["text/csv;q=0.9, application/json;q=0.1", "200 application/json", "200 text/csv"],
        ["text/csv, application/json;q=0", "200 application/json", "200 text/csv"],
        ["application/json;q=0", "200 application/json", "406 application/json"],
    ]


@trap("The 304 saves bytes and not the work")
def test_a_304_reads_every_line_unless_the_etag_comes_first(
    api, receipt, stage, django_assert_num_queries, made_from_rows
):
    """`ConditionalGetMiddleware` makes the ETag from the finished body. For a 304 the view reads
    and serializes every line, and then the body is thrown away. If the view knows the ETag before
    it reads the lines, the 304 needs 1 query instead of 2."""
    middleware, first = "/25/receipts/conditional/A-0001/", "/25/receipts/etag-first/A-0001/"

    rows = []
    for url, queries in ((middleware, 2), (first, 1)):
        full = api.get(url)
        with django_assert_num_queries(queries), made_from_rows(OrderItem) as lines:
            unchanged = api.get(url, headers={"If-None-Match": full["ETag"]})
        bytes_sent = f"{len(full.content)}, {len(unchanged.content)}"
        statuses = f"{full.status_code}, {unchanged.status_code}"
        rows.append([url.split("/")[3], statuses, bytes_sent, queries, len(lines)])
        assert full.json() == LINES

    stage.table(["ETag", "answers", "bytes", "queries of the 304", "lines read for it"], rows)
    assert rows == [
        ["conditional", "200, 304", "103, 0", 2, 2],
        ["etag-first", "200, 304", "103, 0", 1, 0],
    ]


@trap("Each representation needs an ETag of its own")
@pytest.mark.not_about_sql
def test_one_etag_for_two_formats_hides_the_second(api, receipt):
    """A client has the JSON and asks for the CSV. If both have the same ETag, the answer is 304,
    and the client has no CSV. A strong ETag must differ between representations, so put the format
    into it."""
    one, own = "/25/receipts/one-etag/A-0001/", "/25/receipts/etag-first/A-0001/"

    etag_of_both = api.get(one)["ETag"]
    hidden = api.get(one, headers=CSV | {"If-None-Match": etag_of_both})
    etag_of_json = api.get(own)["ETag"]
    sent = api.get(own, headers=CSV | {"If-None-Match": etag_of_json})

    assert [etag_of_both, etag_of_json, sent["ETag"]] == [
        '"T-0001"',
        '"T-0001-json"',
        '"T-0001-csv"',
    ]
    assert [hidden.status_code, sent.status_code] == [304, 200]
    assert sent.content == b"sku,quantity,unit_price\r\nP-0001,1,10.00\r\nP-0002,1,10.00\r\n"


@trap("Links say what can be done next")
@pytest.mark.not_about_sql
def test_an_order_offers_cancel_only_while_it_can_be_cancelled(api):
    """A pending order has a link to cancel it, and a shipped order has none. The client shows the
    button if the link is there, and needs no copy of the rule. A client that builds the URL gets
    409."""
    factories.order.make()
    factories.order.make(status=Order.Status.SHIPPED)
    factories.order.make()

    pending = api.get("/25/orders/A-0001/").json()
    cancelled = api.post(address(pending["links"]["cancel"]))
    shipped = api.get("/25/orders/A-0002/").json()
    built = api.post("/25/orders/A-0002/cancel/")

    assert pending == {
        "status": "PENDING",
        "links": {"cancel": "http://testserver/25/orders/A-0001/cancel/"},
    }
    assert cancelled.json() == {"status": "CANCELLED", "links": {}}
    assert shipped == {"status": "SHIPPED", "links": {}}
    assert built.status_code == 409
    assert built.json() == {"detail": "Only a pending order can be cancelled."}
    assert [order.status for order in Order.objects.all()] == ["CANCELLED", "SHIPPED", "PENDING"]
    assert api.post("/25/orders/A-0009/cancel/").status_code == 404


@trap("Behind a proxy that ends TLS, the links begin with http")
@pytest.mark.not_about_sql
def test_links_have_the_scheme_that_the_server_saw(api, settings, stage):
    """REST allows layers between client and server. DRF builds a link from the scheme and host of
    the request that reached it, and the proxy sends plain HTTP. `SECURE_PROXY_SSL_HEADER` names the
    header that says what the client used. The proxy must always set it."""
    by_proxy = {"Host": "localhost", "X-Forwarded-Proto": "https"}

    before = api.get("/25/linked/before/", headers=by_proxy)
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    stage.say('With SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https"):')
    after = api.get("/25/linked/before/", headers=by_proxy)

    assert before.json() == {"tags": "http://localhost/25/linked/before/tags/"}
    assert after.json() == {"tags": "https://localhost/25/linked/before/tags/"}
