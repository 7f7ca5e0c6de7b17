from operator import invert

import pytest
from django.contrib.auth.hashers import make_password
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Order
from shop.people import basic

from . import rules, views

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

ANNS_ORDER = {"reference": "A-0001", "customer": "ann"}
NOT_SIGNED_IN = {"detail": "Authentication credentials were not provided."}
NOT_OWNER = {"detail": "Only the owner may do this."}
DENIED = {"detail": "You do not have permission to perform this action."}
CALLERS = ["anonymous", "Ann", "Bob", "staff"]


@pytest.fixture(autouse=True)
def anns_order(passwords, ann):
    factories.user.make(username="staff", is_staff=True, password=make_password("right"))
    return factories.order.make(reference="A-0001", customer=ann)


def sent(caller, method, url, body=None):
    """The response to a client that is not recorded: a table shows it."""
    headers = {} if caller == "anonymous" else basic(caller.lower())
    return getattr(APIClient(), method)(url, body, headers=headers)


def answers(design):
    """What list, detail and create answer to each caller, for the order A-0001 of Ann."""
    rows = []
    for name, method, url in (
        ("list", "get", f"/41/orders/{design}/"),
        ("detail", "get", f"/41/orders/{design}/A-0001/"),
        ("create", "post", f"/41/orders/{design}/"),
    ):
        row = [name]
        for caller in CALLERS:
            body = {"reference": f"A-{Order.objects.count() + 1:04}", "customer": "ann"}
            response = sent(caller, method, url, body if name == "create" else None)
            row.append(response.status_code)
        rows.append(row)
    return rows


@claim("You write the class in a file named permissions.py", verdict=Verdict.WRONG)
def test_a_permission_class_works_from_any_module(anonymous, stage):
    """The name of the file is a convention. DRF never looks for it: you import the class and name
    it in `permission_classes`. Here it stands in `rules.py`."""
    stage.say(f"IsOwner is defined in {rules.IsOwner.__module__.rpartition('.')[2]}.py. Bob:")
    of_bob = anonymous.get("/41/orders/owner/A-0001/", headers=basic("bob"))
    stage.say("Ann, whose order it is:")
    of_ann = anonymous.get("/41/orders/owner/A-0001/", headers=basic("ann"))

    assert of_bob.status_code == 403
    assert of_bob.json() == NOT_OWNER
    assert of_ann.status_code == 200
    assert of_ann.json() == ANNS_ORDER


@claim("The class extends BasePermission", verdict=Verdict.DEPENDS)
def test_a_class_that_extends_nothing_works_too(stage):
    """DRF only calls the two methods, so a class without the base works if it has both. You need
    the base for what it gives you: a method that you leave out says yes, and `&`, `|` and `~`
    compose the class. A plain class composes with one that has the base."""
    designs = {"[PlainIsOwner]": "plain", "[PlainIsOwner | IsAdminUser]": "plain-or-admin"}

    rows = []
    for written, design in designs.items():
        url = f"/41/orders/{design}/A-0001/"
        rows.append([written, *(sent(caller, "get", url).status_code for caller in CALLERS)])
    with pytest.raises(TypeError) as inverted:
        invert(rules.PlainIsOwner)

    stage.table(["permission_classes", *CALLERS], rows)
    stage.say(f"~PlainIsOwner: {inverted.typename}")
    assert rows == [
        ["[PlainIsOwner]", 401, 200, 403, 403],
        ["[PlainIsOwner | IsAdminUser]", 401, 200, 403, 200],
    ]
    assert sent("Bob", "get", "/41/orders/plain/").status_code == 200
    assert not issubclass(rules.PlainIsOwner, BasePermission)


@claim("IsOwnerOrReadOnly lets all callers read, and only the owner write")
def test_the_owner_alone_changes_an_order(stage):
    """It is true of an order that exists. The class looks at the method of the request first, and
    then at the customer of the order."""
    url = "/41/orders/owner-or-read-only/A-0001/"
    body = {"reference": "A-0001"}

    rows = [
        ["GET", *(sent(caller, "get", url).status_code for caller in CALLERS)],
        ["PATCH", *(sent(caller, "patch", url, body).status_code for caller in CALLERS)],
    ]

    stage.say(f"{url}, an order of Ann:")
    stage.table(["method", *CALLERS], rows)
    assert rows == [
        ["GET", 200, 200, 200, 200],
        ["PATCH", 401, 200, 403, 403],
    ]


@claim("Then it is enough to override has_object_permission", verdict=Verdict.WRONG)
def test_an_anonymous_caller_creates_an_order_in_anns_name(anonymous, stage):
    """A POST to the list has no object, so DRF never calls the method, and `has_permission` of the
    base says yes. An anonymous caller creates an order in Ann's name. Put IsAuthenticatedOrReadOnly
    before it in the list, and take the owner from `request.user`."""
    body = {"reference": "A-0002", "customer": "ann"}

    stage.say("An anonymous caller. [IsOwnerOrReadOnly]:")
    naive = anonymous.post("/41/orders/owner-or-read-only/", body)
    stage.say("[IsAuthenticatedOrReadOnly, IsOwnerOrReadOnly]:")
    guarded = anonymous.post("/41/orders/guarded/", {**body, "reference": "A-0003"})
    stage.say("And Bob, who names Ann as the customer:")
    of_bob = anonymous.post(
        "/41/orders/guarded/", {**body, "reference": "A-0004"}, headers=basic("bob")
    )

    assert naive.status_code == 201
    assert naive.json() == {"reference": "A-0002", "customer": "ann"}
    assert guarded.status_code == 401
    assert guarded.json() == NOT_SIGNED_IN
    assert of_bob.status_code == 201
    assert of_bob.json() == {"reference": "A-0004", "customer": "bob"}
    of_detail = "/41/orders/guarded/A-0001/"
    changes = [sent(caller, "patch", of_detail, {}).status_code for caller in CALLERS]
    assert changes == [401, 200, 403, 403]
    no_customer = sent("staff", "post", "/41/orders/guarded/", {"reference": "A-0005"})
    assert no_customer.status_code == 404
    assert [*Order.objects.values_list("reference", "customer__name")] == [
        ("A-0001", "Ann"),
        ("A-0002", "Ann"),
        ("A-0004", "Bob"),
    ]


@trap("IsOwner | IsAdminUser guards an order, but no list and no create", since="DRF 3.14")
def test_or_opens_what_one_side_does_not_look_at(stage):
    """A list is an AND, so it refuses the owner too: Ann is not staff. With `|` one yes is enough,
    and IsOwner says yes to every list and every create: an anonymous caller creates an order. At
    the order, one side of `|` must say yes with both methods, since DRF 3.14: Bob gets 403. Put
    IsAuthenticated before it."""
    designs = {
        "[A]": "owner",
        "[A, B]": "owner-list-admin",
        "[A & B]": "owner-and-admin",
        "[A | B]": "owner-or-admin",
        "[IsAuthenticated, A | B]": "signed-in-owner-or-admin",
    }

    told, rows = [], []
    for written, design in designs.items():
        of_design = answers(design)
        told += [[name, *row] for name, row in zip((written, "", ""), of_design, strict=True)]
        rows.append([row[1:] for row in of_design])

    stage.say("A is IsOwner, B is IsAdminUser. The order is Ann's:")
    stage.table(["permission_classes", "request", *CALLERS], told)
    assert rows == [
        [[200, 200, 200, 200], [401, 200, 403, 403], [201, 201, 201, 201]],
        [[401, 403, 403, 200], [401, 403, 403, 403], [401, 403, 403, 201]],
        [[401, 403, 403, 200], [401, 403, 403, 403], [401, 403, 403, 201]],
        [[200, 200, 200, 200], [401, 200, 403, 200], [201, 201, 201, 201]],
        [[401, 200, 200, 200], [401, 200, 403, 200], [401, 201, 201, 201]],
    ]


@trap("~IsAdminUser refuses everybody at the object")
def test_not_turns_the_yes_of_the_base_into_a_no(stage):
    """`~` turns both answers round. IsAdminUser does not look at objects, and the base says yes
    there for it. So `~IsAdminUser` says no to every object, to Ann and to all others. Write a class
    of your own instead, which asks the opposite."""
    inverted, written = answers("not-admin"), answers("not-staff")

    rows = [
        [name, *row]
        for name, row in zip(
            ("[~IsAdminUser]", "", "", "[IsNotStaff]", "", ""), inverted + written, strict=True
        )
    ]
    stage.table(["permission_classes", "request", *CALLERS], rows)
    assert inverted == [
        ["list", 200, 200, 200, 403],
        ["detail", 401, 403, 403, 403],
        ["create", 201, 201, 201, 403],
    ]
    assert written == [
        ["list", 200, 200, 200, 403],
        ["detail", 200, 200, 200, 403],
        ["create", 201, 201, 201, 403],
    ]


@trap("A composed class loses its message")
def test_an_operator_drops_message_and_code(stage):
    """DRF reads `message` and `code` from the class in the list. An operator makes a new object
    that has neither, so Bob gets DRF's own text. A list keeps them. An anonymous caller does not
    get the message either: DRF answers that the credentials are missing."""
    requests = [
        ("[IsAuthenticated, IsOwner]", "Bob", "signed-in-owner"),
        ("[IsAuthenticated & IsOwner]", "Bob", "signed-in-and-owner"),
        ("[IsOwner | IsAdminUser]", "Bob", "owner-or-admin"),
        ("[IsOwner]", "anonymous", "owner"),
    ]

    rows, bodies = [], []
    for written, caller, design in requests:
        response = sent(caller, "get", f"/41/orders/{design}/A-0001/")
        bodies.append(response.json())
        detail = response.data.get("detail")
        rows.append([written, caller, getattr(detail, "code", response.status_code)])

    assert bodies == [NOT_OWNER, DENIED, DENIED, NOT_SIGNED_IN]
    stage.table(["permission_classes", "caller", "code"], rows)
    for code, body in ((rows[0][2], bodies[0]), (rows[1][2], bodies[1])):
        stage.say(f"{code}: {body['detail']}")
    assert rows == [
        ["[IsAuthenticated, IsOwner]", "Bob", "not_owner"],
        ["[IsAuthenticated & IsOwner]", "Bob", "permission_denied"],
        ["[IsOwner | IsAdminUser]", "Bob", "permission_denied"],
        ["[IsOwner]", "anonymous", "not_authenticated"],
    ]


@trap("A function view never asks for the object")
def test_the_decorator_names_the_class_and_no_one_calls_it(anonymous, stage):
    """`@permission_classes` on a function asks `has_permission` alone. The function fetches the
    order itself, and nothing calls `has_object_permission`: Bob gets Ann's order. The function must
    ask its view for the check."""
    stage.say("Bob, for Ann's order. [IsAuthenticated, IsOwner] on a class, then on functions:")
    of_class = anonymous.get("/41/orders/signed-in-owner/A-0001/", headers=basic("bob"))
    naive = anonymous.get("/41/orders/function/A-0001/", headers=basic("bob"))
    asking = anonymous.get("/41/orders/asking/A-0001/", headers=basic("bob"))

    assert of_class.status_code == 403
    assert naive.status_code == 200
    assert naive.json() == ANNS_ORDER
    assert asking.status_code == 403
    assert asking.json() == NOT_OWNER
    assert sent("Ann", "get", "/41/orders/asking/A-0001/").json() == ANNS_ORDER
    assert sent("Ann", "get", "/41/orders/asking/A-0009/").status_code == 404
    assert sent("Ann", "get", "/41/orders/function/A-0009/").status_code == 404
    assert sent("anonymous", "get", "/41/orders/function/A-0001/").status_code == 401
    assert sent("anonymous", "get", "/41/orders/signed-in-owner/").status_code == 401
    for function in (views.order_by_function, views.order_by_function_that_asks):
        assert function.cls.permission_classes == [IsAuthenticated, rules.IsOwner]
