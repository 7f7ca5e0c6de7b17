from html.parser import HTMLParser

import pytest
from django.template import TemplateDoesNotExist
from django.test import modify_settings
from model_bakery.recipe import seq
from rest_framework.settings import DEFAULTS
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Order

pytestmark = pytest.mark.django_db

HTML = {"Accept": "text/html"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
ANNS_ORDER = {"reference": "A-0001", "customer": "ann", "note": ""}


@pytest.fixture(autouse=True)
def anns_order(buyer):
    return factories.order.make(reference="A-0001", customer=buyer)


@pytest.fixture
def offstage(offstage, buyer):
    offstage.force_authenticate(buyer.user)
    return offstage


class Page(HTMLParser):
    """What a browser finds in a page: its buttons, the customers to choose from, its links."""

    def __init__(self, response):
        super().__init__()
        self.buttons, self.customers, self.links = {}, [], []
        self.status, self.select = None, None
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "form" and "action" in found:
            own = found.get("method", "GET")
            self.buttons[found.get("data-method", own)] = own, found["action"]
        elif tag == "button" and "data-method" in found:
            self.buttons[found["data-method"]] = self.buttons["PUT"]  # it is in that form
        elif tag == "select":
            self.select = found["name"]
        elif tag == "option" and self.select == "customer":
            self.customers.append(found["value"])
        elif tag == "a":
            self.links.append(found["href"])

    def handle_data(self, text):
        if text.startswith("HTTP "):
            self.status = text


def answer(response):
    """The status, and the media type of a success: "200 text/html"."""
    kind = response["Content-Type"].partition(";")[0] if response.status_code == 200 else ""
    return f"{response.status_code} {kind}".strip()


@claim("DRF sends an HTML page when HTML is requested")
@pytest.mark.not_about_sql
def test_accept_or_the_format_asks_for_html(offstage, stage):
    """It is on by default: `BrowsableAPIRenderer` is the second of the default renderers. The
    header Accept asks for it, and so does `?format=api`. If a client accepts anything, the first
    renderer answers: JSON."""
    url = "/31/all/orders/"
    requests = {
        "no Accept": offstage.get(url),
        "Accept: */*": offstage.get(url, headers={"Accept": "*/*"}),
        "Accept: text/html": offstage.get(url, headers=HTML),
        "Accept of a browser": offstage.get(url, headers=BROWSER),
        "?format=api": offstage.get(f"{url}?format=api"),
    }

    rows = [[request, answer(response)] for request, response in requests.items()]
    stage.table(["GET /31/all/orders/", "answer"], rows)
    assert rows == [
        ["no Accept", "200 application/json"],
        ["Accept: */*", "200 application/json"],
        ["Accept: text/html", "200 text/html"],
        ["Accept of a browser", "200 text/html"],
        ["?format=api", "200 text/html"],
    ]
    assert requests["no Accept"].json() == [ANNS_ORDER]
    assert [path.rpartition(".")[2] for path in DEFAULTS["DEFAULT_RENDERER_CLASSES"]] == [
        "JSONRenderer",
        "BrowsableAPIRenderer",
    ]


@claim("To enable it, send text/html as Content-Type in the request", verdict=Verdict.WRONG)
@pytest.mark.not_about_sql
def test_content_type_says_what_is_sent_not_what_is_wanted(offstage, stage):
    """Content-Type describes the body of the request. A GET has none, so DRF sends JSON as before.
    A POST with `Content-Type: text/html` gets 415, because no parser reads HTML. What the client
    wants stands in Accept."""
    url = "/31/all/orders/"
    requests = [
        ["GET", "Content-Type", offstage.get(url, headers={"Content-Type": "text/html"})],
        ["GET", "Accept", offstage.get(url, headers=HTML)],
        ["POST", "Content-Type", offstage.generic("POST", url, "{}", "text/html")],
    ]

    rows = [[method, header, answer(response)] for method, header, response in requests]
    stage.table(["method", "header with text/html", "answer"], rows)
    assert rows == [
        ["GET", "Content-Type", "200 application/json"],
        ["GET", "Accept", "200 text/html"],
        ["POST", "Content-Type", "415"],
    ]
    assert requests[2][2].json() == {"detail": 'Unsupported media type "text/html" in request.'}


@claim("The pages allow easy browsing of resources", verdict=Verdict.DEPENDS)
@pytest.mark.not_about_sql
def test_a_page_links_only_what_the_serializer_links(offstage, stage):
    """Only if the serializer gives URLs. The page shows the JSON and makes a link of each URL in
    it. Without a field such as `HyperlinkedIdentityField`, the list has no link to the order."""
    pages = [
        [url, Page(offstage.get(url, headers=HTML))]
        for url in ("/31/input/orders/", "/31/linked/orders/")
    ]
    linked = offstage.get("/31/linked/orders/").json()

    rows = [
        [url, ", ".join(link for link in page.links if "A-0001" in link)] for url, page in pages
    ]
    stage.table(["list", "link to the order"], [[url, link or "—"] for url, link in rows])
    assert rows == [
        ["/31/input/orders/", ""],
        ["/31/linked/orders/", "http://testserver/31/linked/orders/A-0001/"],
    ]
    assert linked == [{"url": "http://testserver/31/linked/orders/A-0001/", **ANNS_ORDER}]


@claim("The pages have forms for POST, PUT and DELETE", verdict=Verdict.DEPENDS)
@pytest.mark.not_about_sql
def test_the_forms_follow_the_permissions(offstage, stage):
    """Only for a caller who may write. Ann gets POST at the list, and DELETE, PATCH and PUT at the
    order. An anonymous caller may only read, and gets the same pages without these forms."""
    rows = []
    for caller, client in (("anonymous", APIClient()), ("Ann", offstage)):
        for url in ("/31/readable/orders/", "/31/readable/orders/A-0001/"):
            page = Page(client.get(url, headers=HTML))
            rows.append([caller, url, ", ".join(sorted(page.buttons))])

    stage.table(["caller", "page", "buttons"], rows)
    assert rows == [
        ["anonymous", "/31/readable/orders/", "OPTIONS"],
        ["anonymous", "/31/readable/orders/A-0001/", "OPTIONS"],
        ["Ann", "/31/readable/orders/", "OPTIONS, POST"],
        ["Ann", "/31/readable/orders/A-0001/", "DELETE, OPTIONS, PATCH, PUT"],
    ]


@claim("It works through any web browser", verdict=Verdict.DEPENDS, since="DRF 3.3")
@pytest.mark.not_about_sql
def test_without_the_script_four_buttons_send_a_get(offstage, stage):
    """Only if the browser gets and runs the script `ajax-form.js`, since DRF 3.3. An HTML form
    knows GET and POST alone. This project serves no static files, like a server where
    `collectstatic` was forgotten: DELETE, OPTIONS, PATCH and PUT send a GET, and the order stays as
    it was."""
    of_list = Page(offstage.get("/31/input/orders/", headers=HTML)).buttons
    of_order = Page(offstage.get("/31/input/orders/A-0001/", headers=HTML)).buttons
    fields = {"reference": "A-0002", "customer": "ann", "note": "new"}

    script = offstage.get("/static/rest_framework/js/ajax-form.js")
    rows = []
    for button, (method, url) in sorted((of_list | of_order).items()):
        send = offstage.post if method == "POST" else offstage.get
        rows.append([button, method, send(url, fields, headers=HTML).status_code])

    stage.say(f"GET /static/rest_framework/js/ajax-form.js: {script.status_code}")
    stage.table(["button", "the form sends", "answer"], rows)
    notes = [*Order.objects.values_list("reference", "note")]
    stage.say(f"Orders and their notes afterwards: {dict(notes)}")
    assert script.status_code == 404
    assert rows == [
        ["DELETE", "GET", 200],
        ["OPTIONS", "GET", 200],
        ["PATCH", "GET", 200],
        ["POST", "POST", 201],
        ["PUT", "GET", 200],
    ]
    assert notes == [("A-0001", ""), ("A-0002", "new")]


@trap("The page of one order names all 51 users of the shop")
def test_the_select_of_a_relation_lists_every_row(api, stage, django_assert_num_queries):
    """The JSON holds Ann's own order and runs 1 query. The page has a form with the field
    `customer`, and its select lists Ann and 50 others with their usernames. It costs 52 queries
    more: one for the customers, and one for the username of each."""
    others = factories.customer.make(
        _quantity=50, name=seq("Customer "), user__username=seq("user-")
    )
    factories.order.make(reference="A-0002", customer=others[0])

    with django_assert_num_queries(1):
        as_json = api.get("/31/own/orders/")
    with django_assert_num_queries(53):
        as_page = api.get("/31/own/orders/", headers=HTML)

    customers = Page(as_page).customers
    stage.say(f"In the select: {', '.join(customers[:4])}, … {len(customers)} usernames.")
    assert as_json.json() == [ANNS_ORDER]
    assert customers[:3] == ["ann", "user-1", "user-10"]
    assert len(customers) == 51


@trap("Four settings decide what the page gives away, and what it costs")
def test_what_the_select_lists_and_costs_is_set_on_the_field(
    offstage, stage, django_assert_max_num_queries
):
    """`select_related` removes the queries and keeps the names. `html_cutoff=5` shows five of them.
    The template `input.html` makes a text field of the select: no name, and no query. Without the
    renderer there is no page, and this is the setting for production."""
    factories.customer.make(_quantity=50)

    rows = []
    for design in ("own", "joined", "cutoff", "input", "json"):
        with django_assert_max_num_queries(53) as counted:
            response = offstage.get(f"/31/{design}/orders/", headers=BROWSER)
        names = [name for name in Page(response).customers if name != "n/a"]
        rows.append([design, len(names), len(counted), answer(response)])

    stage.table(["design", "usernames", "queries", "answer to a browser"], rows)
    assert rows == [
        ["own", 51, 53, "200 text/html"],
        ["joined", 51, 2, "200 text/html"],
        ["cutoff", 5, 7, "200 text/html"],
        ["input", 0, 1, "200 text/html"],
        ["json", 0, 1, "200 application/json"],
    ]


@trap("A DELETE through the page answers 200 and not 204")
@pytest.mark.not_about_sql
def test_the_page_changes_the_status_of_a_delete(offstage, stage, buyer):
    """A 204 has no body, and the renderer has a page to send. So it changes the status to 200, and
    the page says what it was. A client that sends `Accept: text/html` and waits for 204 does not
    get it."""
    as_json = offstage.delete("/31/own/orders/A-0001/")
    factories.order.make(reference="A-0001", customer=buyer)
    as_page = offstage.delete("/31/own/orders/A-0001/", headers=HTML)

    rows = [
        ["no Accept", as_json.status_code, as_json.content.decode() or "empty"],
        ["Accept: text/html", as_page.status_code, f"a page: {Page(as_page).status}"],
    ]
    stage.table(["DELETE /31/own/orders/A-0001/", "status", "body"], rows)
    assert rows == [
        ["no Accept", 204, "empty"],
        ["Accept: text/html", 200, "a page: HTTP 204 No Content"],
    ]
    assert Order.objects.count() == 0


@trap("Without the renderer, text/html is 406 and ?format=api is 404")
@pytest.mark.not_about_sql
def test_the_format_is_asked_before_the_accept_header(offstage, stage):
    """DRF first keeps the renderers of the format: if none is left, 404. Then Accept must match one
    of them: if not, 406. A browser accepts `*/*` too, so it gets JSON."""
    requests = [
        ["text/html", ""],
        ["text/html", "?format=api"],
        ["text/html", "?format=json"],
        ["application/json", "?format=api"],
        ["a browser's", ""],
    ]

    rows = []
    for accept, query in requests:
        headers = BROWSER if accept == "a browser's" else {"Accept": accept}
        urls = [f"/31/{design}/orders/{query}" for design in ("own", "json")]
        rows.append([accept, query, *(answer(offstage.get(url, headers=headers)) for url in urls)])

    stage.table(["Accept", "query", "default renderers", "JSON alone"], rows)
    assert rows == [
        ["text/html", "", "200 text/html", "406"],
        ["text/html", "?format=api", "200 text/html", "404"],
        ["text/html", "?format=json", "406", "406"],
        ["application/json", "?format=api", "406", "404"],
        ["a browser's", "", "200 text/html", "200 application/json"],
    ]


@trap("The page asks the permissions again for each form")
@pytest.mark.parametrize(
    ("url", "as_json", "as_page"),
    [("/31/customer/orders/", 2, 5), ("/31/customer/orders/A-0001/", 2, 7)],
    ids=["list", "order"],
)
def test_a_permission_with_a_query_runs_for_every_form(
    api, django_assert_num_queries, url, as_json, as_page
):
    """The permission runs one query at each call. The JSON asks it once. The page asks again before
    it shows a form: three times more for a list, five times more for an order."""
    with django_assert_num_queries(as_json):
        json = api.get(url)
    with django_assert_num_queries(as_page):
        page = api.get(url, headers=HTML)

    stranger = APIClient()
    stranger.force_authenticate(factories.user.make())
    assert (json.status_code, page.status_code) == (200, 200)
    assert stranger.get(url).status_code == 403


@trap("Without rest_framework in INSTALLED_APPS only the page breaks")
@pytest.mark.not_about_sql
def test_the_templates_are_found_by_the_installed_app(api):
    """JSON needs no template, so a project without the app works until the first browser comes.
    Then Django does not find `rest_framework/api.html`, and the answer is 500."""
    api.raise_request_exception = False

    with modify_settings(INSTALLED_APPS={"remove": ["rest_framework"]}):
        as_json = api.get("/31/all/orders/")
        as_page = api.get("/31/all/orders/", headers=HTML)

    assert as_json.json() == [ANNS_ORDER]
    assert as_page.status_code == 500
    assert isinstance(as_page.exc_info[1], TemplateDoesNotExist)
