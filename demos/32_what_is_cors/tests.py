import pytest

from runner import Verdict, claim, trap

from . import policies
from .models import Review

pytestmark = [
    pytest.mark.browser,
    pytest.mark.database("sqlite"),
    pytest.mark.django_db(transaction=True),
]

FAILED = "TypeError: Failed to fetch"
REVIEWS = "http://api.shop.test/32/reviews/"
ME = "http://api.shop.test/32/me/"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
XHR = """
url => new Promise(resolve => {
    const request = new XMLHttpRequest();
    request.onload = () => resolve(`${request.status} ${request.responseText}`);
    request.onerror = () => resolve(`an error, status ${request.status}`);
    request.open("GET", url);
    request.send();
})
"""


@pytest.fixture
def serve(browser, servers):
    """Serves the API with this policy, and pages of our site and of a stranger's."""

    def serve(policy):
        [server] = servers(1, settings=policy)
        origins = ["http://api.shop.test", "http://www.shop.test", "http://evil.test"]
        browser.serve(dict.fromkeys(origins, server))

    return serve


@pytest.fixture
def signed_in(signed_in_browser):
    signed_in_browser("http://api.shop.test/")


@claim("CORS lets scripts in a browser use resources of another origin")
def test_an_allowed_origin_may_read(browser, serve):
    """CORS consists of response headers. The server names the origins that may read. The browser
    then gives the response to their scripts."""
    serve(policies.ALLOWS_OUR_SITE)
    page = browser.open("http://www.shop.test/32/page/")

    written = page.fetch(REVIEWS, method="POST", body={"text": "Good tea"})
    read = page.fetch(REVIEWS)

    assert str(written) == '201 {"text":"Good tea"}'
    assert str(read) == '200 [{"text":"Good tea"}]'
    assert read.exchanges[0].headers.get("Access-Control-Allow-Origin") == "http://www.shop.test"


@claim("XMLHttpRequest and fetch follow the same-origin policy")
def test_both_hide_the_response_of_another_origin(browser, serve, stage):
    """Both hide the response of another origin. A form does not follow the policy: it sends its
    fields to any origin, and the browser shows the response as a new page."""
    serve(policies.SAYS_NOTHING)
    page = browser.open("http://evil.test/32/page/")

    own = [str(page.fetch("/32/reviews/")), page.run(XHR, "/32/reviews/")]
    other = [str(page.fetch(REVIEWS)), page.run(XHR, REVIEWS)]
    stage.say("The same page submits a form:")
    form = page.submit(REVIEWS, {"text": "Bad tea"})

    assert own == ["200 []", "200 []"]
    assert other == [FAILED, "an error, status 0"]
    assert str(form) == '201 {"text":"Bad tea"}'
    assert page.url == REVIEWS


@claim("JavaScript can only make calls to URLs of its own origin", verdict=Verdict.WRONG)
def test_a_script_sends_to_any_origin_and_reads_where_it_may(browser, serve, stage):
    """A script can send to any origin, it cannot read the response. The second request failed for
    the script, and its review is saved. Only a request that needs a preflight was held back."""
    serve(policies.ALLOWS_OUR_SITE)
    evil = browser.open("http://evil.test/32/page/")
    ours = browser.open("http://www.shop.test/32/page/")
    rows = []
    for name, page, request in (
        ("GET", evil, {}),
        ("POST, form", evil, {"method": "POST", "headers": FORM, "body": "text=Bad"}),
        ("POST, JSON", evil, {"method": "POST", "body": {"text": "Bad"}}),
        ("POST, JSON, allowed", ours, {"method": "POST", "body": {"text": "Good"}}),
    ):
        before = Review.objects.count()
        seen = page.fetch(REVIEWS, **request)
        reached = " ".join(method for method, _ in seen.sent)
        rows.append([name, str(seen), reached, Review.objects.count() - before])
    stage.table(["request", "the script sees", "the server gets", "new rows"], rows)

    assert rows == [
        ["GET", FAILED, "GET", 0],
        ["POST, form", FAILED, "POST", 1],
        ["POST, JSON", FAILED, "OPTIONS", 0],
        ["POST, JSON, allowed", '201 {"text":"Good"}', "OPTIONS POST", 1],
    ]


@claim("The browser asks for permission before it sends the request", verdict=Verdict.DEPENDS)
def test_only_what_no_form_could_send_is_asked_for(browser, serve, stage):
    """It depends on the request. What a form could send is sent at once. Another content type,
    method or header needs a preflight: an OPTIONS request that the server must allow first."""
    serve(policies.SAYS_NOTHING)
    page = browser.open("http://evil.test/32/page/")
    requests = {
        "GET": {},
        "POST, text/plain": {"method": "POST", "body": "tea"},
        "POST, form": {"method": "POST", "headers": FORM, "body": "text=tea"},
        "POST, JSON": {"method": "POST", "body": {"text": "tea"}},
        "PUT": {"method": "PUT"},
        "GET with Authorization": {"headers": {"Authorization": "Bearer x"}},
    }
    rows = []
    for name, request in requests.items():
        seen = page.fetch(REVIEWS, **request)
        rows.append([name, " ".join(method for method, _ in seen.sent)])
    stage.table(["request", "the server gets"], rows)

    assert rows == [
        ["GET", "GET"],
        ["POST, text/plain", "POST"],
        ["POST, form", "POST"],
        ["POST, JSON", "OPTIONS"],
        ["PUT", "OPTIONS"],
        ["GET with Authorization", "OPTIONS"],
    ]


@claim("CORS protects the API from strangers", verdict=Verdict.WRONG)
def test_a_client_without_the_policy_reads_and_writes(servers):
    """Only browsers follow the policy. Any other client sends what it likes, with any Origin, and
    reads the response. What stops it is the API's own validation, login and permissions."""
    [api] = servers(1, settings=policies.ALLOWS_OUR_SITE)
    evil = {"Origin": "http://evil.test"}

    written = api.request("POST", "/32/reviews/", {"text": "Bad tea"}, headers=evil)
    too_long = api.request("POST", "/32/reviews/", {"text": 201 * "x"}, headers=evil)
    read = api.request("GET", "/32/reviews/", headers=evil)

    assert written.status == 201
    assert too_long.status == 400
    assert [str(review) for review in Review.objects.all()] == ["Bad tea"]
    assert read.json() == [{"text": "Bad tea"}]
    assert "access-control-allow-origin" not in read.headers


@trap("The test client of Django follows no policy either")
def test_a_test_without_a_browser_is_green(anonymous):
    """So a suite without a browser is green while every script fails. Assert the headers in it."""
    response = anonymous.get("/32/reviews/", HTTP_ORIGIN="http://evil.test")

    assert response.status_code == 200
    assert response.json() == []
    assert "Access-Control-Allow-Origin" not in response.headers


@trap("Allowing the origin does not send the cookie")
def test_cookies_need_consent_on_both_sides(browser, serve, signed_in, stage):
    """By default `fetch` sends no cookie to another origin. With `credentials: "include"` it does.
    But the script may read only if the server sends `Access-Control-Allow-Credentials` too."""
    serve(policies.ALLOWS_OUR_SITE)
    page = browser.open("http://www.shop.test/32/page/")
    without = page.fetch(ME)
    stage.say('With `credentials: "include"`:')
    unread = page.fetch(ME, credentials="include")
    stage.say("The server allows credentials now:")
    serve(policies.ALLOWS_COOKIES)
    read = page.fetch(ME, credentials="include")

    assert without.status == 403
    assert without.exchanges[0].attached == []
    assert str(unread) == FAILED
    assert unread.exchanges[0].attached == ["sessionid"]
    assert unread.exchanges[0].body == '{"name":"ann"}'
    assert str(read) == '200 {"name":"ann"}'


@trap("A preflight brings no cookie")
def test_a_preflight_is_anonymous(browser, serve, signed_in):
    """The browser sends no cookie with a preflight, although the script wants it sent. So a server
    that asks for a login before it answers OPTIONS blocks the scripts of its own users."""
    serve(policies.SAYS_NOTHING)
    page = browser.open("http://www.shop.test/32/page/")

    seen = page.fetch(ME, credentials="include", headers={"X-Requested-With": "fetch"})

    assert str(seen) == FAILED
    assert seen.sent == [("OPTIONS", "/32/me/")]
    assert seen.exchanges[0].attached == []
    assert seen.exchanges[0].status == 403


@trap("The wildcard is for public responses only")
def test_the_wildcard_does_not_go_with_credentials(browser, serve, signed_in):
    """`Access-Control-Allow-Origin: *` lets every origin read, but only without cookies. With them
    the browser wants the name of the origin."""
    serve(policies.ALLOWS_EVERYONE)
    page = browser.open("http://www.shop.test/32/page/")

    public = page.fetch(REVIEWS)
    private = page.fetch(ME, credentials="include")

    assert str(public) == "200 []"
    assert public.exchanges[0].headers.get("Access-Control-Allow-Origin") == "*"
    assert str(private) == FAILED
    assert private.exchanges[0].status == 200


@trap("The browser remembers a preflight")
def test_a_remembered_preflight_outlives_the_policy(browser, serve, stage):
    """`Access-Control-Max-Age` says for how many seconds. Until then the browser asks no more. A
    policy that you tighten meanwhile does not stop the request, it only hides the response."""
    serve(policies.ALLOWS_OUR_SITE)
    page = browser.open("http://www.shop.test/32/page/")
    first = page.fetch(REVIEWS, method="POST", body={"text": "Good tea"})
    second = page.fetch(REVIEWS, method="POST", body={"text": "Still good"})
    stage.say("The server allows no origin any more:")
    serve(policies.SAYS_NOTHING)
    third = page.fetch(REVIEWS, method="POST", body={"text": "Too late"})

    assert first.exchanges[0].headers.get("Access-Control-Max-Age") == "86400"
    assert [method for method, _ in first.sent] == ["OPTIONS", "POST"]
    assert [method for method, _ in second.sent] == ["POST"]
    assert [method for method, _ in third.sent] == ["POST"]
    assert str(third) == FAILED
    assert Review.objects.count() == 3


@trap("A header of your own stops at the preflight, or stays hidden")
def test_headers_are_allowed_and_exposed_by_name(browser, serve):
    """The server must list a request header in `Access-Control-Allow-Headers`, and a response
    header in `Access-Control-Expose-Headers`. Without that the script reads null."""
    serve(policies.ALLOWS_OUR_SITE)
    page = browser.open("http://www.shop.test/32/page/")
    unlisted = page.fetch(REVIEWS, headers={"X-Shop": "1"})
    hidden = page.fetch(REVIEWS)
    serve(policies.EXPOSES_THE_COUNT)
    exposed = page.fetch(REVIEWS)

    assert unlisted.sent == [("OPTIONS", "/32/reviews/")]
    assert hidden.exchanges[0].headers.get("X-Total-Count") == "0"
    assert hidden.headers.get("x-total-count") is None
    assert exposed.headers.get("x-total-count") == "0"


@trap('`mode: "no-cors"` is no way around it')
def test_no_cors_reads_nothing_and_sends_no_json(browser, serve):
    """The script gets an opaque response: status 0 and no body. The browser also changes the
    content type to text/plain, which DRF refuses with 415."""
    serve(policies.SAYS_NOTHING)
    page = browser.open("http://evil.test/32/page/")

    read = page.fetch(REVIEWS, mode="no-cors")
    written = page.fetch(REVIEWS, mode="no-cors", method="POST", body={"text": "tea"})

    assert str(read) == str(written) == "an opaque response"
    assert (read.status, read.text) == (0, "")
    assert [exchange.status for exchange in read.exchanges + written.exchanges] == [200, 415]
    assert Review.objects.count() == 0


@trap("The scheme, the name and the port must be equal, letter by letter")
def test_another_port_or_name_is_another_origin(browser, servers, stage):
    """Allowing http://www.shop.test allows neither shop.test nor another port. So allow the origin
    of your development server too, in the settings of development."""
    [server] = servers(1, settings=policies.ALLOWS_OUR_SITE)
    rows = []
    for origin in (
        "http://www.shop.test",
        "http://shop.test",
        "http://www.shop.test:8001",
        "http://localhost",
    ):
        browser.serve({"http://api.shop.test": server, origin: server})
        rows.append([origin, str(browser.open(f"{origin}/32/page/").fetch(REVIEWS))])
    stage.table(["page of", "the script sees"], rows)

    assert rows == [
        ["http://www.shop.test", "200 []"],
        ["http://shop.test", FAILED],
        ["http://www.shop.test:8001", FAILED],
        ["http://localhost", FAILED],
    ]


@trap("A script cannot tell a bug from a blocked response")
def test_a_crash_and_a_typo_look_the_same(browser, serve):
    """Without the headers a 500 and a 404 are the same error for the script as a blocked 200. So
    look into the network panel or the server's log, not at the console."""
    serve(policies.SAYS_NOTHING)
    page = browser.open("http://www.shop.test/32/page/")

    seen = [
        page.fetch("http://api.shop.test/32/crash/"),
        page.fetch("http://api.shop.test/32/typo/"),
        page.fetch("http://api.shop.test/32/reviews/"),
    ]

    assert [str(each) for each in seen] == [FAILED, FAILED, FAILED]
    assert [each.exchanges[0].status for each in seen] == [500, 404, 200]
    assert seen[0].exchanges[0].error == "ZeroDivisionError: a bug"
