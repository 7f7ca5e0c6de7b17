import pytest
from django.db import connection
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Category

pytestmark = pytest.mark.django_db

ENVELOPE = {"status", "data", "message"}


@pytest.fixture
def offstage(offstage):
    offstage.raise_request_exception = False
    return offstage


def failing_requests(client, design):
    """The response of this design to each kind of failing request."""
    url = f"/12/{design}/categories/"
    return {
        "a field is missing": client.post(url, {"slug": "tea"}),
        "no such category": client.get(f"{url}tea/"),
        "malformed JSON": client.post(url, "{", content_type="application/json"),
        "body is XML": client.post(url, "<tea/>", content_type="text/xml"),
        "Accept: text/xml": client.get(url, headers={"accept": "text/xml"}),
        "wrong method": client.delete(url),
        "anonymous caller": APIClient().get(url),
        "throttled": client.get(f"{url}throttled/"),
        "a bug in the view": client.get(f"{url}broken/"),
        "no such URL": client.get(f"/12/{design}/"),
    }


def shape_of(response):
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
    """It is true only if one common place makes the shape. Views that build the envelope themselves
    reach 2 of 10 failing requests here, because DRF answers the others without them. A renderer or
    an exception handler reaches every error response of DRF. Django itself answers an unknown URL
    and a bug."""
    designs = ["by-hand", "renderer", "problem"]
    stage.say("The envelope by hand, the envelope by a renderer, problem details by a handler:")

    answers = [failing_requests(offstage, design) for design in designs]

    rows = [[kind, *(shape_of(answer[kind]) for answer in answers)] for kind in answers[0]]
    stage.table(["request", *designs], rows)
    assert rows == [
        ["a field is missing", "200 envelope", "400 envelope", "400 problem"],
        ["no such category", "200 envelope", "404 envelope", "404 problem"],
        ["malformed JSON", "400 detail", "400 envelope", "400 problem"],
        ["body is XML", "415 detail", "415 envelope", "415 problem"],
        ["Accept: text/xml", "406 detail", "406 envelope", "406 problem"],
        ["wrong method", "405 detail", "405 envelope", "405 problem"],
        ["anonymous caller", "403 detail", "403 envelope", "403 problem"],
        ["throttled", "429 detail", "429 envelope", "429 problem"],
        ["a bug in the view", "500 HTML", "500 HTML", "500 HTML"],
        ["no such URL", "404 HTML", "404 HTML", "404 HTML"],
    ]


@claim("The same structure serves every endpoint")
def test_one_renderer_wraps_lists_details_and_creations(api):
    """One renderer wraps every response, and no view needs a line for it. A view that wraps by hand
    needs it in each method, and here the list was forgotten. `response.data` in a test stays bare
    with the renderer, because only the bytes are wrapped."""
    tea = {"name": "Tea", "slug": "tea"}
    jam = {"name": "Jam", "slug": "jam"}

    created = api.post("/12/renderer/categories/", tea)
    listed = api.get("/12/renderer/categories/")
    detail = api.get("/12/renderer/categories/tea/")
    created_by_hand = api.post("/12/by-hand/categories/", jam)
    listed_by_hand = api.get("/12/by-hand/categories/")
    detail_by_hand = api.get("/12/by-hand/categories/tea/")

    assert created.status_code == created_by_hand.status_code == 201
    assert created.json() == {"status": "success", "data": tea, "message": "Created"}
    assert listed.json() == {"status": "success", "data": [tea], "message": "OK"}
    assert detail.json() == {"status": "success", "data": tea, "message": "OK"}
    assert detail.data == tea
    assert created_by_hand.json() == {"status": "success", "data": jam, "message": "Created"}
    assert listed_by_hand.json() == [jam, tea]
    assert detail_by_hand.json() == {"status": "success", "data": tea, "message": "OK"}


@claim("A status in the body makes it easy for the frontend", verdict=Verdict.DEPENDS)
def test_an_error_that_says_200_looks_like_success_to_every_client(api):
    """It is true only if the HTTP status says the same. The two bodies are equal, but
    `response.ok`, proxies and monitors read the status line. For them the first request
    succeeded."""
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
    """It is true only if the HTTP status is right, because Django logs a response by its status. It
    logs a 400 as a warning. It does not log the same error in a 200."""
    api.post("/12/by-hand/categories/", {"slug": "tea"})
    api.post("/12/renderer/categories/", {"slug": "tea"})

    stage.table(["all that Django logged"], [[line] for line in caplog.messages])
    assert caplog.messages == ["Bad Request: /12/renderer/categories/"]


@trap("A cache keeps the error that says 200")
def test_a_cached_failure_outlives_its_cause(api, empty_cache):
    """`cache_page` stores a response with status 200 and no 404. Here the category exists after the
    first request. For 60 seconds, the view that answers 200 still says "Not Found"."""
    stored = api.get("/12/cached/by-hand/tea/")
    not_stored = api.get("/12/cached/renderer/tea/")
    factories.category.make(name="Tea", slug="tea")

    by_hand = api.get("/12/cached/by-hand/tea/")
    by_renderer = api.get("/12/cached/renderer/tea/")

    assert (stored.status_code, not_stored.status_code) == (200, 404)
    assert by_hand.json() == {"status": "error", "data": None, "message": "Not Found"}
    assert by_renderer.json() == {
        "status": "success",
        "data": {"name": "Tea", "slug": "tea"},
        "message": "OK",
    }
    assert stored["Cache-Control"] == by_renderer["Cache-Control"] == "max-age=60"


@trap("A handler that builds its own response loses Retry-After")
def test_only_the_response_of_drf_carries_the_headers(api):
    """DRF's `exception_handler` adds the headers of the exception to the response: Retry-After, and
    WWW-Authenticate of a 401. Call that handler, and then change `response.data`."""
    naive = api.get("/12/naive/categories/throttled/")
    rewritten = api.get("/12/problem/categories/throttled/")

    assert naive.status_code == rewritten.status_code == 429
    assert naive.json() == {
        "status": "error",
        "data": "Request was throttled. Expected available in 7 seconds.",
        "message": "Too Many Requests",
    }
    assert naive.headers.get("Retry-After") is None
    assert rewritten.headers.get("Retry-After") == "7"


@trap("A handler that builds its own response commits what it should roll back")
def test_only_the_response_of_drf_rolls_the_request_back(api, stage, monkeypatch):
    """With ATOMIC_REQUESTS, `atomic()` does not see an exception that a handler has handled. So
    DRF's handler calls `set_rollback()`. If your handler does not, the rows of a request that
    failed with 400 are committed."""
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)

    rewritten = api.post("/12/problem/categories/refused/")
    left_by_rewritten = Category.objects.count()
    naive = api.post("/12/naive/categories/refused/")
    left_by_naive = Category.objects.count()
    left = [*Category.objects.values_list("name", "slug")]

    rows = [
        ["rewrites DRF's response", rewritten.status_code, left_by_rewritten],
        ["builds its own", naive.status_code, left_by_naive],
    ]
    stage.table(["handler", "answer", "rows left"], rows)
    assert rows == [["rewrites DRF's response", 400, 0], ["builds its own", 400, 1]]
    assert left == [("Tea", "tea")]
    assert rewritten.json() == {
        "title": "Bad Request",
        "status": 400,
        "errors": [{"detail": "The shelf is full.", "code": "invalid", "pointer": "#"}],
    }


@trap("A handler that knows only APIException answers a missing object with HTML")
def test_http404_is_not_an_api_exception(api):
    """`get_object()` raises Django's Http404, which is not an APIException. Neither is Django's
    PermissionDenied. DRF's handler converts both. If your handler returns None for them, Django
    answers with its HTML page."""
    naive = api.get("/12/naive/categories/tea/")
    rewritten = api.get("/12/problem/categories/tea/")

    assert (naive.status_code, naive["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert (rewritten.status_code, rewritten["Content-Type"]) == (404, "application/problem+json")


@trap("A handler that catches everything hides the bugs")
def test_a_caught_bug_reaches_no_error_tracker(api, stage, caplog):
    """DRF calls the handler for a bug too. If the handler answers, Django logs no traceback and
    does not send `got_request_exception`, the signal for error trackers. So return None for a bug,
    and give Django a `handler500`."""
    api.raise_request_exception = False

    caught = api.get("/12/catch-all/categories/broken/")
    passed_on = api.get("/12/problem/categories/broken/")

    rows = [
        [handler, "yes" if response.exc_info else "no", "yes" if logged.exc_info else "no"]
        for handler, response, logged in zip(
            ["catches all", "returns None"], [caught, passed_on], caplog.records, strict=True
        )
    ]
    stage.table(["handler", "signal sent", "traceback logged"], rows)
    assert caught.status_code == passed_on.status_code == 500
    assert rows == [["catches all", "no", "no"], ["returns None", "yes", "yes"]]
    assert caught.json() == {"status": "error", "data": None, "message": "Internal Server Error"}


@trap("What Django answers itself stays HTML until the root urlconf names a handler")
def test_the_root_urlconf_answers_for_unknown_urls_and_bugs(offstage, stage, settings):
    """An unknown URL reaches no view, and for a bug DRF's handler returns None. So Django answers
    both, with HTML. Django reads `handler404` and `handler500` only from the root urlconf."""
    urls = ["/12/nowhere/", "/12/problem/categories/broken/"]

    before = [offstage.get(url) for url in urls]
    settings.ROOT_URLCONF = "demos.12_consistent_responses.site_urls"
    after = [offstage.get(url) for url in urls]

    rows = [[url, shape_of(b), shape_of(a)] for url, b, a in zip(urls, before, after, strict=True)]
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
    """A 204 ends after its headers and must have no body. The renderer that wraps everything still
    makes 55 bytes. The test client hides them, because it removes the body of a 204. Only
    Content-Length shows them."""
    factories.category.make(slug="tea")
    factories.category.make(slug="jam")

    wrapped = api.delete("/12/wrap-all/categories/tea/")
    empty = api.delete("/12/renderer/categories/jam/")

    lengths = [wrapped["Content-Length"], empty["Content-Length"]]
    stage.say(f"Content-Length: {lengths[0]} with the envelope, {lengths[1]} without.")
    assert wrapped.status_code == empty.status_code == 204
    assert lengths == ["55", "0"]


@trap("There is a standard for error bodies: problem details")
def test_problem_details_name_the_field_and_the_code(api, stage):
    """RFC 9457 defines `application/problem+json`: a title, the status, a detail, and members that
    you add. Here the member `errors` has the code of each error, which DRF's own JSON omits. People
    read the text, and programs read the code."""
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


@trap("The handler's content type is sent with the HTML of the browsable API")
def test_problem_details_need_a_json_renderer(api):
    """The handler sets `response.content_type`, and DRF sends it with the body of any renderer. So
    a browser gets an HTML page that claims to be problem JSON. Let these views render JSON
    only."""
    browser = {"accept": "text/html"}

    two_renderers = api.get("/12/two-renderers/tea/", headers=browser)
    to_a_program = api.get("/12/two-renderers/tea/")
    only_json = api.get("/12/problem/categories/tea/", headers=browser)

    assert two_renderers.status_code == to_a_program.status_code == 404
    assert two_renderers["Content-Type"] == "application/problem+json"
    assert two_renderers.content.split()[:2] == [b"<!DOCTYPE", b"html>"]
    assert to_a_program.json() == {
        "title": "Not Found",
        "status": 404,
        "detail": "No Category matches the given query.",
        "code": "not_found",
    }
    assert only_json.status_code == 406
    assert only_json.json() == {
        "title": "Not Acceptable",
        "status": 406,
        "detail": "Could not satisfy the request Accept header.",
        "code": "not_acceptable",
    }


@trap("A 404 tells the client the name of the model", since="DRF 3.15")
def test_the_text_of_a_404_comes_from_django(api):
    """Since DRF 3.15, the text of Http404 reaches the client, and `get_object_or_404()` writes the
    name of the model into it. `raise NotFound` sends only "Not found." """
    by_get_object = api.get("/12/renderer/categories/tea/")
    by_not_found = api.get("/12/renderer/categories/hidden/")

    assert by_get_object.status_code == by_not_found.status_code == 404
    assert by_get_object.json() == {
        "status": "error",
        "data": {"detail": "No Category matches the given query."},
        "message": "Not Found",
    }
    assert by_not_found.json() == {
        "status": "error",
        "data": {"detail": "Not found."},
        "message": "Not Found",
    }
