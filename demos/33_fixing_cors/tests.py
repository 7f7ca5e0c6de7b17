import pytest
from django.core.checks import registry, run_checks
from django.test import override_settings
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop.models import Tag

from . import policies

pytestmark = pytest.mark.django_db


def in_a_browser(test):
    """The browser asks server processes, which see what is committed."""
    test = pytest.mark.django_db(transaction=True)(test)
    return pytest.mark.browser(pytest.mark.database("sqlite")(test))


OURS = "http://www.shop.test"
API = "http://api.shop.test/33"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FAILED = "TypeError: Failed to fetch"
PREFLIGHT = {
    "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST",
    "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "content-type",
}


@pytest.fixture
def serve(browser, servers):
    """Serves the API with this policy, and pages of our site, of our blog and of a stranger's."""

    def serve(policy):
        [server] = servers(1, settings=policy)
        hosts = ["api.shop.test", "www.shop.test", "blog.shop.test", "evil.test"]
        browser.serve({f"http://{host}": server for host in hosts})

    return serve


@pytest.fixture
def signed_in(signed_in_browser):
    signed_in_browser("http://api.shop.test/")


@pytest.fixture
def errors_of_check(monkeypatch):
    """What `manage.py check` says to these settings. An app registers its checks as it is loaded,
    and they must be gone afterwards."""

    def errors_of_check(policy):
        known = set(registry.registry.registered_checks)
        monkeypatch.setattr(registry.registry, "registered_checks", known)
        with override_settings(**policy):
            return " ".join(message.id for message in run_checks(tags=["security"])) or "no error"

    return errors_of_check


def answer(policy, method, path, origin=OURS, **headers):
    """The status of a server with this policy, and whether its headers let this origin read. It is
    not recorded: for a dozen requests, a table shows more than exchanges."""
    with override_settings(**policy):
        client = APIClient(raise_request_exception=False, HTTP_ORIGIN=origin)
        response = client.generic(method, path, **headers)
    found = response.headers.get("Access-Control-Allow-Origin", "no header")
    return f"{response.status_code} {'allowed' if found == origin else found}"


def allows(policy, origin):
    """Whether scripts of this origin may read the tags: "yes" or "no"."""
    found = answer(policy, "GET", "/33/tags/", origin)
    return {"200 allowed": "yes", "200 no header": "no"}.get(found, found)


def status(seen):
    """The status that the script reads."""
    return "blocked" if seen.error == FAILED else seen.status


@claim("A middleware adds the headers to the responses, from our settings")
@in_a_browser
def test_the_middleware_adds_them_to_each_response(browser, serve, stage):
    """It adds them to every response, also to an error, and it answers the preflight. A view that
    sets the header by itself does neither: JSON and errors stay blocked."""
    requests = {
        "GET": ("/tags/", {}),
        "POST, JSON": ("/tags/", {"method": "POST", "body": {"name": "tea"}}),
        "a 404": ("/typo/", {}),
        "a 500": ("/crash/", {}),
    }
    serve(policies.SAYS_NOTHING)
    page = browser.open("http://www.shop.test/33/page/")
    by_hand = [
        status(page.fetch(API + path.replace("tags/", "tags/by-hand/"), **request))
        for path, request in requests.values()
    ]
    stage.say("With the middleware:")
    serve(policies.OUR_SITE)
    added = [status(page.fetch(API + path, **request)) for path, request in requests.values()]
    stage.table(["the script sees", *requests], [["by hand", *by_hand], ["middleware", *added]])

    assert by_hand == [200, "blocked", "blocked", "blocked"]
    assert added == [200, 201, 404, 500]


@claim("Add corsheaders to INSTALLED_APPS", verdict=Verdict.DEPENDS)
def test_the_app_brings_only_the_checks(errors_of_check, stage):
    """The headers come from the middleware alone. The app adds the checks of `manage.py check`.
    Without it, a typo in the settings is silent: no error, and no header."""
    rows = []
    for app, origin in (
        ("without", "http://www.shop.test"),
        ("without", "www.shop.test"),
        ("with", "www.shop.test"),
    ):
        policy = policies.allowing(origin)
        more = policies.WITH_THE_APP if app == "with" else {}
        rows.append([app, origin, allows(policy, OURS), errors_of_check(policy | more)])
    stage.table(["the app", "CORS_ALLOWED_ORIGINS", OURS, "check"], rows)

    assert rows == [
        ["without", "http://www.shop.test", "yes", "no error"],
        ["without", "www.shop.test", "no", "no error"],
        ["with", "www.shop.test", "no", "corsheaders.E013"],
    ]


@claim("Add CorsMiddleware above CommonMiddleware", verdict=Verdict.DEPENDS)
def test_it_belongs_above_all_that_answers(stage):
    """That is the minimum. A middleware above it that answers by itself sends no CORS headers:
    CommonMiddleware redirects to the slash, SecurityMiddleware to HTTPS. So put it first. A test of
    a plain GET is green in every order."""
    rows = []
    for name, order in (
        ("first", policies.FIRST),
        ("above Common", policies.ABOVE_COMMON),
        ("below Common", policies.BELOW_COMMON),
    ):
        policy = {**policies.OUR_SITE, "MIDDLEWARE": order}
        to_https = {**policy, "SECURE_SSL_REDIRECT": True}
        rows.append(
            [
                name,
                answer(policy, "GET", "/33/tags/"),
                answer(policy, "GET", "/33/tags"),
                answer(to_https, "OPTIONS", "/33/tags/", **PREFLIGHT),
            ]
        )
    columns = ["GET", "GET without slash", "preflight, redirect to HTTPS"]
    stage.table(["CorsMiddleware", *columns], rows)

    assert rows == [
        ["first", "200 allowed", "301 allowed", "200 allowed"],
        ["above Common", "200 allowed", "301 allowed", "301 no header"],
        ["below Common", "200 allowed", "301 no header", "301 no header"],
    ]


@claim(
    "Create a CORS_ORIGIN_WHITELIST",
    verdict=Verdict.OUTDATED,
    since="django-cors-headers 3.5",
)
def test_the_old_name_still_works_until_the_new_one_is_there(stage):
    """Since django-cors-headers 3.5 it is `CORS_ALLOWED_ORIGINS`. The old name still works. But if
    both are set, the new one counts, even when it is an empty list."""
    settings_of = {
        "CORS_ALLOWED_ORIGINS": policies.OUR_SITE,
        "CORS_ORIGIN_WHITELIST": policies.OLD_NAME,
        "both, the new one empty": policies.BOTH_NAMES,
    }
    rows = [[name, allows(each, OURS)] for name, each in settings_of.items()]
    stage.table(["the setting", OURS], rows)

    assert rows == [
        ["CORS_ALLOWED_ORIGINS", "yes"],
        ["CORS_ORIGIN_WHITELIST", "yes"],
        ["both, the new one empty", "no"],
    ]


@claim("The list names the domains that are allowed", verdict=Verdict.WRONG)
def test_it_names_origins_and_knows_no_wildcard(errors_of_check, stage):
    """It names origins: scheme, host and port. A domain alone never matches. Neither does a `*`
    inside the name, and of that no check says a word. For subdomains there is
    `CORS_ALLOWED_ORIGIN_REGEXES`."""
    rows = []
    for value in (
        "http://www.shop.test",
        "www.shop.test",
        "*",
        "http://www.shop.test/",
        "https://www.shop.test",
        "http://*.shop.test",
    ):
        policy = policies.allowing(value)
        errors = errors_of_check(policy | policies.WITH_THE_APP)
        rows.append([value, allows(policy, OURS), errors])
    stage.table(["CORS_ALLOWED_ORIGINS", OURS, "check"], rows)

    assert rows == [
        ["http://www.shop.test", "yes", "no error"],
        ["www.shop.test", "no", "corsheaders.E013"],
        ["*", "no", "corsheaders.E013"],
        ["http://www.shop.test/", "yes", "corsheaders.E014"],
        ["https://www.shop.test", "no", "no error"],
        ["http://*.shop.test", "no", "no error"],
    ]


@trap("Without its slash, a POST is lost and the script sees 200")
@in_a_browser
def test_a_redirected_post_is_lost_and_a_put_is_not(browser, serve, stage):
    """The redirect has the headers, so the browser follows it, and makes a GET of the POST. The
    script sees the 200 of a list, and nothing is saved. A PUT keeps its method and its body."""
    serve(policies.OUR_SITE)
    page = browser.open("http://www.shop.test/33/page/")
    rows = []
    for method, path in (
        ("POST", "/tags"),
        ("PUT", "/tags/jam"),
        ("PUT", "/tags/jam/"),
        ("POST", "/tags/"),
    ):
        before = Tag.objects.count()
        seen = page.fetch(API + path, method=method, headers=FORM, body="name=tea")
        arrived = " ".join(sent for sent, _ in seen.sent if sent != "OPTIONS")
        rows.append([f"{method} {path}", str(seen), arrived, Tag.objects.count() - before])
    stage.table(["the script sends", "it sees", "the server gets", "new rows"], rows)

    assert rows == [
        ["POST /tags", "200 []", "POST GET", 0],
        ["PUT /tags/jam", '201 {"name":"jam"}', "PUT PUT", 1],
        ["PUT /tags/jam/", '200 {"name":"jam"}', "PUT", 0],
        ["POST /tags/", '201 {"name":"tea"}', "POST", 1],
    ]


@trap("All origins plus credentials means: any page reads as your user")
@in_a_browser
def test_everyone_with_cookies_is_reflection(browser, serve, signed_in, errors_of_check, stage):
    """A `*` does not go with cookies, so the middleware repeats whatever Origin comes. No check
    warns. Here the page of a blog on the same site reads who is signed in. With a list of origins
    it does not."""
    serve(policies.WITH_COOKIES)
    blog = browser.open("http://blog.shop.test/33/page/")
    listed = blog.fetch(f"{API}/me/", credentials="include")
    stage.say("With CORS_ALLOW_ALL_ORIGINS and CORS_ALLOW_CREDENTIALS:")
    serve(policies.EVERYONE_WITH_COOKIES)
    everyone = blog.fetch(f"{API}/me/", credentials="include")
    stranger = browser.open("http://evil.test/33/page/").fetch(f"{API}/tags/")

    assert str(listed) == FAILED
    assert str(everyone) == '200 {"name":"ann"}'
    headers = stranger.exchanges[0].headers
    assert headers.get("Access-Control-Allow-Origin") == "http://evil.test"
    assert headers.get("Access-Control-Allow-Credentials") == "true"
    assert errors_of_check(policies.EVERYONE_WITH_COOKIES | policies.WITH_THE_APP) == "no error"


@trap("A pattern without an end lets strangers in")
def test_a_pattern_matches_from_the_start_only(stage):
    """The middleware calls `re.match`, which begins at the start and stops where the pattern stops.
    And an unescaped dot is any character. So write `^`, `\\.` and `$`."""
    stage.say(r"Open: http://www.shop.test. Closed: ^http://\w+\.shop\.test$.")
    open_end = policies.matching(r"http://www.shop.test")
    closed = policies.matching(r"^http://\w+\.shop\.test$")
    rows = [
        [origin, allows(open_end, origin), allows(closed, origin)]
        for origin in (
            "http://www.shop.test",
            "http://blog.shop.test",
            "http://www.shop.test.evil.test",
            "http://wwwxshop.test",
        )
    ]
    stage.table(["Origin", "open", "closed"], rows)

    assert rows == [
        ["http://www.shop.test", "yes", "yes"],
        ["http://blog.shop.test", "no", "yes"],
        ["http://www.shop.test.evil.test", "yes", "no"],
        ["http://wwwxshop.test", "yes", "no"],
    ]


@trap("A preflight with 200 is not permission")
def test_the_middleware_says_200_to_every_preflight(stage):
    """Without the middleware, the preflight reaches the view, which wants a login. The middleware
    answers before the view: 200, for a stranger and for `/33/me/`, which has no POST. Only the
    header says who may read."""
    rows = [
        [name, url, origin, answer(policy, "OPTIONS", url, origin, **PREFLIGHT)]
        for name, policy, url, origin in (
            ("without", policies.SAYS_NOTHING, "/33/members/tags/", OURS),
            ("without", policies.SAYS_NOTHING, "/33/token/tags/", OURS),
            ("with", policies.OUR_SITE, "/33/members/tags/", OURS),
            ("with", policies.OUR_SITE, "/33/members/tags/", "http://evil.test"),
            ("with", policies.OUR_SITE, "/33/me/", OURS),
        )
    ]
    stage.table(["middleware", "OPTIONS", "Origin", "status, header"], rows)

    assert [row[3] for row in rows] == [
        "403 no header",
        "401 no header",
        "200 allowed",
        "200 no header",
        "200 allowed",
    ]


@trap("An allowed origin still fails the CSRF check")
@in_a_browser
def test_cors_and_csrf_are_two_lists(browser, serve, signed_in, stage):
    """CORS says who may read. For a POST by session, Django asks again: the origin must be in
    `CSRF_TRUSTED_ORIGINS` too, and the script must send the token. It cannot read that
    cookie, which belongs to another host, so the API must tell it the token."""
    browser.add_cookie("http://api.shop.test/", "csrftoken", 32 * "t", sameSite="Lax")
    serve(policies.WITH_COOKIES)
    page = browser.open("http://www.shop.test/33/page/")
    token = {"X-CSRFToken": 32 * "t"}
    tea = {"method": "POST", "body": {"name": "tea"}, "credentials": "include"}
    url = f"{API}/members/tags/"

    by_cors_only = page.fetch(url, headers=token, **tea)
    stage.say("With CSRF_TRUSTED_ORIGINS too:")
    serve(policies.TRUSTED)
    no_token = page.fetch(url, **tea)
    with_token = page.fetch(url, headers=token, **tea)

    assert page.run("document.cookie") == ""
    assert by_cors_only.status == no_token.status == 403
    assert by_cors_only.json() == {
        "detail": "CSRF Failed: Origin checking failed - "
        "http://www.shop.test does not match any trusted origins."
    }
    assert no_token.json() == {"detail": "CSRF Failed: CSRF token missing."}
    assert str(with_token) == '201 {"name":"tea"}'


@trap("A cache must not give one origin the answer of another")
def test_each_response_varies_with_the_origin(anonymous, settings, stage):
    """The middleware sends `Vary: origin` with each response, even with `*` and to a request
    without an Origin. If you set the header by hand, you must think of it."""
    settings.MIDDLEWARE = policies.FIRST
    settings.CORS_ALLOWED_ORIGINS = ["http://www.shop.test"]
    listed = anonymous.get("/33/tags/", HTTP_ORIGIN="http://www.shop.test")
    without = anonymous.get("/33/tags/")
    stage.say("With CORS_ALLOW_ALL_ORIGINS:")
    settings.CORS_ALLOW_ALL_ORIGINS = True
    everyone = anonymous.get("/33/tags/", HTTP_ORIGIN="http://www.shop.test")
    stage.say("By hand, in a view outside CORS_URLS_REGEX:")
    settings.CORS_URLS_REGEX = "^/api/"
    by_hand = anonymous.get("/33/tags/by-hand/", HTTP_ORIGIN="http://www.shop.test")
    names = ["Access-Control-Allow-Origin", "Vary"]
    rows = [
        [name, *(response.headers.get(each, "-") for each in names)]
        for name, response in (
            ("an origin of the list", listed),
            ("no Origin", without),
            ("everyone", everyone),
            ("by hand", by_hand),
        )
    ]
    stage.table(["", *names], rows)

    assert rows == [
        ["an origin of the list", "http://www.shop.test", "Cookie, origin"],
        ["no Origin", "-", "Cookie, origin"],
        ["everyone", "*", "Cookie, origin"],
        ["by hand", "http://www.shop.test", "Cookie"],
    ]
