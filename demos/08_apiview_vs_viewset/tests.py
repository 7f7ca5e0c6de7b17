import inspect

import pytest
from django.core.exceptions import ImproperlyConfigured
from rest_framework.routers import DefaultRouter, SimpleRouter
from rest_framework.viewsets import ViewSet

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Category, Order

from . import urls, views

pytestmark = pytest.mark.django_db

TEA = {"slug": "tea", "name": "Tea"}
COFFEE = {"slug": "coffee", "name": "Coffee"}
GREEN_TEA = {"slug": "green-tea", "name": "Green tea"}


def stock_coffee():
    factories.category.make(slug="coffee", name="Coffee")


def stock_tea():
    factories.category.make(slug="tea", name="Tea")


def stock_green_tea():
    factories.category.make(slug="green-tea", name="Green tea")


@claim("An APIView gives full control over the HTTP methods")
def test_a_method_that_nobody_wrote_is_refused(api):
    """The methods that you write, such as `get()` and `post()`, answer. Any other method gets 405,
    and `Allow` lists the methods that exist. A ViewSet gives the same control. It is an APIView,
    and a table such as `{"get": "list", "post": "create"}` binds its actions to methods."""
    by_hand = api.delete("/08/by-hand/categories/")
    viewset = api.delete("/08/categories/")

    assert by_hand.status_code == viewset.status_code == 405
    assert by_hand.headers["Allow"] == viewset.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


@claim("A ViewSet comes with the CRUD operations", verdict=Verdict.DEPENDS)
def test_only_the_model_viewset_has_all_six(api, stage):
    """Only a `ModelViewSet` has all six actions. `ReadOnlyModelViewSet` has two of them. `ViewSet`
    and `GenericViewSet` have none, so a router makes no URL for them."""
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
        ("/08/generic/categories/", [views.GenericCategoryList, views.GenericCategory], 7),
        ("/08/categories/", [views.CategoryViewSet], 4),
    ],
)
def test_four_lines_answer_as_twenty_three_do(api, stage, url, classes, lines):
    """The same requests get the same responses: 23 lines as two APIViews, 7 lines as two generic
    views, 4 lines as one ViewSet. A ViewSet needs one class, because it serves the list and the
    detail. A generic view serves one URL, and you write that URL."""
    stock_coffee()

    created = api.post(url, TEA)
    listed = api.get(url)
    retrieved = api.get(f"{url}tea/")
    updated = api.put(f"{url}tea/", GREEN_TEA)
    partly_updated = api.patch(f"{url}green-tea/", {"name": "Sencha"})
    refused = [api.post(url, {"slug": "mate"}), api.put(f"{url}green-tea/", {"slug": "mate"})]
    destroyed = api.delete(f"{url}green-tea/")

    assert (created.status_code, created.json()) == (201, TEA)
    assert (listed.status_code, listed.json()) == (200, [COFFEE, TEA])
    assert (retrieved.status_code, retrieved.json()) == (200, TEA)
    assert (updated.status_code, updated.json()) == (200, GREEN_TEA)
    assert partly_updated.status_code == 200
    assert partly_updated.json() == {"slug": "green-tea", "name": "Sencha"}
    assert [response.status_code for response in refused] == [400, 400]
    assert [response.json() for response in refused] == [{"name": ["This field is required."]}] * 2
    assert (destroyed.status_code, destroyed.content) == (204, b"")
    assert Category.objects.get().slug == "coffee"
    written = sum(map(lines_of, classes))
    assert written == lines
    stage.say(f"Lines of view code behind these URLs: {written}")
    stage.bar(url, written, "lines of view code")


@claim("The router provides the standard endpoints")
def test_the_router_maps_methods_to_the_actions_that_exist(api, stage):
    """The router looks for the six actions in the ViewSet, and adds the `@action` methods. It
    gives each URL a name for `reverse()`. The ViewSet of the orders has no list and no delete, so
    no route leads there."""
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
    """It is a matter of taste. An `@action` of a ViewSet gives the same response, at a URL below
    its object. An APIView is the simpler place for logic that belongs to no resource."""
    order = factories.order.make(reference="A-0001")
    other = factories.order.make(reference="A-0002")
    api.force_authenticate(order.customer.user)

    paid = api.post(url)
    refused = api.get(url)

    assert paid.status_code == 200
    assert paid.json() == {"reference": "A-0001", "status": "PAID"}
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "POST, OPTIONS"
    order.refresh_from_db()
    other.refresh_from_db()
    assert (order.status, other.status) == ("PAID", "PENDING")


@trap("A function view refuses HEAD, a class does not")
def test_api_view_allows_only_the_methods_in_its_list(anonymous, api, rf, stage):
    """`@api_view(["GET"])` makes an APIView of a function. It allows the methods in its list and
    OPTIONS, and no HEAD. A class answers HEAD with its `get()`. Decorators such as
    `@permission_classes` replace the attributes of the class."""
    stock_coffee()

    by_get = anonymous.get("/08/category-count/")
    # Outside the transcript, because the order in `Allow` changes from process to process.
    by_head = views.category_count(rf.head("/08/category-count/"))
    stage.say(f"HEAD /08/category-count/ gets {by_head.status_code}.")
    class_by_head = api.head("/08/by-hand/categories/")

    assert (by_get.status_code, by_get.json()) == (200, {"categories": 1})
    assert by_head.status_code == 405
    assert sorted(by_head.headers["Allow"].split(", ")) == ["GET", "OPTIONS"]
    assert class_by_head.status_code == 200


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
    """All three classes have `permission_classes = [IsOwner]`, and Ann is not the owner. The object
    permission is checked only if the view calls `check_object_permissions()`. The `get_object()`
    of generic views and ViewSets calls it. An APIView has no `get_object()`."""
    factories.order.make(reference="A-0001")
    factories.order.make(reference="A-0002")

    response = api.post(url)

    assert response.status_code == status
    assert Order.objects.get(reference="A-0001").status == stored
    assert Order.objects.get(reference="A-0002").status == "PENDING"
    assert views.ForgetfulPayOrder.permission_classes == [views.IsOwner]


@trap("A GET of an object is checked like a write")
def test_a_stranger_cannot_read_the_order(api):
    """`retrieve()` calls `get_object()` too, so the same permission protects the GET. The owner
    gets the order, and another customer gets 403."""
    order = factories.order.make(reference="A-0001")

    refused = api.get("/08/orders/A-0001/")
    api.force_authenticate(order.customer.user)
    shown = api.get("/08/orders/A-0001/")

    assert refused.status_code == 403
    assert (shown.status_code, shown.json()) == (200, {"reference": "A-0001", "status": "PENDING"})


@trap("An APIView ignores filter_backends and pagination_class")
@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("/08/search/apiview/?search=tea", [COFFEE, GREEN_TEA, TEA]),
        ("/08/search/viewset/?search=tea", [COFFEE, GREEN_TEA, TEA]),
        (
            "/08/search/list-api-view/?search=tea",
            {
                "count": 2,
                "next": "http://testserver/08/search/list-api-view/?page=2&search=tea",
                "previous": None,
                "results": [GREEN_TEA],
            },
        ),
        (
            "/08/search/generic-viewset/?search=tea",
            {
                "count": 2,
                "next": "http://testserver/08/search/generic-viewset/?page=2&search=tea",
                "previous": None,
                "results": [GREEN_TEA],
            },
        ),
    ],
)
def test_search_and_pages_need_a_generic_view(api, url, body):
    """All four classes set both attributes, but only subclasses of GenericAPIView read them. An
    APIView and a plain ViewSet silently return all three categories. The generic ones find two,
    and show a page of one."""
    stock_coffee()
    stock_tea()
    stock_green_tea()

    response = api.get(url)

    assert response.status_code == 200
    assert response.json() == body


@trap("A malformed id is a 500 in an APIView, a 404 in a ViewSet")
def test_the_shortcut_of_django_lets_a_malformed_id_through(api):
    """Django's `get_object_or_404` turns only a missing row into a 404. The function of the same
    name in `rest_framework.generics` also does it for a malformed id. `get_object()` uses that
    one."""
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
    """The queryset on the class is one object as long as the process runs. It keeps the rows that
    it has read once. The inherited `get_queryset()` returns `self.queryset.all()`, a new queryset
    for each request."""
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
    """`APIView.as_view()` makes the queryset on the class raise RuntimeError when it is read.
    ViewSets have another `as_view()`, without that guard. So an APIView shows the mistake at once,
    and a ViewSet hides it."""
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
def test_permissions_by_action_meet_none_and_metadata(api, anonymous, url, statuses):
    """DRF checks permissions before it answers 405. For a method without an action, `self.action`
    is None. For OPTIONS it is "metadata". So look up the permission with a default. The default
    here also protects the detail from anonymous callers."""
    anonymous.raise_request_exception = api.raise_request_exception = False
    category = factories.category.make()

    responses = [api.get(url), api.put(url, TEA), api.options(url)]
    listed = anonymous.get(url)
    detail = anonymous.get(f"{url}{category.pk}/")

    assert [response.status_code for response in responses] == statuses
    assert (listed.status_code, detail.status_code) == (200, 403)


@trap("HEAD and OPTIONS run queries too")
def test_head_lists_and_options_fetches_the_object(api, django_assert_num_queries):
    """A HEAD request runs the list and throws the body away. OPTIONS on a detail URL fetches the
    object, to see whether you may PUT it. So `get_queryset()` also runs for these two methods. The
    APIView by hand runs no query for OPTIONS, and tells nothing about the fields."""
    stock_tea()

    with django_assert_num_queries(1):
        head = api.head("/08/categories/")
    with django_assert_num_queries(1):
        options = api.options("/08/categories/tea/")
    with django_assert_num_queries(0):
        by_hand = api.options("/08/by-hand/categories/tea/")

    assert (head.status_code, head.content) == (200, b"")
    assert list(options.json().get("actions", {})) == ["PUT"]
    assert by_hand.status_code == 200
    assert "actions" not in by_hand.json()


@trap("A router takes no APIView, and it may complain late")
def test_a_router_refuses_an_apiview_at_two_moments(stage):
    """`register()` needs a name for the URLs. Without a queryset and without a `basename` it raises
    AssertionError. With either of them it accepts any class, and the error comes later, from
    `router.urls`. Put an APIView beside the router, with `path()`."""
    rows = [
        ["PayOrder", "neither", routing(views.PayOrder)],
        ["PayOrder", "basename", routing(views.PayOrder, basename="pay")],
        ["GenericCategoryList", "queryset", routing(views.GenericCategoryList)],
        ["CategoryViewSet", "queryset", routing(views.CategoryViewSet)],
    ]
    stage.table(["class", "has", "result"], rows)

    assert rows == [
        ["PayOrder", "neither", "register() raises AssertionError"],
        ["PayOrder", "basename", "router.urls raises AttributeError"],
        ["GenericCategoryList", "queryset", "router.urls raises AttributeError"],
        ["CategoryViewSet", "queryset", "2 URL patterns"],
    ]


@trap("Two ViewSets of one model need two basenames", since="DRF 3.15")
def test_a_second_viewset_of_one_model_is_refused(stage):
    """The default basename is the name of the model. The second ViewSet gets the same one, and
    since DRF 3.15 `register()` raises ImproperlyConfigured. Older releases accepted it, and
    `reverse()` could find the wrong URL. This router names each ViewSet."""
    router = SimpleRouter()
    router.register("categories", views.CategoryViewSet)
    with pytest.raises(ImproperlyConfigured) as refused:
        router.register("read-only/categories", views.ReadOnlyCategoryViewSet)
    names = [route.name for route in urls.variants.urls]
    stage.say(str(refused.value).split(". ")[0])

    assert str(refused.value).startswith('Router with basename "category" is already registered.')
    assert names == [
        "read-only-list",
        "read-only-detail",
        "search-list",
        "generic-search-list",
        "stale-list-list",
        "stale-list-detail",
        "stale-get-queryset-list",
        "stale-get-queryset-detail",
        "key-error-list",
        "key-error-detail",
        "fallback-list",
        "fallback-detail",
    ]


@trap("A DefaultRouter makes three times as many URL patterns as a SimpleRouter")
def test_the_default_router_adds_a_root_and_formats(stage):
    """For one ModelViewSet a SimpleRouter makes 2 patterns and a DefaultRouter 6. It adds a root
    that lists the resources, and each pattern a second time for a format such as
    `categories.json`."""
    simple = SimpleRouter(use_regex_path=False)
    default = DefaultRouter(use_regex_path=False)
    for router in (simple, default):
        router.register("categories", views.CategoryViewSet)
    stage.table(
        ["router", "patterns"],
        [
            ["SimpleRouter", "  ".join(patterns_of(simple))],
            ["DefaultRouter", "  ".join(patterns_of(default))],
        ],
    )

    assert patterns_of(simple) == ["categories/", "categories/<str:slug>/"]
    assert patterns_of(default) == [
        "categories/",
        "categories<drf_format_suffix:format>",
        "categories/<str:slug>/",
        "categories/<str:slug><drf_format_suffix:format>",
        "",
        "<drf_format_suffix:format>",
    ]


def lines_of(view):
    return sum(bool(line.strip()) for line in inspect.getsource(view).splitlines())


def patterns_of(router):
    return [str(route.pattern) for route in router.urls]


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


def routing(view, basename=None):
    """What happens when a router takes this class, in words."""
    router = SimpleRouter()
    try:
        router.register("here", view, basename)
    except AssertionError:
        return "register() raises AssertionError"
    try:
        return f"{len(router.urls)} URL patterns"
    except AttributeError:
        return "router.urls raises AttributeError"
