import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.test import override_settings

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Category, Product

from .urls import router

pytestmark = pytest.mark.django_db

TEA = {"name": "Tea", "slug": "tea"}
JAM = {"name": "Jam", "slug": "jam"}


@pytest.fixture
def offstage(offstage):
    offstage.raise_request_exception = False
    return offstage


def rows_of_categories():
    return [*Category.objects.values_list("slug", "name")]


@claim("An endpoint is a URL with a list of HTTP verbs", verdict=Verdict.DEPENDS)
def test_the_router_makes_operations_of_routes_and_verbs(offstage, stage):
    """Each pair of a route and a verb is an operation of its own. One route stands for the URLs of
    all categories. This viewset has 3 routes and 6 operations. DRF answers HEAD and OPTIONS as
    well."""
    factories.category.make(**TEA)
    verbs = ["get", "post", "put", "patch", "delete"]
    routes = router.urls[:3]
    urls = ["/26/categories/", "/26/categories/tea/", "/26/categories/tea/clear/"]

    from_router = [[route.callback.actions.get(verb, "405") for route in routes] for verb in verbs]
    answers = [
        [getattr(offstage, verb)(url, TEA | {"name": "Green tea"}).status_code for url in urls]
        for verb in verbs
    ]

    rows = [[verb.upper(), *row] for verb, row in zip(verbs, from_router, strict=True)]
    stage.table(["", *(str(route.pattern) for route in routes)], rows)
    assert [str(route.pattern) for route in routes] == [
        "categories/",
        "categories/<str:slug>/",
        "categories/<str:slug>/clear/",
    ]
    assert rows == [
        ["GET", "list", "retrieve", "405"],
        ["POST", "create", "405", "clear"],
        ["PUT", "405", "update", "405"],
        ["PATCH", "405", "partial_update", "405"],
        ["DELETE", "405", "405", "405"],
    ]
    assert answers == [
        [200, 200, 405],
        [400, 405, 204],
        [405, 200, 405],
        [405, 200, 405],
        [405, 405, 405],
    ]


@claim("The list says what you can do there", verdict=Verdict.DEPENDS)
def test_405_names_the_verbs_of_the_route_and_404_has_none(api, anonymous):
    """It says what the route can do, and not what you may do. A verb that is not in the list gets
    405, with the list in Allow. A URL without a route gets 404. DRF checks permissions before the
    verb: an anonymous caller gets 403, for a verb in the list and for any other."""
    collection = api.delete("/26/members/")
    member = api.post("/26/members/tea/", TEA)
    nowhere = api.delete("/26/nowhere/")
    listed = anonymous.get("/26/members/")
    not_listed = anonymous.delete("/26/members/")

    assert collection.status_code == member.status_code == 405
    assert collection.headers["Allow"] == "GET, POST, HEAD, OPTIONS"
    assert member.headers["Allow"] == "GET, PUT, PATCH, HEAD, OPTIONS"
    assert collection.json() == {"detail": 'Method "DELETE" not allowed.'}
    assert nowhere.status_code == 404
    assert "Allow" not in nowhere.headers
    assert listed.status_code == not_listed.status_code == 403
    assert listed.headers["Allow"] == not_listed.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


@claim("An endpoint exposes data", verdict=Verdict.DEPENDS)
def test_an_action_has_no_data(api, ann):
    """Most do. An action changes something, and has nothing to send: 204 and 0 bytes. Its URL is no
    resource that you can read, so GET gets 405."""
    tea = factories.category.make(**TEA)
    factories.product.make(category=tea, stock=100)

    cleared = api.post("/26/categories/tea/clear/")
    read = api.get("/26/categories/tea/clear/")

    assert cleared.status_code == 204
    assert cleared.content == b""
    assert [product.stock for product in Product.objects.all()] == [0]
    assert read.status_code == 405
    assert read.headers["Allow"] == "POST, OPTIONS"


CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@claim("Data is typically in JSON, the default of DRF", verdict=Verdict.DEPENDS)
def test_the_accept_header_chooses_the_format(offstage, stage):
    """It is true if the client has no wish. JSON is the first of DRF's default renderers, and HTML
    is the second. A browser asks for HTML and gets it from the same URL. DRF has no XML renderer,
    so a client that accepts only XML gets 406."""
    accepts = {
        "nothing": {},
        "*/*": {"accept": "*/*"},
        "application/json": {"accept": "application/json"},
        "a browser's list": {"accept": CHROME},
        "application/xml": {"accept": "application/xml"},
    }

    answers = [offstage.get("/26/categories/", headers=headers) for headers in accepts.values()]

    rows = [
        [name, answer.status_code, answer.headers["Content-Type"].partition(";")[0]]
        for name, answer in zip(accepts, answers, strict=True)
    ]
    stage.table(["Accept", "status", "Content-Type"], rows)
    assert rows == [
        ["nothing", 200, "application/json"],
        ["*/*", 200, "application/json"],
        ["application/json", 200, "application/json"],
        ["a browser's list", 200, "text/html"],
        ["application/xml", 406, "application/json"],
    ]


@claim("An endpoint that returns several resources is a collection")
@pytest.mark.not_about_sql
def test_an_empty_collection_is_there_and_a_missing_member_is_not(api):
    """The collection has a list, and it creates its members by POST. Each member has a URL of its
    own. A collection without members is 200 and an empty list. A member that does not exist is
    404."""
    empty = api.get("/26/categories/")
    missing = api.get("/26/categories/tea/")
    created = [api.post("/26/categories/", category) for category in (TEA, JAM)]
    collection = api.get("/26/categories/")
    member = api.get("/26/categories/tea/")

    assert (empty.status_code, empty.json()) == (200, [])
    assert missing.status_code == 404
    assert missing.json() == {"detail": "No Category matches the given query."}
    assert [answer.status_code for answer in created] == [201, 201]
    assert collection.json() == [JAM, TEA]
    assert member.json() == TEA


def sent(method, url, body):
    """What urllib makes of a request: the status and the body, or the error that it raises."""
    request = Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method
    )
    try:
        with urlopen(request) as answer:
            return f"{answer.status} {answer.read().decode()}"
    except HTTPError as error:
        with error:
            return f"HTTPError {error.code}"


@trap("A POST without its slash arrives as a GET, and nothing is saved")
@pytest.mark.database("sqlite")  # a file, which the server can see
@pytest.mark.django_db(transaction=True)
def test_a_redirected_post_says_200_and_saves_nothing(servers, reach, stage):
    """The server is real, and the client is Python's urllib. Django answers the missing slash with
    301. urllib follows it with a GET and without the body, so the caller reads 200 and a list. It
    follows no redirect of a PUT, and raises HTTPError."""
    factories.category.make(**JAM)
    [shop] = servers(1)
    reach({"http://shop.test": shop})

    post = sent("POST", "http://shop.test/26/categories", TEA)
    left_by_post = rows_of_categories()
    put = sent("PUT", "http://shop.test/26/categories/jam", JAM | {"name": "Plum jam"})
    left_by_put = rows_of_categories()
    with_slash = sent("POST", "http://shop.test/26/categories/", TEA)
    arrived = [(seen.method, seen.path, seen.status) for seen in servers.received()]

    rows = [
        ["POST /26/categories", post.partition(" ")[0], len(left_by_post)],
        ["PUT /26/categories/jam", put, len(left_by_put)],
        ["POST /26/categories/", with_slash.partition(" ")[0], len(rows_of_categories())],
    ]
    stage.table(["sent by urllib", "the caller sees", "rows (1 before)"], rows)
    assert post == '200 [{"name":"Jam","slug":"jam"}]'
    assert put == "HTTPError 301"
    assert with_slash == '201 {"name":"Tea","slug":"tea"}'
    assert left_by_post == left_by_put == [("jam", "Jam")]
    assert rows_of_categories() == [("jam", "Jam"), ("tea", "Tea")]
    assert arrived == [
        ("POST", "/26/categories", 301),
        ("GET", "/26/categories/", 200),
        ("PUT", "/26/categories/jam", 301),
        ("POST", "/26/categories/", 201),
    ]


@trap("With DEBUG=True a missing slash is an error, and in production it is a redirect")
def test_the_error_about_the_slash_is_only_for_debug(offstage, stage):
    """With DEBUG=True, Django raises RuntimeError for a POST, PUT, PATCH or DELETE without its
    slash. With DEBUG=False each verb gets the same 301. So the mistake is loud for the
    developer, and silent for the client in production."""
    verbs = ["get", "head", "options", "post", "put", "patch", "delete"]

    rows = []
    for verb in verbs:
        production = getattr(offstage, verb)("/26/categories")
        with override_settings(DEBUG=True):
            development = getattr(offstage, verb)("/26/categories")
        raised = development.exc_info and development.exc_info[0].__name__
        rows.append([verb.upper(), production.status_code, raised or development.status_code])

    stage.table(["/26/categories", "DEBUG=False", "DEBUG=True"], rows)
    assert rows == [
        ["GET", 301, 301],
        ["HEAD", 301, 301],
        ["OPTIONS", 301, 301],
        ["POST", 301, "RuntimeError"],
        ["PUT", 301, "RuntimeError"],
        ["PATCH", 301, "RuntimeError"],
        ["DELETE", 301, "RuntimeError"],
    ]


@trap("Turning the redirect off makes the mistake visible, and only a route can accept both")
def test_four_ways_to_treat_the_slash(offstage, stage):
    """`APPEND_SLASH = False` makes the missing slash a 404. A router with `trailing_slash=False`
    moves the problem: now the slash is the mistake. A router whose slash is optional accepts
    both."""

    def posted(url):
        answer = offstage.post(url, TEA)
        Category.objects.all().delete()
        return answer.status_code

    rows = [["Django's default", posted("/26/categories"), posted("/26/categories/")]]
    with override_settings(APPEND_SLASH=False):
        rows.append(["APPEND_SLASH = False", posted("/26/categories"), posted("/26/categories/")])
    rows += [
        [name, posted(f"/26/{router}/categories"), posted(f"/26/{router}/categories/")]
        for name, router in (
            ("trailing_slash=False", "without"),
            ('trailing_slash = "/?"', "either"),
        )
    ]

    stage.table(["", "POST without slash", "POST with slash"], rows)
    assert rows == [
        ["Django's default", 301, 201],
        ["APPEND_SLASH = False", 404, 201],
        ["trailing_slash=False", 201, 404],
        ['trailing_slash = "/?"', 201, 201],
    ]


@trap("One resource has several URLs, and its links copy the one that you used")
@pytest.mark.not_about_sql
def test_the_format_of_the_request_is_copied_into_the_links(api):
    """A DefaultRouter adds a URL with a suffix for the format, and DRF reads `?format=` too. The
    same list comes from three URLs. Each writes its own form into the links, so a client that
    stores a link stores the format."""
    factories.category.make(**TEA)

    plain = api.get("/26/linked/categories/")
    suffix = api.get("/26/linked/categories.json")
    query = api.get("/26/linked/categories/?format=json")

    assert [answer.status_code for answer in (plain, suffix, query)] == [200, 200, 200]
    assert plain.json() == [{"url": "http://testserver/26/linked/categories/tea/", "name": "Tea"}]
    assert suffix.json() == [
        {"url": "http://testserver/26/linked/categories/tea.json", "name": "Tea"}
    ]
    assert query.json() == [
        {"url": "http://testserver/26/linked/categories/tea/?format=json", "name": "Tea"}
    ]


@trap("The first route that fits answers, so one endpoint can hide another")
@pytest.mark.not_about_sql
def test_the_order_of_the_routes_decides(api):
    """Both URLs end in "first". Django takes the first route that matches. If the route with a slug
    comes first, the word is a slug. If the fixed word comes first, the category with that slug
    cannot be read, and the others can."""
    factories.category.make(name="Ale", slug="ale")
    factories.category.make(name="First aid", slug="first")

    slug_first = api.get("/26/slug-first/first/")
    name_first = api.get("/26/name-first/first/")
    other_slug = api.get("/26/name-first/ale/")

    assert slug_first.json() == {"name": "First aid", "slug": "first"}
    assert name_first.json() == other_slug.json() == {"name": "Ale", "slug": "ale"}
