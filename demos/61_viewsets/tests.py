import pytest
from django.views import View
from rest_framework.test import APIClient
from rest_framework.viewsets import ModelViewSet

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Category
from shop.people import basic

from . import views

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea():
    return factories.category.make(slug="tea", name="Tea")


@claim("A viewset combines the logic of several related views in one class")
@pytest.mark.not_about_sql
def test_a_rule_that_is_written_once_holds_for_both_urls(api, buyer, bob):
    """One `get_queryset()` gives Ann only her own orders, in the list and on the detail URL. As two
    views the rule must be written twice. Here the second view lacks it, and Ann reads the order of
    Bob."""
    factories.order.make(reference="A-0001", customer=buyer)
    factories.order.make(reference="B-0001", customer=bob)

    two_views = [
        api.get("/61/two-views/orders/"),
        api.get("/61/two-views/orders/A-0001/"),
        api.get("/61/two-views/orders/B-0001/"),
    ]
    viewset = [
        api.get("/61/orders/"),
        api.get("/61/orders/A-0001/"),
        api.get("/61/orders/B-0001/"),
    ]

    assert [answer.status_code for answer in two_views] == [200, 200, 200]
    assert [answer.status_code for answer in viewset] == [200, 200, 404]
    assert (
        two_views[0].json() == viewset[0].json() == [{"reference": "A-0001", "status": "PENDING"}]
    )
    assert two_views[2].json() == {"reference": "B-0001", "status": "PENDING"}


@claim("So one viewset can replace multiple views", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize(("orders", "queries"), [(5, 6), (50, 51)])
def test_one_serializer_for_all_actions_makes_the_list_expensive(
    api, stage, django_assert_num_queries, orders, queries
):
    """It can if it keeps the differences between the views. A detail view shows the items of an
    order, a list does not. With one serializer for all actions, the list runs a query per order.
    `get_serializer_class()` can choose by `self.action`."""
    [first, *_] = factories.stock_orders(orders)
    api.force_authenticate(first.customer.user)

    with django_assert_num_queries(queries):
        one = api.get("/61/one-serializer/orders/")
    with django_assert_num_queries(1):
        chosen = api.get("/61/orders/")
    with django_assert_num_queries(2):
        detail = api.get("/61/orders/A-0001/")

    whole = {"reference": "A-0001", "items": [{"quantity": 1, "unit_price": "10.00"}] * 2}
    assert one.json()[0] == detail.json() == whole
    assert chosen.json()[0] == {"reference": "A-0001", "status": "PENDING"}
    assert len(one.json()) == len(chosen.json()) == orders
    stage.bar("one serializer for all actions", queries, f"queries for {orders} orders")
    stage.bar("a serializer chosen by action", 1, f"queries for {orders} orders")


@claim("It does not provide method handlers such as .get() or .post()")
def test_the_handlers_are_set_on_the_instance_of_each_request(api, stage):
    """The class has none but `options()`. `as_view()` takes a table such as `{"get": "list"}`. For
    each request it makes a new instance, and sets the actions of its table as handlers. So the two
    URLs of one class have different handlers."""
    on_the_class = [verb for verb in View.http_method_names if hasattr(ModelViewSet, verb)]
    stage.say(f"Handlers of the class ModelViewSet: {', '.join(on_the_class)}")

    collection = api.get("/61/bindings/")
    by_post = api.post("/61/bindings/")
    member = api.get("/61/bindings/1/")

    assert on_the_class == ["options"]
    assert collection.json() == {
        "get": "list",
        "post": "create",
        "head": "list",
        "options": "options",
    }
    assert by_post.json() == collection.json()
    assert member.json() == {"get": "retrieve", "head": "retrieve", "options": "options"}


@claim("Instead it provides actions such as .list() and .create()", verdict=Verdict.DEPENDS)
def test_a_bare_viewset_fails_at_each_request(api, tea):
    """A ModelViewSet does. A bare ViewSet has no action. Its `as_view({"get": "list"})` raises no
    error when the server starts. Each request is a 500, even OPTIONS and a verb that is not in the
    table."""
    api.raise_request_exception = False

    listed = api.get("/61/categories/")
    bare = [api.get("/61/bare/"), api.options("/61/bare/"), api.delete("/61/bare/")]

    assert (listed.status_code, listed.json()) == (200, [{"slug": "tea", "name": "Tea"}])
    assert [answer.status_code for answer in bare] == [500, 500, 500]
    assert [repr(answer.exc_info[1]) for answer in bare] == [
        """AttributeError("'BareViewSet' object has no attribute 'list'")"""
    ] * 3


@claim("It is simply a type of class-based view", verdict=Verdict.DEPENDS)
def test_setup_of_djangos_view_is_never_called(api, anonymous):
    """It is a subclass of Django's View, with another `as_view()`. That one does not call
    `setup()`. So a mixin that works in an APIView does nothing in a viewset, silently. DRF's
    `initial()` runs in both. It checks the permissions, so call `super()` there."""
    headers = {"X-Currency": "EUR"}

    view = api.get("/61/setup/view/", headers=headers)
    viewset = api.get("/61/setup/viewset/", headers=headers)
    in_initial = api.get("/61/initial/viewset/", headers=headers)
    not_signed_in = anonymous.get("/61/initial/viewset/", headers=headers)

    assert issubclass(views.PricesInSetup, View)
    assert view.json() == {"currency": "EUR"}
    assert viewset.json() == {"currency": "not set"}
    assert in_initial.json() == {"currency": "EUR"}
    assert not_signed_in.status_code == 403


@trap("A permission for create, update and destroy leaves PATCH open")
@pytest.mark.not_about_sql
def test_partial_update_is_the_action_that_lists_forget(anonymous, stage, tea):
    """PATCH is an action of its own, `partial_update`. The list of the writes lacks it, so an
    anonymous caller changes the name. List the actions that are open, and close all the others: the
    action that you forget is then closed."""

    def statuses(name):
        client, one = APIClient(), f"/61/{name}/tea/"
        return [
            client.get(f"/61/{name}/").status_code,
            client.get(one).status_code,
            client.post(f"/61/{name}/", {"slug": "jam", "name": "Jam"}).status_code,
            client.put(one, {"slug": "tea", "name": "Mine"}).status_code,
            client.patch(one, {"name": "Mine"}).status_code,
            client.delete(one).status_code,
        ]

    verbs = ["GET list", "GET detail", "POST", "PUT", "PATCH", "DELETE"]
    closed = statuses("reads-named")
    before = Category.objects.get().name
    open_ = statuses("writes-named")
    after = Category.objects.get().name
    rows = [list(row) for row in zip(verbs, open_, closed, strict=True)]

    stage.say("An anonymous caller:")
    stage.table(["", "writes named", "reads named"], rows)
    stage.say(f"The name before: {before}. After the PATCH: {after}.")
    assert rows == [
        ["GET list", 200, 200],
        ["GET detail", 200, 200],
        ["POST", 403, 403],
        ["PUT", 403, 403],
        ["PATCH", 200, 403],
        ["DELETE", 403, 403],
    ]
    assert (before, after) == ("Tea", "Mine")


@trap("Your own get_permissions() drops the permission of an @action")
@pytest.mark.not_about_sql
@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("own-permissions", 200, {"categories": 1}),
        (
            "permissions-of-the-action",
            403,
            {"detail": "Authentication credentials were not provided."},
        ),
    ],
)
def test_the_report_for_admins_is_open(anonymous, tea, name, status, body):
    """`@action(permission_classes=[IsAdminUser])` sets `self.permission_classes`. It is the
    inherited `get_permissions()` that reads it. So return `super().get_permissions()` for each
    action that your method does not treat."""
    report = anonymous.get(f"/61/{name}/report/")
    listed = anonymous.get(f"/61/{name}/")
    deleted = anonymous.delete(f"/61/{name}/tea/")

    assert (report.status_code, report.json()) == (status, body)
    assert listed.status_code == 200
    assert deleted.status_code == 403


@trap("Three hooks run before self.action is set")
@pytest.mark.not_about_sql
def test_get_authenticators_does_not_know_the_action(api, anonymous, passwords, tea):
    """Three hooks run while DRF makes its request object, and `self.action` is set after that. A
    viewset that reads it there breaks at each request. `self.action_map` is set already: look up
    the verb there. A wrong password is then ignored in the list, and refused elsewhere."""
    anonymous.raise_request_exception = False
    wrong = basic("ann", "wrong")

    hooks = api.get("/61/hooks/")
    too_early = anonymous.get("/61/too-early/", headers=wrong)
    in_time = anonymous.get("/61/in-time/", headers=wrong)
    detail = anonymous.get("/61/in-time/tea/", headers=wrong)

    assert hooks.json() == {
        "get_parsers": "not set",
        "get_authenticators": "not set",
        "get_content_negotiator": "not set",
        "get_permissions": "list",
        "get_throttles": "list",
    }
    assert too_early.status_code == 500
    assert isinstance(too_early.exc_info[1], AttributeError)
    assert (in_time.status_code, detail.status_code) == (200, 401)


@trap("Each request has a new instance, and all instances share the class")
@pytest.mark.parametrize(
    ("url", "seen_by_bob"),
    [
        ("/61/shared-list/", ["rings", "tea"]),
        ("/61/list-of-an-instance/", ["tea"]),
    ],
)
def test_bob_sees_what_ann_searched(api, ann, bob, monkeypatch, url, seen_by_bob):
    """A list on the class lives as long as the process, so Bob sees what Ann searched. A list that
    `__init__()` makes belongs to one request. What must last is in neither of them: save it in the
    database or the cache, for each user."""
    monkeypatch.setattr(views.SharedList, "recent", [])

    api.force_authenticate(ann.user)
    by_ann = api.get(f"{url}?search=rings")
    api.force_authenticate(bob.user)
    by_bob = api.get(f"{url}?search=tea")

    assert by_ann.json() == {"recent": ["rings"]}
    assert by_bob.json() == {"recent": seen_by_bob}


@trap("A PATCH that is bound to update demands all fields")
@pytest.mark.not_about_sql
def test_the_action_decides_whether_a_write_is_partial(api, tea):
    """A router binds PATCH to `partial_update`, which calls `update(partial=True)`. If you write
    the table yourself and bind PATCH to `update`, it is a PUT by another name."""
    bound_to_update = api.patch("/61/patch-is-update/tea/", {"name": "Green tea"})
    bound_by_router = api.patch("/61/categories/tea/", {"name": "Green tea"})

    assert bound_to_update.status_code == 400
    assert bound_to_update.json() == {"slug": ["This field is required."]}
    assert bound_by_router.status_code == 200
    assert bound_by_router.json() == {"slug": "tea", "name": "Green tea"}
