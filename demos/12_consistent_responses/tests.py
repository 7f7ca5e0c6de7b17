import pytest
from django.contrib.auth.models import User
from django.db import connection
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Category

pytestmark = pytest.mark.django_db

ENVELOPE = {"status", "data", "message"}


@pytest.fixture
def offstage():
    """A client whose exchanges are not shown one by one: a table tells more of thirty."""
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(User(username="ann"))
    return client


def failing_requests(client, design):
    """What each kind of failing request gets from this design."""
    url = f"/12/{design}/categories/"
    return {
        "a field is missing": client.post(url, {"slug": "tea"}),
        "no such category": client.get(f"{url}tea/"),
        "malformed JSON": client.post(url, "{", content_type="application/json"),
        "body is XML": client.post(url, "<tea/>", content_type="text/xml"),
        "Accept: text/xml": client.get(url, headers={"accept": "text/xml"}),
        "wrong method": client.delete(url),
        "nobody signed in": APIClient().get(url),
        "throttled": client.get(f"{url}throttled/"),
        "a bug in the view": client.get(f"{url}broken/"),
        "no such URL": client.get(f"/12/{design}/"),
    }


def told(response):
    """Status and shape of a response, in two words."""
    media_type = response["Content-Type"].partition(";")[0]
    if media_type == "text/html":
        return f"{response.status_code} HTML"
    if media_type == "application/problem+json":
        return f"{response.status_code} problem"
    keys = set(response.json())
    return f"{response.status_code} {'envelope' if keys == ENVELOPE else ', '.join(sorted(keys))}"


@claim("Every response has the same structure: status, data, message", verdict=Verdict.DEPENDS)
def test_an_envelope_built_by_hand_misses_what_the_view_never_sees(offstage, stage):
    """Only what passes one common place has one shape. Views that wrap by hand wrap what their
    author thought of; DRF answers the rest before or around them. A renderer or an exception
    handler gets all that DRF answers, and neither gets a bug or an unknown URL."""
    designs = ["by-hand", "renderer", "problem"]
    stage.say("The envelope in every view, in one renderer, problem details in one handler:")

    answers = [failing_requests(offstage, design) for design in designs]

    rows = [[kind, *(told(answer[kind]) for answer in answers)] for kind in answers[0]]
    stage.table(["request", *designs], rows)
    assert rows == [
        ["a field is missing", "200 envelope", "400 envelope", "400 problem"],
        ["no such category", "200 envelope", "404 envelope", "404 problem"],
        ["malformed JSON", "400 detail", "400 envelope", "400 problem"],
        ["body is XML", "415 detail", "415 envelope", "415 problem"],
        ["Accept: text/xml", "406 detail", "406 envelope", "406 problem"],
        ["wrong method", "405 detail", "405 envelope", "405 problem"],
        ["nobody signed in", "403 detail", "403 envelope", "403 problem"],
        ["throttled", "429 detail", "429 envelope", "429 problem"],
        ["a bug in the view", "500 HTML", "500 HTML", "500 HTML"],
        ["no such URL", "404 HTML", "404 HTML", "404 HTML"],
    ]


@claim("The same structure serves every endpoint")
def test_one_renderer_wraps_lists_details_and_creations(api):
    """Written once, as a renderer, it needs no line in any view."""
    created = api.post("/12/renderer/categories/", {"name": "Tea", "slug": "tea"})
    listed = api.get("/12/renderer/categories/")
    detail = api.get("/12/renderer/categories/tea/")

    tea = {"name": "Tea", "slug": "tea"}
    assert created.json() == {"status": "success", "data": tea, "message": "Created"}
    assert listed.json() == {"status": "success", "data": [tea], "message": "OK"}
    assert detail.json() == {"status": "success", "data": tea, "message": "OK"}


@claim("A status in the body makes it easy for the frontend", verdict=Verdict.DEPENDS)
def test_an_error_that_says_200_looks_like_success_to_every_client(api):
    """Only next to a truthful HTTP status. The two bodies are equal, but `response.ok`, retries,
    proxies and monitors read the status line, and for them the first request went well."""
    by_hand = api.post("/12/by-hand/categories/", {"slug": "tea"})
    by_renderer = api.post("/12/renderer/categories/", {"slug": "tea"})

    assert by_hand.json() == by_renderer.json()
    assert by_hand.json() == {
        "status": "error",
        "data": {"name": ["This field is required."]},
        "message": "Bad Request",
    }
    assert (by_hand.status_code, by_renderer.status_code) == (200, 400)


@claim("Consistent responses help in logging and debugging", verdict=Verdict.DEPENDS)
def test_a_failure_that_says_200_leaves_no_line_in_the_log(api, stage, caplog):
    """Django logs a response by its status. The error in a 200 is logged nowhere; the same error
    as a 400 is a warning by itself."""
    api.post("/12/by-hand/categories/", {"slug": "tea"})
    api.post("/12/renderer/categories/", {"slug": "tea"})

    stage.table(["all that Django logged"], [[line] for line in caplog.messages])
    assert caplog.messages == ["Bad Request: /12/renderer/categories/"]


@trap("A cache keeps the error that says 200")
def test_a_cached_failure_outlives_its_cause(api, empty_cache):
    """`cache_page` stores what answers 200. So the category exists now, and for a minute its
    readers still hear that it does not. The 404 was never stored."""
    api.get("/12/cached/by-hand/tea/")
    api.get("/12/cached/renderer/tea/")
    factories.category.make(name="Tea", slug="tea")

    by_hand = api.get("/12/cached/by-hand/tea/")
    by_renderer = api.get("/12/cached/renderer/tea/")

    assert by_hand.json() == {"status": "error", "data": None, "message": "Not Found"}
    assert by_renderer.json() == {
        "status": "success",
        "data": {"name": "Tea", "slug": "tea"},
        "message": "OK",
    }


@trap("A handler that builds its own response loses Retry-After")
def test_only_the_response_of_drf_carries_the_headers(api):
    """DRF's `exception_handler` puts the headers of the exception on the response: Retry-After,
    and WWW-Authenticate of a 401. Call it, then rewrite `response.data`."""
    naive = api.get("/12/naive/categories/throttled/")
    rewritten = api.get("/12/problem/categories/throttled/")

    assert naive.status_code == rewritten.status_code == 429
    assert naive.headers.get("Retry-After") is None
    assert rewritten.headers.get("Retry-After") == "7"


@trap("The same handler commits what it should roll back")
def test_only_the_response_of_drf_rolls_the_request_back(api, stage, monkeypatch):
    """Under ATOMIC_REQUESTS a handled exception no longer reaches `atomic()`, so DRF's handler
    calls `set_rollback()`. A handler that does not commits half of a request that it answers
    with 400."""
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)

    rewritten = api.post("/12/problem/categories/refused/")
    left_by_rewritten = Category.objects.count()
    naive = api.post("/12/naive/categories/refused/")
    left_by_naive = Category.objects.count()

    rows = [
        ["rewrites DRF's response", rewritten.status_code, left_by_rewritten],
        ["builds its own", naive.status_code, left_by_naive],
    ]
    stage.table(["handler", "answer", "rows left"], rows)
    assert rows == [["rewrites DRF's response", 400, 0], ["builds its own", 400, 1]]


@trap("A handler that catches everything hides the bugs")
def test_a_caught_bug_reaches_no_error_tracker(api, stage, caplog):
    """The 500 looks tidy, but nobody hears of the ZeroDivisionError: Django does not send
    `got_request_exception`, which error trackers and this test client listen to, and logs no
    traceback. Let bugs pass, and give Django a `handler500`."""
    api.raise_request_exception = False

    caught = api.get("/12/catch-all/categories/broken/")
    passed_on = api.get("/12/problem/categories/broken/")

    rows = [
        [handler, "yes" if response.exc_info else "no", "yes" if logged.exc_info else "no"]
        for handler, response, logged in zip(
            ["catches all", "lets bugs pass"], [caught, passed_on], caplog.records, strict=True
        )
    ]
    stage.table(["handler", "signal sent", "traceback logged"], rows)
    assert caught.status_code == passed_on.status_code == 500
    assert rows == [["catches all", "no", "no"], ["lets bugs pass", "yes", "yes"]]


@trap("What DRF never sees stays HTML until the root urlconf names a handler")
def test_the_root_urlconf_answers_for_unknown_urls_and_bugs(offstage, stage, settings):
    """An unknown URL reaches no view, a bug leaves it: Django answers both. `handler404` and
    `handler500` count only in the root urlconf."""
    urls = ["/12/nowhere/", "/12/problem/categories/broken/"]

    before = [offstage.get(url) for url in urls]
    settings.ROOT_URLCONF = "demos.12_consistent_responses.site_urls"
    after = [offstage.get(url) for url in urls]

    rows = [[url, told(b), told(a)] for url, b, a in zip(urls, before, after, strict=True)]
    stage.table(["", "without handlers", "with handlers"], rows)
    assert rows == [
        ["/12/nowhere/", "404 HTML", "404 problem"],
        ["/12/problem/categories/broken/", "500 HTML", "500 problem"],
    ]
    assert [response.json() for response in after] == [
        {"title": "Not Found", "status": 404},
        {"title": "Internal Server Error", "status": 500},
    ]
    assert isinstance(after[1].exc_info[1], ZeroDivisionError)


@trap("An envelope puts a body on a 204")
def test_a_deletion_has_nothing_to_wrap(api, stage):
    """After a 204 a client expects the next response, but a server sends what the renderer made:
    the two run together on the wire. The test client hides it, for it drops the body of a 204;
    only Content-Length tells."""
    factories.category.make(slug="tea")
    factories.category.make(slug="jam")

    wrapped = api.delete("/12/wrap-all/categories/tea/")
    empty = api.delete("/12/renderer/categories/jam/")

    lengths = [wrapped["Content-Length"], empty["Content-Length"]]
    stage.say(f"Content-Length: {lengths[0]} from the one, {lengths[1]} from the other.")
    assert wrapped.status_code == empty.status_code == 204
    assert lengths == ["55", "0"]


@trap("There is a standard for error bodies: problem details")
def test_problem_details_name_the_field_and_the_code(api, stage):
    """RFC 9457, `application/problem+json`: a title, the status, a detail, and members of one's
    own. Here `errors` keeps the code of each error, which DRF's JSON drops: texts are for people,
    codes are for programs."""
    factories.category.make(name="Tea", slug="tea")

    invalid = api.post("/12/problem/categories/", {"name": "Green tea", "slug": "tea"})
    missing = api.get("/12/problem/categories/coffee/")

    stage.say(f"Content-Type: {missing['Content-Type']}")
    assert invalid["Content-Type"] == missing["Content-Type"] == "application/problem+json"
    assert invalid.json() == {
        "title": "Bad Request",
        "status": 400,
        "errors": [
            {
                "detail": "category with this slug already exists.",
                "code": "unique",
                "pointer": "#/slug",
            }
        ],
    }
    assert missing.json() == {
        "title": "Not Found",
        "status": 404,
        "detail": "No Category matches the given query.",
        "code": "not_found",
    }
