import inspect

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.checks import run_checks
from django.test import override_settings
from rest_framework import permissions
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission
from rest_framework.settings import DEFAULTS, api_settings
from rest_framework.test import APIClient, APIRequestFactory
from rest_framework.views import APIView

from runner import Verdict, claim, trap
from shop import factories

from . import views

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

PRODUCT = {"sku": "P-0001", "price": "9.00"}
NOT_SIGNED_IN = {"detail": "Authentication credentials were not provided."}


@pytest.fixture(autouse=True)
def tea():
    return factories.product.make(sku="P-0001", price="9.00")


@pytest.fixture
def superuser():
    return factories.user.make(username="root", is_superuser=True, is_staff=False)


@pytest.fixture
def status_of(ann, superuser):
    """Sends a request by a client that is not recorded: a table shows the status."""
    suspended = factories.user.make(username="suspended")
    suspended.groups.add(Group.objects.create(name="suspended"))
    ann.user.groups.add(Group.objects.create(name="regulars"))
    users = {
        "Ann": ann.user,
        "staff": factories.user.make(username="staff", is_staff=True),
        "superuser": superuser,
        "suspended": suspended,
    }

    def status_of(caller, url, method="GET"):
        client = APIClient()
        if caller in users:
            client.force_login(users[caller])
        body = {"GET": None, "PATCH": {"price": "9.00"}, "POST": {}}
        return getattr(client, method.lower())(url, body[method]).status_code

    return status_of


@pytest.fixture
def matrix(stage, status_of):
    """Who may read and who may write in a view with this permission."""

    def matrix(design):
        url, callers = f"/40/products/{design}/P-0001/", ["anonymous", "Ann", "staff", "superuser"]
        rows = [
            [method, *(status_of(caller, url, method) for caller in callers)]
            for method in ("GET", "PATCH")
        ]
        stage.say(f"{url}:")
        stage.table(["method", *callers[:3], "superuser, not staff"], rows)
        return rows

    return matrix


@claim("The built-in permissions are project-level settings", verdict=Verdict.WRONG)
def test_a_permission_is_a_class_and_works_at_any_level(stage, status_of):
    """They are classes, and DRF ships seven of them. The level is the place where you name one: in
    `DEFAULT_PERMISSION_CLASSES` for the project, in `permission_classes` of a view, or in the
    decorator of a function."""
    places = {
        "the project: IsAuthenticated": "default",
        "a view: IsAdminUser": "admin",
        "a function: IsAdminUser": "function",
    }
    shipped = [
        name
        for name, one in inspect.getmembers(permissions, inspect.isclass)
        if issubclass(one, BasePermission) and one is not BasePermission
    ]

    rows = []
    for place, design in places.items():
        url = f"/40/products/{design}/P-0001/"
        rows.append([place, *(status_of(caller, url) for caller in ("anonymous", "Ann", "staff"))])
    unknown = status_of("staff", "/40/products/function/P-0009/")

    stage.say(f"DRF ships {len(shipped)}: {', '.join(shipped)}")
    stage.table(["the permission stands at", "anonymous", "Ann", "staff"], rows)
    assert rows == [
        ["the project: IsAuthenticated", 403, 200, 200],
        ["a view: IsAdminUser", 403, 403, 200],
        ["a function: IsAdminUser", 403, 403, 200],
    ]
    assert unknown == 404
    assert shipped == [
        "AllowAny",
        "DjangoModelPermissions",
        "DjangoModelPermissionsOrAnonReadOnly",
        "DjangoObjectPermissions",
        "IsAdminUser",
        "IsAuthenticated",
        "IsAuthenticatedOrReadOnly",
    ]


@claim("AllowAny gives any user full access, authenticated or not")
def test_allow_any_lets_an_anonymous_caller_write(matrix):
    """Full access means that an anonymous caller may write too, not only read. Here it sets the
    price of a product."""
    rows = matrix("any")

    assert rows == [
        ["GET", 200, 200, 200, 200],
        ["PATCH", 200, 200, 200, 200],
    ]


@claim("IsAuthenticated gives access to authenticated, registered users only")
def test_is_authenticated_asks_for_any_account(matrix):
    """Any account will do, and it opens everything: Ann is a customer, and she sets the price too.
    The class asks who you are, and not what you may do."""
    rows = matrix("signed-in")

    assert rows == [
        ["GET", 403, 200, 200, 200],
        ["PATCH", 403, 200, 200, 200],
    ]


@claim("IsAdminUser gives access to admins and superusers only", verdict=Verdict.WRONG)
def test_is_admin_user_refuses_a_superuser_who_is_not_staff(anonymous, stage, matrix, superuser):
    """It reads one flag of the user, `is_staff`. A superuser without it has every permission of
    Django, and gets 403. Staff who have no permission at all get 200."""
    rows = matrix("admin")

    may_change = superuser.has_perm("shop.change_product")
    stage.say(f"The superuser. is_staff: False. has_perm('shop.change_product'): {may_change}.")
    anonymous.force_login(superuser)
    refused = anonymous.get("/40/products/admin/P-0001/")
    superuser.is_staff = True
    superuser.save()
    stage.say("is_staff: True.")
    allowed = anonymous.get("/40/products/admin/P-0001/")

    assert rows == [
        ["GET", 403, 403, 200, 403],
        ["PATCH", 403, 403, 200, 403],
    ]
    assert may_change
    assert refused.json() == {"detail": "You do not have permission to perform this action."}
    assert allowed.json() == PRODUCT


@claim("IsAuthenticatedOrReadOnly lets all callers view, and only users write")
def test_or_read_only_opens_the_safe_methods_to_all(matrix):
    """GET, HEAD and OPTIONS are open to all callers. For any other method it asks what
    `IsAuthenticated` asks: any account may write."""
    rows = matrix("read-only")

    assert rows == [
        ["GET", 200, 200, 200, 200],
        ["PATCH", 403, 200, 200, 200],
    ]
    assert SAFE_METHODS == ("GET", "HEAD", "OPTIONS")


@claim("Each of them requires a change of DEFAULT_PERMISSION_CLASSES", verdict=Verdict.DEPENDS)
def test_the_setting_is_for_the_views_that_name_nothing(anonymous, stage):
    """Only if the views that name no permission shall have it. A view that names one has that one.
    And AllowAny needs no change at all, because it is DRF's default: that is the danger. This
    project changed it, so here a view that names nothing is closed."""
    by_default = [path.rpartition(".")[2] for path in DEFAULTS["DEFAULT_PERMISSION_CLASSES"]]
    here = [one.__name__ for one in api_settings.DEFAULT_PERMISSION_CLASSES]

    stage.say(f"DRF's default: {', '.join(by_default)}. This project's: {', '.join(here)}.")
    stage.say("A view that names nothing, then one that names AllowAny:")
    names_nothing = anonymous.get("/40/products/default/P-0001/")
    names_allow_any = anonymous.get("/40/products/any/P-0001/")

    assert (by_default, here) == (["AllowAny"], ["IsAuthenticated"])
    assert names_nothing.status_code == 403
    assert names_nothing.json() == NOT_SIGNED_IN
    assert names_allow_any.status_code == 200
    assert names_allow_any.json() == PRODUCT


@trap("The permissions of a view replace the default: they are not added to it")
def test_a_view_with_its_own_permission_forgets_the_default(stage, status_of):
    """The project's default is IsAuthenticated. `[IsNotSuspended]` was meant as one more check, and
    it opens the view to anonymous callers, who are not suspended. `[]` opens it to all. To add a
    check, repeat the default in the list."""
    lists = {
        "names nothing": "default",
        "[IsNotSuspended]": "not-suspended",
        "[]": "empty",
        "[IsAuthenticated, IsNotSuspended]": "both",
    }
    callers = ["anonymous", "suspended", "Ann"]

    rows = []
    for written, design in lists.items():
        url = f"/40/products/{design}/P-0001/"
        rows.append([written, *(status_of(caller, url) for caller in callers)])

    stage.say("The project: DEFAULT_PERMISSION_CLASSES = [IsAuthenticated]")
    stage.table(["permission_classes of the view", *callers], rows)
    assert rows == [
        ["names nothing", 403, 200, 200],
        ["[IsNotSuspended]", 200, 403, 200],
        ["[]", 200, 200, 200],
        ["[IsAuthenticated, IsNotSuspended]", 403, 403, 200],
    ]


@trap("The default does not reach every view of the project")
def test_a_plain_django_view_and_the_login_stay_open(stage, status_of):
    """The setting belongs to DRF, so a plain Django view of the same project is open. A view of a
    package may name its own list: DRF's `ObtainAuthToken` has an empty one, since you ask for a
    token before you have one. The 400 asks for a name and a password."""
    requests = [
        ["a DRF view", "GET", "/40/products/default/P-0001/"],
        ["a plain Django view", "GET", "/40/products/plain/P-0001/"],
        ["ObtainAuthToken", "POST", "/40/token/"],
    ]

    rows = [[*row, status_of("anonymous", row[2], row[1])] for row in requests]
    plain = APIClient().get("/40/products/plain/P-0001/").json()
    unknown = status_of("anonymous", "/40/products/plain/P-0009/")
    missing = APIClient().post("/40/token/", {}).json()

    stage.table(["view", "method", "URL", "anonymous"], rows)
    assert [row[3] for row in rows] == [403, 200, 400]
    assert plain == PRODUCT
    assert unknown == 404
    assert [*missing] == ["username", "password"]
    assert ObtainAuthToken.permission_classes == ()


@trap("A change of the setting while the project runs does not change the views")
def test_views_keep_the_default_that_was_there_at_import(stage, status_of, monkeypatch):
    """DRF copies the setting into `APIView.permission_classes` when it is imported. So
    `override_settings` in a test changes the setting and no view, not even one that is defined
    afterwards. Such a test tries the old permission. Replace the attribute of `APIView`."""

    def statuses():
        later = type("LaterProductDetail", (views.ProductDetail,), {}).as_view()
        response = later(APIRequestFactory().get("/40/products/later/P-0001/"), sku="P-0001")
        own = [status_of("anonymous", f"/40/products/{one}/P-0001/") for one in ("default", "live")]
        return [own[0], response.status_code, own[1]]

    rows = [["nothing", *statuses()]]
    allow_any = ["rest_framework.permissions.AllowAny"]
    with override_settings(REST_FRAMEWORK={"DEFAULT_PERMISSION_CLASSES": allow_any}):
        rows.append(["override_settings", *statuses()])
    monkeypatch.setattr(APIView, "permission_classes", [AllowAny])
    rows.append(["monkeypatch", *statuses()])

    headers = ["changed to AllowAny by", "old view", "new view", "live view"]
    stage.say("The project started with IsAuthenticated. The old view is from then.")
    stage.say("The new view is defined after the change.")
    stage.say("The live view reads the setting at each request.")
    stage.table(headers, rows)
    assert rows == [
        ["nothing", 403, 403, 403],
        ["override_settings", 403, 403, 200],
        ["monkeypatch", 200, 200, 403],
    ]


@trap("A typo in the name of the setting opens the API, and nothing reports it")
def test_drf_ignores_a_setting_that_it_does_not_know(stage, status_of):
    """DRF looks up the names that it knows, and falls back on its own default. A name that it does
    not know is ignored silently: no error at the start, no warning of `manage.py check`. So the
    API is as open as AllowAny. A test of an anonymous request finds it."""
    wanted = ["rest_framework.permissions.IsAuthenticated"]

    rows, warnings = [], []
    for name in ("DEFAULT_PERMISSION_CLASSES", "DEFAULT_PERMISSIONS_CLASSES"):
        with override_settings(REST_FRAMEWORK={name: wanted}):
            rows.append([name, status_of("anonymous", "/40/products/live/P-0001/")])
            warnings += run_checks(app_configs=[apps.get_app_config("rest_framework")])

    stage.table(["the setting, with [IsAuthenticated]", "anonymous"], rows)
    stage.say(f"Warnings of `manage.py check` about DRF: {len(warnings)}")
    assert rows == [
        ["DEFAULT_PERMISSION_CLASSES", 403],
        ["DEFAULT_PERMISSIONS_CLASSES", 200],
    ]
    assert warnings == []
