import inspect

import pytest
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ViewSet

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Category, Order

from . import urls, views

pytestmark = pytest.mark.django_db

TEA = {"slug": "tea", "name": "Tea"}
COFFEE = {"slug": "coffee", "name": "Coffee"}
PAGE_OF_TEA = {"count": 1, "next": None, "previous": None, "results": [TEA]}


def stock_coffee():
    factories.category.make(slug="coffee", name="Coffee")


def stock_tea():
    factories.category.make(slug="tea", name="Tea")


@claim("An APIView gives full control over the HTTP methods")
def test_a_method_that_nobody_wrote_is_refused(api):
    """What you write as `get` or `post` answers, all else is a 405 that lists in `Allow` what is
    there. A ViewSet takes none of this away: it is an APIView, and its methods are bound from a
    table, such as `{"get": "list", "post": "create"}`."""
    by_hand = api.delete("/08/by-hand/categories/")
    viewset = api.delete("/08/categories/")

    assert by_hand.status_code == viewset.status_code == 405
    assert by_hand.headers["Allow"] == viewset.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


@claim("A ViewSet comes with the CRUD operations", verdict=Verdict.DEPENDS)
def test_only_the_model_viewset_has_all_six(api, stage):
    """Only a `ModelViewSet` does. `ReadOnlyModelViewSet` brings two of the six, `ViewSet` and
    `GenericViewSet` bring none: the router, told of one, makes no URL."""
    plain = actions_routed(ViewSet)
    generic = actions_routed(views.BareCategoryViewSet)
    read_only = actions_routed(views.ReadOnlyCategoryViewSet)
    full = actions_routed(views.CategoryViewSet)
    stage.table(
        ["base class", "actions"],
        [
            ["ViewSet", ", ".join(plain) or "none"],
            ["GenericViewSet", ", ".join(generic) or "none"],
            ["ReadOnlyModelViewSet", ", ".join(read_only)],
            ["ModelViewSet", ", ".join(full)],
        ],
    )

    refused = api.post("/08/read-only/categories/", TEA)
    created = api.post("/08/categories/", TEA)

    assert plain == generic == []
    assert read_only == ["list", "retrieve"]
    assert full == ["list", "create", "retrieve", "update", "partial_update", "destroy"]
    assert refused.status_code == 405
    assert created.status_code == 201


@claim("A ViewSet with a router saves code")
@pytest.mark.not_about_sql
@pytest.mark.parametrize(
    ("url", "classes", "lines"),
    [
        ("/08/by-hand/categories/", [views.CategoryListByHand, views.CategoryByHand], 23),
        ("/08/categories/", [views.CategoryViewSet], 4),
    ],
)
def test_four_lines_answer_as_twenty_three_do(api, stage, url, classes, lines):
    """The same requests, the same answers. And what you write by hand you can also forget, which
    is what the traps below are about."""
    created = api.post(url, TEA)
    listed = api.get(url)
    retrieved = api.get(f"{url}tea/")
    updated = api.put(f"{url}tea/", COFFEE)
    partly_updated = api.patch(f"{url}coffee/", {"name": "Tea"})
    destroyed = api.delete(f"{url}coffee/")

    assert (created.status_code, created.json()) == (201, TEA)
    assert (listed.status_code, listed.json()) == (200, [TEA])
    assert (retrieved.status_code, retrieved.json()) == (200, TEA)
    assert (updated.status_code, updated.json()) == (200, COFFEE)
    assert partly_updated.status_code == 200
    assert partly_updated.json() == {"slug": "coffee", "name": "Tea"}
    assert (destroyed.status_code, destroyed.content) == (204, b"")
    written = sum(map(lines_of, classes))
    assert written == lines
    stage.say(f"Lines of view code behind these URLs: {written}")
    stage.bar(url, written, "lines of view code")


@claim("The router provides the standard endpoints")
def test_the_router_maps_methods_to_the_actions_that_exist(api, stage):
    """It asks the ViewSet which of the six actions it has, adds its `@action` methods, and names
    every URL for `reverse()`. Orders have no list and no delete, so no route leads there."""
    routes = routes_of(urls.router)
    stage.table(["method", "route", "action", "name"], routes)

    not_mapped = api.delete("/08/orders/A-0001/")

    assert routes == [
        ["GET", "categories/", "list", "category-list"],
        ["POST", "categories/", "create", "category-list"],
        ["GET", "categories/<str:slug>/", "retrieve", "category-detail"],
        ["PUT", "categories/<str:slug>/", "update", "category-detail"],
        ["PATCH", "categories/<str:slug>/", "partial_update", "category-detail"],
        ["DELETE", "categories/<str:slug>/", "destroy", "category-detail"],
        ["GET", "orders/<str:reference>/", "retrieve", "order-detail"],
        ["POST", "orders/<str:reference>/pay/", "pay", "order-pay"],
    ]
    assert not_mapped.status_code == 405
    assert not_mapped.headers["Allow"] == "GET, HEAD, OPTIONS"


@claim("APIView is for custom logic, such as a payment", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize("url", ["/08/pay/A-0001/", "/08/orders/A-0001/pay/"])
def test_an_action_of_a_viewset_takes_the_payment_too(api, url):
    """On taste: an `@action` of a ViewSet gives the same answer, at a URL below its object. An
    APIView is the plainer place for logic that belongs to no resource."""
    order = factories.order.make(reference="A-0001")
    api.force_authenticate(order.customer.user)

    paid = api.post(url)
    refused = api.get(url)

    assert paid.status_code == 200
    assert paid.json() == {"reference": "A-0001", "status": "PAID"}
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "POST, OPTIONS"


@trap("An APIView does not check object permissions by itself")
@pytest.mark.parametrize(
    ("url", "status", "stored"),
    [
        ("/08/pay/forgetful/A-0001/", 200, "PAID"),
        ("/08/pay/A-0001/", 403, "PENDING"),
        ("/08/orders/A-0001/pay/", 403, "PENDING"),
    ],
)
def test_a_stranger_pays_where_nobody_asks(api, url, status, stored):
    """All three have `permission_classes = [IsOwner]`, and ann did not order. But somebody must
    call `check_object_permissions`. The `get_object()` of generic views and ViewSets does; an
    APIView has none."""
    factories.order.make(reference="A-0001")

    response = api.post(url)

    assert response.status_code == status
    assert Order.objects.get().status == stored


@trap("An APIView ignores filter_backends and pagination_class")
@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("/08/search/apiview/?search=tea", [COFFEE, TEA]),
        ("/08/search/viewset/?search=tea", [COFFEE, TEA]),
        ("/08/search/list-api-view/?search=tea", PAGE_OF_TEA),
        ("/08/search/generic-viewset/?search=tea", PAGE_OF_TEA),
    ],
)
def test_search_and_pages_need_a_generic_view(api, url, body):
    """All four classes set both, but only what inherits from GenericAPIView reads them. A bare
    APIView does not, nor does a bare ViewSet, and neither says a word."""
    stock_coffee()
    stock_tea()

    response = api.get(url)

    assert response.status_code == 200
    assert response.json() == body


@trap("A malformed id is a 500 in an APIView, a 404 in a ViewSet")
def test_the_shortcut_of_django_lets_a_malformed_id_through(api):
    """Django's `get_object_or_404` turns only a missing row into a 404. Its namesake in
    `rest_framework.generics`, which `get_object()` uses, does so for a malformed id as well."""
    api.raise_request_exception = False

    by_hand = api.get("/08/by-hand/categories/by-id/tea/")
    viewset = api.get("/08/read-only/categories/tea/")

    assert by_hand.status_code == 500
    assert isinstance(by_hand.exc_info[1], ValueError)
    assert viewset.status_code == 404


@trap("A ViewSet that reads self.queryset answers with old rows")
@pytest.mark.parametrize(
    ("url", "viewset"),
    [
        ("/08/stale/list/", views.StaleListViewSet),
        ("/08/stale/get-queryset/", views.StaleGetQuerysetViewSet),
    ],
)
def test_the_second_request_does_not_ask_the_database(
    api, stage, monkeypatch, django_assert_num_queries, url, viewset
):
    """The queryset on the class is one object for the life of the process, and keeps the rows it
    has read once. The `get_queryset()` that you inherit returns `self.queryset.all()`, a new one
    for every request."""
    as_a_process_starts = Category.objects.all()
    monkeypatch.setattr(viewset, "queryset", as_a_process_starts)
    stock_coffee()

    with django_assert_num_queries(1):
        first = api.get(url)
    stock_tea()
    stage.say("Tea is added.")
    with django_assert_num_queries(0):
        second = api.get(url)
    fresh = api.get("/08/read-only/categories/")

    assert first.json() == second.json() == [COFFEE]
    assert fresh.json() == [COFFEE, TEA]


@trap("An APIView refuses to read self.queryset, a ViewSet does not")
def test_an_apiview_refuses_to_read_the_queryset_on_its_class(api, monkeypatch):
    """`APIView.as_view` makes the queryset on the class refuse to be read. ViewSets have an
    `as_view` of their own without that guard: the same mistake is loud here and silent there."""
    monkeypatch.setattr(views.StaleListViewSet, "queryset", Category.objects.all())
    api.raise_request_exception = False

    apiview = api.get("/08/stale/guarded-apiview/")
    viewset = api.get("/08/stale/list/")

    assert apiview.status_code == 500
    assert isinstance(apiview.exc_info[1], RuntimeError)
    assert viewset.status_code == 200


@trap("self.action is not always an action")
@pytest.mark.parametrize(
    ("url", "statuses"),
    [("/08/by-action/key-error/", [200, 500, 500]), ("/08/by-action/fallback/", [200, 405, 200])],
)
def test_permissions_by_action_meet_none_and_metadata(api, url, statuses):
    """Permissions are asked for before the 405 is raised: `self.action` is None for a method
    without an action, and "metadata" for OPTIONS. So look it up with a default."""
    api.raise_request_exception = False

    responses = [api.get(url), api.put(url, TEA), api.options(url)]

    assert [response.status_code for response in responses] == statuses


def lines_of(view):
    return sum(bool(line.strip()) for line in inspect.getsource(view).splitlines())


def routes_of(router):
    return [
        [method.upper(), str(route.pattern), action, route.name]
        for route in router.urls
        for method, action in route.callback.actions.items()
        if method != "head"  # the first GET adds it to the table
    ]


def actions_routed(viewset):
    router = SimpleRouter()
    router.register("categories", viewset, "category")
    return [action for _, _, action, _ in routes_of(router)]
