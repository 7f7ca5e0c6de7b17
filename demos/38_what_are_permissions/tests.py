import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Order
from shop.people import PASSWORD, basic, bearer, token_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.not_about_sql,
    pytest.mark.usefixtures("passwords"),
]

NINE = [
    "dispatch()",
    "content negotiation",
    "versioning",
    "authentication",
    "has_permission for GET",
    "throttle",
    "the handler get()",
    "get_queryset()",
    "has_object_permission for GET",
]


@pytest.fixture(autouse=True)
def anns_order(ann):
    return factories.order.make(reference="A-0001", customer=ann, note="ring twice")


def staff(**flags):
    user = factories.user.make(username="staff", **flags)
    user.set_password(PASSWORD)
    user.save()


def allow(customer, codename):
    """Give a customer's user one of Django's permissions for orders."""
    orders = ContentType.objects.get_for_model(Order)
    permission, _ = Permission.objects.get_or_create(content_type=orders, codename=codename)
    customer.user.user_permissions.add(permission)


def sent(method, url, username=None, **rest):
    headers = rest.pop("headers", {}) | (basic(username) if username else {})
    return getattr(APIClient(), method)(url, headers=headers, **rest)


def steps_of(response):
    return response.wsgi_request.META["shop.steps"]


@claim(
    "Permission checks always run at the very start, before any other code",
    verdict=Verdict.DEPENDS,
)
def test_four_steps_come_before_the_permission_and_one_after_the_handler(stage):
    """It is true of the handler: `has_permission` runs before it. But four steps come earlier, and
    `has_object_permission` runs inside the handler, when the row is loaded. An anonymous caller
    stops at the fifth step, so the throttle does not count the request."""
    owner = sent("get", "/38/orders/traced/A-0001/", "ann")
    anonymous = sent("get", "/38/orders/traced/A-0001/")
    bob = sent("get", "/38/orders/traced/A-0001/", "bob")

    log = [[number, step] for number, step in enumerate(steps_of(owner), 1)]
    stage.table(["", "GET /38/orders/traced/A-0001/, by Ann, as JSON"], log)
    answers = [[len(steps_of(one)), one.status_code] for one in (owner, anonymous, bob)]
    callers = ["Ann", "anonymous", "Bob"]
    rows = [[caller, *answer] for caller, answer in zip(callers, answers, strict=True)]
    stage.table(["caller", "steps", "status"], rows)
    assert steps_of(owner) == steps_of(bob) == NINE
    assert steps_of(anonymous) == NINE[:5]
    assert rows == [["Ann", 9, 200], ["anonymous", 5, 401], ["Bob", 9, 403]]


@claim("They use request.user and request.auth to decide")
def test_user_says_who_and_auth_says_how(stage, ann):
    """Authentication ran before and set both. `request.user` is the user, and `request.auth` is
    what the authenticator read: here a JWT with its claims, and None for a session. This permission
    needs a customer and the scope `orders`."""
    courier = factories.customer.make(user__username="courier")
    by_session = APIClient()
    by_session.force_login(ann.user)
    plain, scoped, of_courier = token_of(ann), token_of(ann), token_of(courier)
    scoped["scope"] = of_courier["scope"] = "orders"
    courier.delete()
    answers = {
        "nothing": sent("get", "/38/scoped/"),
        "Ann's session": by_session.get("/38/scoped/"),
        "Ann's token, without a scope": sent("get", "/38/scoped/", headers=bearer(plain)),
        "Ann's token, scope orders": sent("get", "/38/scoped/", headers=bearer(scoped)),
        "a courier's, scope orders": sent("get", "/38/scoped/", headers=bearer(of_courier)),
    }

    rows = [[credentials, answer.status_code] for credentials, answer in answers.items()]
    stage.table(["credentials", "GET /38/scoped/"], rows)
    assert rows == [
        ["nothing", 401],
        ["Ann's session", 403],
        ["Ann's token, without a scope", 403],
        ["Ann's token, scope orders", 200],
        ["a courier's, scope orders", 403],
    ]
    allowed = answers["Ann's token, scope orders"]
    assert allowed.json() == {"user": "ann", "auth": "AccessToken"}


@claim("They open different parts of the API to different classes of users")
def test_each_part_has_its_own_callers(stage):
    """Each view has its own list of classes. So one part is for everyone, one for users, and one
    for staff. 401 asks an anonymous caller to sign in, and 403 tells Ann that it would not
    help."""
    staff(is_staff=True)

    rows = []
    for caller in (None, "ann", "staff"):
        urls = ["/38/parts/public/", "/38/parts/members/", "/38/parts/reports/"]
        answers = [sent("get", url, caller) for url in urls]
        rows.append([caller or "anonymous", *(answer.status_code for answer in answers)])
        assert answers[0].json() == {"orders": 1}

    stage.table(["caller", "AllowAny", "IsAuthenticated", "IsAdminUser"], rows)
    assert rows == [
        ["anonymous", 200, 401, 401],
        ["ann", 200, 200, 403],
        ["staff", 200, 200, 200],
    ]


@claim("The simplest one is IsAuthenticated")
def test_is_authenticated_asks_for_a_user_and_for_nothing_more(anonymous):
    """It asks one thing: has an authenticator found a user? Whose order it is, and whether the
    request only reads, it does not ask. So Bob changes Ann's order."""
    none = anonymous.get("/38/orders/project/A-0001/")
    read = anonymous.get("/38/orders/project/A-0001/", headers=basic("ann"))
    written = anonymous.patch("/38/orders/project/A-0001/", {"note": "Bob!"}, headers=basic("bob"))

    assert none.status_code == 401
    assert read.json() == {"reference": "A-0001", "note": "ring twice"}
    assert written.status_code == 200
    assert written.json() == {"reference": "A-0001", "note": "Bob!"}


@claim(
    "They apply at project level, view level, or the level of a model",
    verdict=Verdict.DEPENDS,
)
def test_the_model_level_is_a_class_and_the_object_is_a_level_too(stage):
    """Project and view are places where you set classes. The model is not: no setting belongs to
    it. `DjangoModelPermissions` is a class that you put on a view, and it reads Django's
    permissions of the model behind the view. The fourth level is the object: only there does the
    owner count."""
    rows = []
    for level in ("project", "view", "model", "object"):
        url = f"/38/orders/{level}/A-0001/"
        reads = [sent("get", url, caller).status_code for caller in (None, "bob")]
        writes = [
            sent("patch", url, caller, data={"note": ""}).status_code for caller in ("bob", "ann")
        ]
        rows.append([level, *reads, *writes])

    stage.say("Ann's order, behind a permission of each level:")
    stage.table(["level", "GET anonymous", "GET Bob", "PATCH Bob", "PATCH Ann"], rows)
    assert rows == [
        ["project", 401, 200, 200, 200],
        ["view", 200, 200, 200, 200],
        ["model", 401, 200, 403, 403],
        ["object", 401, 403, 403, 200],
    ]


@trap("The same GET as a page asks the permission again and again")
def test_the_page_asks_for_the_methods_of_its_forms(stage):
    """The browsable API shows a form only if the caller may use it. So it asks nine times more, for
    its forms, and it asked ten times before DRF 3.18. A permission that runs a query, counts or
    logs does so each time. `request.method` is then the method of the form, and not GET."""
    page = sent("get", "/38/orders/traced/A-0001/", "ann", headers={"accept": "text/html"})

    steps = steps_of(page)
    rows = [[number, step] for number, step in enumerate(steps[9:], 10)]
    stage.say("Steps 1 to 9 are those of the JSON. Then, for Ann's order as HTML:")
    stage.table(["", "step"], rows)
    assert steps[:9] == NINE
    assert [step for _, step in rows] == [
        "has_permission for PUT",
        "has_object_permission for PUT",
        "has_permission for PATCH",
        "has_object_permission for PATCH",
        "has_permission for PUT",
        "has_object_permission for PUT",
        "has_permission for DELETE",
        "has_object_permission for DELETE",
        "has_permission for OPTIONS",
    ]


@trap("Not every refusal comes after the permission")
def test_the_order_decides_which_status_a_caller_sees(stage):
    """The format is negotiated before: an anonymous caller gets 406, and not 401. A method that the
    view does not have, broken JSON and an unknown order come after. So an anonymous caller gets 401
    for all three, and learns nothing."""
    order, unknown = "/38/orders/project/A-0001/", "/38/orders/project/A-0009/"
    broken = {"data": '{"note": ', "content_type": "application/json"}
    requests = {
        "GET, Accept: application/xml": ("get", order, {"headers": {"accept": "application/xml"}}),
        "DELETE, not offered": ("delete", order, {}),
        "PATCH, broken JSON": ("patch", order, broken),
        "GET, unknown order": ("get", unknown, {}),
    }

    rows = []
    for name, (method, url, rest) in requests.items():
        answers = [sent(method, url, caller, **rest) for caller in (None, "ann")]
        rows.append([name, *(answer.status_code for answer in answers)])

    stage.table(["request", "anonymous", "Ann"], rows)
    assert rows == [
        ["GET, Accept: application/xml", 406, 406],
        ["DELETE, not offered", 401, 405],
        ["PATCH, broken JSON", 401, 400],
        ["GET, unknown order", 401, 404],
    ]


@trap("A model permission knows no owner, and does not guard a GET")
def test_the_permission_to_change_orders_changes_every_order(stage, bob):
    """`DjangoModelPermissions` asks nothing of a GET but a user: `view_order` is not in its map.
    With `change_order` Bob may change each order, Ann's as well. `is_staff` alone gives
    nothing."""
    staff(is_staff=True)
    url = "/38/orders/model/A-0001/"

    rows = [tried(url, "bob", "no permission"), tried(url, "staff", "is_staff")]
    allow(bob, "view_order")
    rows.append(tried(url, "bob", "view_order"))
    allow(bob, "change_order")
    rows.append(tried(url, "bob", "change_order"))

    stage.table(["caller", "has", "GET Ann's order", "PATCH Ann's order"], rows)
    assert rows == [
        ["bob", "no permission", 200, 403],
        ["staff", "is_staff", 200, 403],
        ["bob", "view_order", 200, 403],
        ["bob", "change_order", 200, 200],
    ]


def tried(url, caller, held):
    written = sent("patch", url, caller, data={"note": "hello"})
    return [caller, held, sent("get", url, caller).status_code, written.status_code]


@trap("DjangoObjectPermissions refuses every change until a backend knows objects")
def test_the_stock_backend_gives_no_permission_for_an_object(stage, ann):
    """The class asks `user.has_perms(…, order)`. Django's ModelBackend has no permissions for a
    single object, so it says no, even to Ann with `change_order`, for her own order. Only a
    superuser passes. The class needs a backend that knows objects."""
    allow(ann, "change_order")
    staff(is_superuser=True)

    rows = []
    for caller in ("bob", "ann", "staff"):
        urls = ["/38/orders/model/A-0001/", "/38/orders/django-object/A-0001/"]
        answers = [sent("patch", url, caller, data={"note": ""}).status_code for url in urls]
        rows.append([caller, *answers])

    held = ["nothing", "change_order", "superuser"]
    shown = [[caller, has, *answers] for (caller, *answers), has in zip(rows, held, strict=True)]
    stage.table(["PATCH by", "has", "DjangoModelPermissions", "DjangoObjectPermissions"], shown)
    assert rows == [
        ["bob", 403, 403],
        ["ann", 200, 403],
        ["staff", 200, 200],
    ]
