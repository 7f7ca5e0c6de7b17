from functools import cache

import pytest
from django.contrib.sessions.models import Session
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop.models import Order

from . import policies

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

SHOP = "http://shop.localhost"
ANN = {"username": "ann", "password": "right"}
TOKEN = 32 * "t"
WRONG = (403, "Wrong username or password.")
# Another site; a subdomain, which is another origin of the same site; the same host, another port.
ATTACKERS = ["http://evil.localhost", "http://blog.shop.localhost", "http://shop.localhost:8001"]


def in_a_browser(test):
    """The browser asks server processes, which see what is committed."""
    test = pytest.mark.django_db(transaction=True)(test)
    return pytest.mark.browser(pytest.mark.database("sqlite")(test))


@pytest.fixture
def shop(browser, servers, passwords):
    """A page of the shop in a browser, in which Ann has signed in. The other pages are served, too.
    The CSRF cookie gets a value that is always the same."""

    def shop(policy):
        [server] = servers(1, settings=policy)
        browser.serve(dict.fromkeys([SHOP, *ATTACKERS], server))
        page = browser.open("http://shop.localhost/60/page/")
        page.fetch("/60/sign-in/", method="POST", body=ANN)
        browser.add_cookie(SHOP, "csrftoken", TOKEN, sameSite="Lax")
        return page

    return shop


@pytest.fixture
def forge(browser):
    """Submits a form of a page of this origin, which wants an order of Ann's shop. Returns what the
    browser sent, and the number of new orders."""
    the_tab = cache(browser.tab)

    def forge(origin, path, method="post"):
        tab = the_tab()
        tab.goto(f"{origin}/60/page/")
        before = Order.objects.count()
        seen = tab.submit(f"{SHOP}{path}", {"reference": f"A-{before + 1:04}"}, method=method)
        return seen.exchanges[0], Order.objects.count() - before

    return forge


@pytest.fixture
def strict_client(ann):
    """A test client with Ann's session that checks CSRF. It is not recorded: for a dozen requests,
    a table shows more than exchanges."""
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(ann.user)
    return client


def told(response):
    """The status, and the reason of a refusal."""
    return response.status_code, response.json().get("detail", "").removeprefix("CSRF Failed: ")


def signing_in_answers(**fields):
    return told(APIClient().post("/60/sign-in/", fields))


@claim("A request is always signed in by the cookie", verdict=Verdict.DEPENDS)
@in_a_browser
def test_the_cookie_is_attached_and_the_session_decides(shop, stage):
    """It is attached, not signed: the browser adds it where its attributes fit, and a script can
    leave it out. Then the session must still be there. After a logout on the server, the cookie
    still comes, and the answer is 403."""
    page = shop(policies.DEFAULT)

    script = page.fetch("/60/me/")
    left_out = page.fetch("/60/me/", credentials="omit")
    Session.objects.all().delete()
    stage.say("The session is deleted on the server:")
    ended = page.fetch("/60/me/")

    assert [seen.status for seen in (script, left_out, ended)] == [200, 403, 403]
    assert script.json() == {"name": "ann"}
    assert ["sessionid" in seen.exchanges[0].attached for seen in (script, left_out, ended)] == [
        True,
        False,
        True,
    ]


@claim(
    "HttpOnly makes the cookie impossible to read on the client side, which is better against XSS",
    verdict=Verdict.DEPENDS,
)
@in_a_browser
def test_a_script_does_not_read_the_cookie_and_uses_it(browser, shop, stage):
    """No script reads it. But a script of the page does not need to: the browser attaches it, and
    the CSRF cookie can be read. So an injected script orders as Ann. The user sees the value in the
    developer tools."""
    page = shop(policies.DEFAULT)

    readable = page.run("document.cookie")
    stage.say(f"document.cookie is {readable}")
    token = readable.removeprefix("csrftoken=")
    order = page.fetch(
        "/60/orders/", method="POST", body={"reference": "A-0001"}, headers={"X-CSRFToken": token}
    )
    kept = {cookie["name"]: cookie["httpOnly"] for cookie in browser.cookies()}

    assert readable == "csrftoken=tttttttttttttttttttttttttttttttt"
    assert str(order) == '201 {"reference":"A-0001"}'
    assert [str(each.customer) for each in Order.objects.all()] == ["Ann"]
    assert kept == {"sessionid": True, "csrftoken": False}


@claim("It comes out of the box, without code on the client", verdict=Verdict.DEPENDS)
def test_reading_needs_no_code_and_writing_needs_the_token(strict_client, stage):
    """For a GET. A POST needs the CSRF token as well: in the header, or in the field of a form.
    Django does not look for it in a JSON body."""
    client = strict_client
    header, field = {"HTTP_X_CSRFTOKEN": TOKEN}, {"csrfmiddlewaretoken": TOKEN}
    rows = [["GET", *told(client.get("/60/me/"))]]
    for name, body, extra in (
        ("POST, no cookie csrftoken", {}, {}),
        ("POST", {}, {}),
        ("POST, another X-CSRFToken", {}, {"HTTP_X_CSRFTOKEN": 32 * "x"}),
        ("POST, token in JSON", field, {}),
        ("POST, X-CSRFToken", {}, header),
        ("POST, field of a form", field, {"format": "multipart"}),
    ):
        reference = {"reference": f"A-{len(rows):04}"}
        rows.append([name, *told(client.post("/60/orders/", reference | body, **extra))])
        client.cookies["csrftoken"] = TOKEN
    stage.table(["with a session", "status", "CSRF Failed:"], rows)

    assert rows == [
        ["GET", 200, ""],
        ["POST, no cookie csrftoken", 403, "CSRF cookie not set."],
        ["POST", 403, "CSRF token missing."],
        [
            "POST, another X-CSRFToken",
            403,
            "CSRF token from the 'X-Csrftoken' HTTP header incorrect.",
        ],
        ["POST, token in JSON", 403, "CSRF token missing."],
        ["POST, X-CSRFToken", 201, ""],
        ["POST, field of a form", 201, ""],
    ]


@claim("A cookie is bound to a single domain", verdict=Verdict.DEPENDS)
@in_a_browser
def test_a_cookie_is_bound_to_a_host_and_not_to_a_port(shop, stage):
    """By default it is bound to the host that set it, and the port does not count. With
    `SESSION_COOKIE_DOMAIN` every subdomain gets it, too."""
    urls = [f"{origin}/60/me/" for origin in [SHOP, *reversed(ATTACKERS)]]
    page = shop(policies.DEFAULT)
    by_default = [page.goto(url) for url in urls]
    stage.say('With SESSION_COOKIE_DOMAIN = "shop.localhost":')
    page = shop(policies.FOR_SUBDOMAINS)
    for_subdomains = [page.goto(url) for url in urls]
    answers = zip(urls, by_default, for_subdomains, strict=True)
    rows = [[url, first.status, second.status] for url, first, second in answers]
    stage.table(["GET", "by default", "with a domain"], rows)

    assert rows == [
        ["http://shop.localhost/60/me/", 200, 200],
        ["http://shop.localhost:8001/60/me/", 200, 200],
        ["http://blog.shop.localhost/60/me/", 403, 200],
        ["http://evil.localhost/60/me/", 403, 403],
    ]
    assert by_default[0].json() == for_subdomains[0].json() == {"name": "ann"}


@claim(
    "It is vulnerable to CSRF, so you have to add protection",
    verdict=Verdict.DEPENDS,
    since="Django 2.1",
)
@in_a_browser
def test_the_defaults_stop_a_forged_form(shop, forge, stage):
    """Both protections are there by default. Since Django 2.1 the session cookie is SameSite=Lax:
    a form of another site comes without it. And `SessionAuthentication` does the CSRF check, of
    the origin and the token. If you replace that class by one without the check, a page of the same
    site orders as Ann."""
    shop(policies.DEFAULT)
    rows = []
    for origin in ATTACKERS:
        sent, orders = forge(origin, "/60/orders/")
        rows.append([origin, "yes" if "sessionid" in sent.attached else "no", orders])
    stage.say("The view without the CSRF check:")
    sent, orders = forge("http://blog.shop.localhost", "/60/orders/unchecked/")
    stage.table(["a form of", "the cookie comes", "new orders"], rows)

    assert rows == [
        ["http://evil.localhost", "no", 0],
        ["http://blog.shop.localhost", "yes", 0],
        ["http://shop.localhost:8001", "yes", 0],
    ]
    assert (sent.status, sent.body, orders) == (201, '{"reference":"A-0001"}', 1)


@claim("Cookies are sent with every request, even if it needs no login")
@in_a_browser
def test_an_open_page_gets_the_cookie_too(shop, stage):
    """The browser sends it with every request to that host and path. By default DRF then looks up
    the session and the user: 2 queries for an endpoint that is open to all, and 0 with
    `authentication_classes = []`."""
    page = shop(policies.DEFAULT)

    seen = [page.fetch("/60/hours/"), page.fetch("/60/hours/for-anyone/")]
    open_to_all, for_anyone = (each.exchanges[0] for each in seen)

    assert [each.json() for each in seen] == [{"opens": "09:00"}, {"opens": "09:00"}]
    assert sorted(open_to_all.attached) == sorted(for_anyone.attached) == ["csrftoken", "sessionid"]
    assert (open_to_all.status, len(open_to_all.queries)) == (200, 2)
    assert (for_anyone.status, len(for_anyone.queries)) == (200, 0)


@trap("SameSite does not stop your own subdomain")
@in_a_browser
def test_samesite_is_about_sites_and_not_about_origins(shop, forge, stage):
    """A site is the scheme and the registrable domain. A blog on a subdomain and a tool on another
    port are the same site: even Strict sends them the cookie. A view without the CSRF check saves
    their orders."""
    rows = [[origin] for origin in ATTACKERS]
    for policy in (policies.STRICT, policies.LAX, policies.NONE):
        shop(policy)
        for row in rows:
            sent, orders = forge(row[0], "/60/orders/unchecked/")
            row.append(orders)
            if policy is policies.NONE:
                row.append(sent.request_headers["Sec-Fetch-Site"])
    stage.table(["new orders by a form of", "Strict", "Lax", "None", "Sec-Fetch-Site"], rows)

    assert rows == [
        ["http://evil.localhost", 0, 0, 1, "cross-site"],
        ["http://blog.shop.localhost", 1, 1, 1, "same-site"],
        ["http://shop.localhost:8001", 1, 1, 1, "same-site"],
    ]


@trap("SameSite=Lax does not stop a GET")
@in_a_browser
def test_lax_sends_the_cookie_with_a_link(shop, forge, strict_client, stage):
    """With Lax, a link into your shop finds the user signed in. So a page of another site can order
    by GET. Nothing checks a token for GET: a GET must not write."""
    rows = []
    for name, policy in (("Strict", policies.STRICT), ("Lax", policies.LAX)):
        shop(policy)
        _, by_post = forge("http://evil.localhost", "/60/orders/by-get/")
        sent, by_get = forge("http://evil.localhost", "/60/orders/by-get/", method="get")
        rows.append([name, by_post, by_get])
    stage.table(["a form of evil.localhost", "POST", "GET"], rows)

    assert rows == [["Strict", 0, 0], ["Lax", 0, 1]]
    assert (sent.status, sent.body) == (201, '{"reference":"A-0001"}')
    assert strict_client.get("/60/orders/by-get/").json() == {
        "reference": ["This field is required."]
    }


@trap("A login form needs the check, too")
@in_a_browser
def test_a_stranger_signs_the_browser_in_as_another(browser, shop, stage):
    """DRF exempts its views from Django's CSRF middleware, and `SessionAuthentication` checks
    signed-in users only. So a page of another site signs Ann's browser in as Bob. Then Ann saves
    her data in Bob's account. `csrf_protect` on the view stops it."""
    page = shop(policies.DEFAULT)
    bob = {"username": "bob", "password": "right"}
    evil = browser.open("http://evil.localhost/60/page/")
    refused = evil.submit("http://shop.localhost/60/sign-in/protected/", bob)
    before = page.fetch("/60/me/")
    evil = browser.open("http://evil.localhost/60/page/")
    accepted = evil.submit("http://shop.localhost/60/sign-in/", bob)
    after = page.fetch("/60/me/")

    assert refused.status == 403
    assert before.json() == {"name": "ann"}
    assert (accepted.status, accepted.json()) == (200, {"name": "bob"})
    assert after.json() == {"name": "bob"}
    assert signing_in_answers() == (400, "")
    assert signing_in_answers(username="bob", password="wrong") == WRONG
    assert signing_in_answers(username=150 * "x", password=128 * "x") == WRONG
    assert signing_in_answers(username=151 * "x", password="right") == (400, "")
    assert signing_in_answers(username="bob", password=129 * "x") == (400, "")


@trap("Your test client skips the CSRF check")
def test_a_test_is_green_without_a_token(anonymous, ann, stage):
    """Django's test client and `APIClient` switch it off. `enforce_csrf_checks=True` switches it
    on, but `force_authenticate()` skips it even then. So test a POST with `login()` or
    `force_login()`."""
    anonymous.force_login(ann.user)
    by_default = anonymous.post("/60/orders/", {"reference": "A-0001"})
    stage.say("With enforce_csrf_checks=True:")
    anonymous.handler.enforce_csrf_checks = True
    enforced = anonymous.post("/60/orders/", {"reference": "A-0002"})
    stage.say("With force_authenticate():")
    anonymous.force_authenticate(ann.user)
    forced = anonymous.post("/60/orders/", {"reference": "A-0003"})

    assert by_default.status_code == 201
    assert told(enforced) == (403, "CSRF cookie not set.")
    assert forced.status_code == 201


@trap("The right token from the wrong page is refused")
def test_django_checks_the_origin_before_the_token(strict_client, stage):
    """Django compares `Origin` with the host, before it looks at the token. A request without an
    Origin needs a Referer of the same host, but only over HTTPS."""
    client = strict_client
    client.cookies["csrftoken"] = TOKEN
    rows = []
    for name, secure, headers in (
        ("http, nothing", False, {}),
        ("http, Origin evil.localhost", False, {"HTTP_ORIGIN": "http://evil.localhost"}),
        ("http, Origin null", False, {"HTTP_ORIGIN": "null"}),
        ("https, nothing", True, {}),
        ("https, Referer of the host", True, {"HTTP_REFERER": "https://testserver/60/page/"}),
    ):
        reference = {"reference": f"A-{len(rows):04}"}
        response = client.post(
            "/60/orders/", reference, secure=secure, HTTP_X_CSRFTOKEN=TOKEN, **headers
        )
        rows.append([name, *told(response)])
    stage.table(["POST with the token", "status", "CSRF Failed:"], rows)

    wrong = "does not match any trusted origins."
    assert rows == [
        ["http, nothing", 201, ""],
        [
            "http, Origin evil.localhost",
            403,
            f"Origin checking failed - http://evil.localhost {wrong}",
        ],
        ["http, Origin null", 403, f"Origin checking failed - null {wrong}"],
        ["https, nothing", 403, "Referer checking failed - no Referer."],
        ["https, Referer of the host", 201, ""],
    ]


@trap("The browser tells you which page it was")
@in_a_browser
def test_sec_fetch_site_stops_all_three(shop, forge, strict_client, stage):
    """Browsers send `Sec-Fetch-Site`, and no script can set it. A permission that wants same-origin
    stops all three, even with SameSite=None and without a token. It is sent to HTTPS and localhost
    only, so plain HTTP is not protected."""
    page = shop(policies.NONE)

    forged = [forge(origin, "/60/orders/of-our-pages/") for origin in ATTACKERS]
    own = page.fetch("/60/orders/of-our-pages/", method="POST", body={"reference": "A-0001"})
    no_browser, nobody = (
        client.post("/60/orders/of-our-pages/", {"reference": "A-0002"})
        for client in (strict_client, APIClient())
    )

    assert [(sent.status, orders) for sent, orders in forged] == [(403, 0), (403, 0), (403, 0)]
    assert str(own) == '201 {"reference":"A-0001"}'
    assert own.exchanges[0].request_headers["Sec-Fetch-Site"] == "same-origin"
    assert (no_browser.status_code, nobody.status_code) == (201, 403)
