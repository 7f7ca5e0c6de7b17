import inspect

import pytest
from rest_framework.settings import DEFAULTS
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Tag

from . import views
from .urls import router

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def green():
    return factories.tag.make(name="green")


def media_type(response):
    return response.headers["Content-Type"].partition(";")[0]


@claim("DRF is a framework built over Django")
def test_a_view_of_drf_is_a_view_of_django(anonymous):
    """Each `APIView` is a Django `View`, in the same URLconf and behind the same middleware. Only
    the request is a new class. It is not an HttpRequest, but it holds one, and it asks that one for
    what it does not know: here `request.GET`."""
    plain = anonymous.get("/35/plain/?q=tea")
    drf = anonymous.get("/35/drf/?q=tea")

    assert plain.json() == {"a Django View": True, "an HttpRequest": True, "q": "tea"}
    assert drf.json() == {"a Django View": True, "an HttpRequest": False, "q": "tea"}


@claim("It is very easy to build a model-backed API")
def test_six_operations_need_no_handler(offstage, stage, green):
    """The viewset names the rows, the serializer and the field in the URL. It has no method of its
    own, and the router makes 2 routes with 6 operations of it. Easy is not safe: see claim 4."""
    methods = [name for name, one in vars(views.SignedInTags).items() if inspect.isfunction(one)]
    routes = [str(route.pattern) for route in router.urls if "signed-in" in str(route.pattern)]

    urls = ["/35/signed-in/tags/", "/35/signed-in/tags/green/"]
    rows = [
        [verb.upper(), *(getattr(offstage, verb)(url, {"name": name}).status_code for url in urls)]
        for verb, name in (
            ("get", ""),
            ("post", "black"),
            ("patch", "green"),
            ("put", "green"),
            ("delete", ""),
        )
    ]

    stage.say(f"Methods written for it: {len(methods)}. Routes: {len(routes)}.")
    stage.table(["", *urls], rows)
    assert (methods, len(routes)) == ([], 2)
    assert rows == [
        ["GET", 200, 200],
        ["POST", 201, 405],
        ["PATCH", 405, 200],
        ["PUT", 405, 200],
        ["DELETE", 405, 204],
    ]
    assert [tag.name for tag in Tag.objects.all()] == ["black"]


@claim("The endpoints return JSON", verdict=Verdict.DEPENDS)
def test_one_url_answers_in_the_format_that_accept_asks_for(stage, green):
    """It is true if the client asks for JSON, or for nothing in particular. A browser gets HTML
    from the same URL. DRF has no renderer for XML and CSV: 406 in Accept, and 404 in
    `?format=`."""
    url = "/35/defaults/tags/"
    requests = [
        ["no Accept", url, {}],
        ["*/*", url, {"accept": "*/*"}],
        ["application/json", url, {"accept": "application/json"}],
        ["a browser's", url, BROWSER],
        ["application/xml", url, {"accept": "application/xml"}],
        ["text/csv", url, {"accept": "text/csv"}],
        ["no Accept", f"{url}?format=xml", {}],
    ]

    answers = [APIClient().get(url, headers=headers) for _, url, headers in requests]

    rows = [
        [accept, url, answer.status_code, media_type(answer)]
        for (accept, url, _), answer in zip(requests, answers, strict=True)
    ]
    stage.table(["Accept", "GET", "status", "Content-Type"], rows)
    assert [row[2:] for row in rows] == [
        [200, "application/json"],
        [200, "application/json"],
        [200, "application/json"],
        [200, "text/html"],
        [406, "application/json"],
        [406, "application/json"],
        [404, "application/json"],
    ]
    assert answers[0].json() == [{"name": "green"}]


@claim("The APIs have authentication policies", verdict=Verdict.DEPENDS)
def test_on_the_defaults_an_anonymous_caller_deletes(anonymous, stage, green):
    """It is true only if you set one. DRF's default permission is AllowAny: an anonymous caller
    creates a tag, and deletes another. With IsAuthenticated both kinds of request get 403, and
    nothing changes."""
    stage.say("On DRF's own defaults:")
    created = anonymous.post("/35/defaults/tags/", {"name": "black"})
    deleted = anonymous.delete("/35/defaults/tags/green/")
    left = [tag.name for tag in Tag.objects.all()]
    stage.say("With IsAuthenticated, the default of this project:")
    not_created = anonymous.post("/35/signed-in/tags/", {"name": "white"})
    not_deleted = anonymous.delete("/35/signed-in/tags/black/")

    assert (created.status_code, deleted.status_code) == (201, 204)
    assert left == ["black"]
    assert (not_created.status_code, not_deleted.status_code) == (403, 403)
    assert [tag.name for tag in Tag.objects.all()] == ["black"]
    permissions = [f"rest_framework.permissions.{one.__name__}" for one in own("permission")]
    authentications = [
        f"rest_framework.authentication.{one.__name__}" for one in own("authentication")
    ]
    assert permissions == DEFAULTS["DEFAULT_PERMISSION_CLASSES"]
    assert authentications == DEFAULTS["DEFAULT_AUTHENTICATION_CLASSES"]


def own(kind):
    return getattr(views.DefaultTags, f"{kind}_classes")


@claim("The APIs are browsable", verdict=Verdict.DEPENDS)
def test_the_page_is_one_of_two_renderers(anonymous, stage, green):
    """It is true as long as `BrowsableAPIRenderer` is among the renderers, and that is the default.
    With JSON alone a browser gets JSON. So one URL has two bodies, and the header Vary says by what
    they differ: Accept. With one renderer, Accept is not in it."""
    rows = []
    for renderers, url in (("default", "/35/defaults/tags/"), ("JSON alone", "/35/json/tags/")):
        response = APIClient().get(url, headers=BROWSER)
        rows.append([renderers, media_type(response), response.headers["Vary"]])

    stage.table(["renderers", "a browser gets", "Vary"], rows)
    assert rows == [
        ["default", "text/html", "Accept, Cookie"],
        ["JSON alone", "application/json", "Cookie"],
    ]


@trap("A cache that knows only the URL sends HTML to a program")
def test_a_cache_must_look_at_vary(stage, empty_cache, green):
    """A browser comes first, and the cache keeps the page. Then a program asks for JSON, and the
    cache by URL sends it the page. Django's `cache_page` reads Vary and keeps a response for each
    Accept."""
    rows = []
    for key in ("by-url", "by-vary"):
        url = f"/35/cached/{key}/"
        answers = [APIClient().get(url, headers=BROWSER), APIClient().get(url)]
        Tag.objects.all().delete()
        again = APIClient().get(url)
        green.save(force_insert=True)
        assert [one.status_code for one in (*answers, again)] == [200, 200, 200]
        assert again.content == answers[1].content
        rows.append([url, *map(media_type, answers)])

    stage.table(["GET", "the browser", "then the program"], rows)
    assert rows == [
        ["/35/cached/by-url/", "text/html", "text/html"],
        ["/35/cached/by-vary/", "text/html", "application/json"],
    ]
    assert answers[1].headers["Cache-Control"] == "max-age=60"


@trap("A DRF view checks no CSRF token until a session signs the caller in")
def test_the_csrf_check_moves_into_session_authentication(stage, ann):
    """`as_view()` exempts each DRF view from Django's CSRF middleware. `SessionAuthentication`
    checks the token itself, for callers whom the session has signed in. An anonymous POST needs no
    token, as no cookie of a victim is used."""
    rows = []
    for caller, signed_in, token in (
        ("anonymous, no token", False, None),
        ("Ann's session, no token", True, None),
        ("Ann's session and a token", True, "a" * 32),
    ):
        client = APIClient(enforce_csrf_checks=True)
        if signed_in:
            client.force_login(ann.user)
        if token:
            client.cookies["csrftoken"] = token
            client.defaults["HTTP_X_CSRFTOKEN"] = token
        urls = ["/35/plain/", "/35/drf/"]
        rows.append([caller, *(client.post(url).status_code for url in urls)])

    stage.table(["POST by", "Django's View", "APIView"], rows)
    assert rows == [
        ["anonymous, no token", 403, 200],
        ["Ann's session, no token", 403, 403],
        ["Ann's session and a token", 200, 200],
    ]


@trap("Broken JSON is a 400 only if the view reads the body")
def test_request_data_is_parsed_when_it_is_read(offstage, stage):
    """DRF parses the body when the view first reads `request.data`. A view that never does answers
    200 to broken JSON, and to XML, which no parser reads."""
    bodies = [
        ['{"name": "green"}', "application/json"],
        ['{"name": ', "application/json"],
        ["<name>green</name>", "application/xml"],
    ]
    rows = []
    for body, content_type in bodies:
        urls = ["/35/bodies/read/", "/35/bodies/unread/"]
        answers = [offstage.post(url, body, content_type=content_type) for url in urls]
        rows.append([body, *(answer.status_code for answer in answers)])
    read, unread = (offstage.post(url, {}).json() for url in urls)

    stage.table(["POST", "reads request.data", "does not"], rows)
    assert [row[1:] for row in rows] == [[200, 200], [400, 200], [415, 200]]
    assert (read, unread) == ({"received": "dict"}, {"received": "I did not look"})


@trap("A handler that returns a dict is a 500")
def test_a_handler_returns_a_response(api):
    """DRF makes JSON of the data in a `Response`. It does not make a `Response` of a dict: it
    raises AssertionError, and the client gets 500."""
    api.raise_request_exception = False

    response = api.get("/35/answers/response/")
    a_dict = api.get("/35/answers/dict/")

    assert response.json() == {"name": "green"}
    assert a_dict.status_code == 500
    assert isinstance(a_dict.exc_info[1], AssertionError)
    assert str(a_dict.exc_info[1]).endswith("received a `<class 'dict'>`")
