import pytest
from django.contrib.auth.models import User
from rest_framework.generics import GenericAPIView
from rest_framework.test import APIClient
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet, ViewSetMixin

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Category, Product

from . import views

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

TEA = {"slug": "tea", "name": "Tea"}
JAM = {"slug": "jam", "name": "Jam"}
JSON, XML = "application/json", "application/xml"


@pytest.fixture
def tea():
    return factories.category.make(**TEA)


@pytest.fixture
def jam():
    return factories.category.make(**JAM)


@claim("DRF has two main systems for handling views", verdict=Verdict.DEPENDS)
def test_one_endpoint_four_ways_and_who_checks_what(offstage, stage, tea, jam):
    """All of them are APIViews, even the function. So what APIView does is the same for all:
    permission, formats, verbs. What differs is the generic layer, and it is in some views and in
    some viewsets. Search and the fields in OPTIONS come from there, and everywhere else you write
    them."""
    urls = [f"/63/{way}/" for way in ("function", "apiview", "generic", "viewset", "model-viewset")]

    def statuses(send):
        return [send(url).status_code for url in urls]

    post = offstage.post
    rows = [
        ["anonymous", *statuses(APIClient().get)],
        [
            "Accept: XML",
            *statuses(lambda url: offstage.get(url, headers={"Accept": XML})),
        ],
        ["body text/plain", *statuses(lambda url: post(url, "x", content_type="text/plain"))],
        ["broken JSON", *statuses(lambda url: post(url, "{", content_type=JSON))],
        ["DELETE", *statuses(offstage.delete)],
        ["HEAD", *statuses(offstage.head)],
        ["POST {}", *statuses(lambda url: post(url, {}))],
        ["?search=tea, rows", *(len(offstage.get(f"{url}?search=tea").json()) for url in urls)],
        ["fields in OPTIONS", *(len(fields_in(offstage.options(url))) for url in urls)],
    ]

    stage.table(["", "function", "APIView", "generic", "ViewSet", "ModelViewSet"], rows)
    assert rows == [
        ["anonymous", 403, 403, 403, 403, 403],
        ["Accept: XML", 406, 406, 406, 406, 406],
        ["body text/plain", 415, 415, 415, 415, 415],
        ["broken JSON", 400, 400, 400, 400, 400],
        ["DELETE", 405, 405, 405, 405, 405],
        ["HEAD", 405, 200, 200, 200, 200],
        ["POST {}", 400, 400, 400, 400, 400],
        ["?search=tea, rows", 2, 2, 1, 2, 1],
        ["fields in OPTIONS", 0, 0, 2, 0, 2],
    ]
    created = [post(url, {"slug": f"new-{n}", "name": f"New {n}"}) for n, url in enumerate(urls)]
    assert [answer.status_code for answer in created] == [201] * 5
    assert Category.objects.filter(slug__startswith="new-").count() == 5


def fields_in(options):
    return options.json().get("actions", {}).get("POST", {})


@claim("An APIView provides handlers for get, post, put, patch and delete", verdict=Verdict.WRONG)
def test_a_bare_apiview_answers_options_and_nothing_else(api):
    """It calls the methods that you write, and it provides none but `options()`. An APIView without
    methods answers the five verbs with 405."""
    verbs = [api.get, api.post, api.put, api.patch, api.delete]

    refused = [send("/63/bare/") for send in verbs]
    options = api.options("/63/bare/")

    assert [answer.status_code for answer in refused] == [405] * 5
    assert {answer.headers["Allow"] for answer in refused} == {"OPTIONS"}
    assert options.status_code == 200
    assert [verb for verb in APIView.http_method_names if hasattr(APIView, verb)] == ["options"]


@claim("A ViewSet is an abstraction over APIView")
def test_every_viewset_is_an_apiview(stage):
    """Each viewset is an APIView with the ViewSetMixin, which binds actions to verbs. A
    ModelViewSet is not a subclass of ViewSet: it is built on GenericAPIView. The class of a
    function is an APIView as well."""
    ways = {
        "function": views.categories.cls,
        "APIView": views.CategoriesByHand,
        "generic": views.GenericCategories,
        "ViewSet": views.CategoryViewSet,
        "ModelViewSet": views.CategoryModelViewSet,
    }
    bases = [APIView, GenericAPIView, ViewSetMixin, ViewSet]

    rows = [
        [way, *("yes" if issubclass(view, base) else "no" for base in bases)]
        for way, view in ways.items()
    ]

    stage.table(["is a subclass of …", *(base.__name__ for base in bases)], rows)
    assert rows == [
        ["function", "yes", "no", "no", "no"],
        ["APIView", "yes", "no", "no", "no"],
        ["generic", "yes", "yes", "no", "no"],
        ["ViewSet", "yes", "no", "yes", "yes"],
        ["ModelViewSet", "yes", "yes", "yes", "no"],
    ]


@claim("list returns a list of dicts", verdict=Verdict.DEPENDS)
def test_a_paged_list_is_a_dict(api, tea, jam):
    """It is true without pagination. With PageNumberPagination the same action returns a dict, and
    the rows are in its "results". A client that loops over the body then loops over four
    keys."""
    factories.category.make(slug="yuzu", name="Yuzu")

    plain = api.get("/63/model-viewset/")
    paged = api.get("/63/paged/")

    assert plain.json() == [JAM, TEA, {"slug": "yuzu", "name": "Yuzu"}]
    assert paged.json() == {
        "count": 3,
        "next": "http://testserver/63/paged/?page=2",
        "previous": None,
        "results": [JAM, TEA],
    }


@claim("retrieve is a GET with an id in the URL, list is a GET", verdict=Verdict.DEPENDS)
def test_the_table_of_as_view_is_free(api, buyer, bob, tea):
    """That is the table of the router. You can write another one. `{"post": "list"}` makes a search
    by POST, and GET is then a 405. `retrieve` needs no id if your `get_object()` finds the object
    by the user."""
    searched = api.post("/63/search/?search=tea")
    by_get = api.get("/63/search/")
    me = api.get("/63/me/")

    assert (searched.status_code, searched.json()) == (200, [TEA])
    assert by_get.status_code == 405
    assert by_get.headers["Allow"] == "POST, OPTIONS"
    assert me.json() == {"name": "Ann", "points": 100}


@trap('http_method_names = ["get"] closes HEAD and OPTIONS, too')
def test_the_names_of_the_verbs_are_a_list_of_what_is_open(offstage, stage):
    """An APIView and a viewset answer HEAD and OPTIONS, although you did not write them. A list of
    verbs closes both if it does not name them. It also closes what is bound: here POST is bound to
    `create`, and gets 405."""
    urls = [
        "/63/viewset/",
        "/63/get-only/apiview/",
        "/63/get-only/viewset/",
        "/63/get-head-options/viewset/",
    ]

    rows = [
        [verb, *(offstage.generic(verb, url).status_code for url in urls)]
        for verb in ("GET", "HEAD", "OPTIONS", "POST")
    ]

    stage.table(["", "no list", '["get"], APIView', '["get"], ViewSet', "and head, options"], rows)
    assert rows == [
        ["GET", 200, 200, 200, 200],
        ["HEAD", 200, 405, 405, 200],
        ["OPTIONS", 200, 405, 405, 200],
        ["POST", 400, 405, 405, 405],
    ]


@trap("A permission that asks for a ViewSet misses a ModelViewSet")
def test_isinstance_viewset_lets_a_delete_through(anonymous, tea):
    """The permission allows anonymous callers only `list`, if the view is a ViewSet. A ModelViewSet
    is not a subclass of ViewSet, so the permission lets the DELETE through. All viewsets have
    ViewSetMixin, so ask for that one."""
    viewset = [
        anonymous.get("/63/only-list/viewset/"),
        anonymous.post("/63/only-list/viewset/", JAM),
    ]
    seen = [
        anonymous.get("/63/only-list/seen/"),
        anonymous.delete("/63/only-list/seen/tea/"),
    ]
    missed = anonymous.delete("/63/only-list/missed/tea/")
    apiview = anonymous.get("/63/only-list/apiview/")

    assert [answer.status_code for answer in viewset] == [200, 403]
    assert [answer.status_code for answer in seen] == [200, 403]
    assert missed.status_code == 204
    assert viewset[0].json() == seen[0].json() == [TEA]
    assert (apiview.status_code, apiview.json()) == (200, [])


@trap("A helper called delete() answers DELETE")
@pytest.mark.parametrize(
    ("name", "status", "stock"), [("helper", 204, 0), ("private-helper", 405, 100)]
)
def test_a_method_with_the_name_of_a_verb_is_an_endpoint(api, stage, tea, name, status, stock):
    """The table binds only POST, and its action checks for an admin. But DRF calls any method with
    the name of the verb, in a viewset as in an APIView. So Ann's DELETE calls the helper, and
    nothing checks who she is. Name a helper `_empty()`, not `delete()`."""
    factories.product.make(category=tea, stock=100)
    elsewhere = factories.product.make(stock=100)

    posted = api.post(f"/63/{name}/tea/")
    deleted = api.delete(f"/63/{name}/tea/")
    left = tea.products.get().stock
    stage.say(f"Products left on the shelf: {left}")
    api.force_authenticate(User(username="admin", is_staff=True))
    by_admin = api.post(f"/63/{name}/tea/")

    assert (posted.status_code, deleted.status_code) == (403, status)
    assert left == stock
    assert by_admin.status_code == 204
    assert tea.products.get().stock == 0
    assert Product.objects.get(pk=elsewhere.pk).stock == 100
