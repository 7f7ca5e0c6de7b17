from datetime import timedelta

import jwt
import pytest
from django.contrib.auth.models import Group
from django.core.checks import run_checks
from django.test import override_settings
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.settings import DEFAULTS
from rest_framework.test import APIClient
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import RefreshToken

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Order
from shop.people import bearer, token_of

from . import production, serializers, urls, views

pytestmark = pytest.mark.django_db

ANNS_ORDER = {"reference": "A-0001", "customer": "Ann", "note": "ring twice"}
HSTS = "max-age=31536000; includeSubDomains; preload"
BOBS_ORDER = {"reference": "A-0002", "customer": "Bob", "note": "a gift"}


@pytest.fixture
def anns_order(ann):
    factories.order.make(reference="A-0001", customer=ann, note="ring twice")


@pytest.fixture
def bobs_order(bob):
    factories.order.make(reference="A-0002", customer=bob, note="a gift")


@pytest.fixture
def manager():
    user = factories.user.make(username="manager")
    user.groups.add(Group.objects.create(name="managers"))
    return user


@pytest.fixture
def staff():
    user = factories.user.make(username="staff", is_staff=True)
    user.groups.add(Group.objects.create(name="packers"))
    return user


def security_of(module):
    """The settings of a module that the deploy checks and the middleware read."""
    prefixes = ("SECURE_", "SESSION_COOKIE_", "CSRF_COOKIE_")
    return {name: value for name, value in vars(module).items() if name.startswith(prefixes)}


def deploy_warnings():
    found = run_checks(tags=["security"], include_deployment_checks=True)
    return sorted(message.id.removeprefix("security.") for message in found)


def open_endpoints():
    """The path of each view that lets an anonymous caller in, with its permission classes."""
    endpoints = {}
    for pattern in urls.urlpatterns:
        view, options = pattern.callback.cls, pattern.callback.initkwargs
        classes = options.get("permission_classes", view.permission_classes)
        if all(one is AllowAny for one in classes):
            endpoints[str(pattern.pattern)] = [one.__name__ for one in classes]
    return endpoints


def refresh(url, token):
    """Send a refresh token. The recording does not see it: each token is different."""
    return APIClient(raise_request_exception=False).post(url, {"refresh": str(token)})


@claim("JWT or token authentication secures the API", verdict=Verdict.DEPENDS)
def test_a_wrong_token_is_refused_but_none_at_all_is_let_in(anonymous, anns_order):
    """Authentication says who the caller is, and it refuses a bad token with 401. It does not
    refuse a caller without a token. Only a permission does that, and DRF's default permission is
    `AllowAny`."""
    wrong_token = anonymous.get("/17/orders/open/A-0001/", headers=bearer("nonsense"))
    no_token = anonymous.get("/17/orders/open/A-0001/")
    with_permission = anonymous.get("/17/orders/signed-in/A-0001/")

    assert wrong_token.status_code == 401
    assert no_token.status_code == 200
    assert no_token.json() == ANNS_ORDER
    assert with_permission.status_code == 401
    assert DEFAULTS["DEFAULT_PERMISSION_CLASSES"] == ["rest_framework.permissions.AllowAny"]


@claim("Role-based permissions decide who may do what", verdict=Verdict.DEPENDS)
def test_a_role_opens_an_endpoint_but_not_a_row(stage, ann, anns_order, bob, manager, staff):
    """A role opens an endpoint, but it does not choose rows. Ann and Bob have the same role. If an
    endpoint checks only the role, Bob reads Ann's order. The permission or the queryset must check
    the owner."""
    rows = []
    for url in (
        "/17/orders/open/A-0001/",
        "/17/orders/signed-in/A-0001/",
        "/17/orders/owner-checked/A-0001/",
        "/17/orders/owner-checked/A-0009/",
        "/17/orders/owner-checked/",
        "/17/orders/own/A-0001/",
        "/17/reports/staff/",
        "/17/reports/managers/",
    ):
        row = [url]
        for caller in (None, ann.user, bob.user, manager, staff):
            client = APIClient()
            client.force_authenticate(caller)
            row.append(client.get(url).status_code)
        rows.append(row)
    stage.table(["GET", "anonymous", "Ann", "Bob", "manager", "staff"], rows)

    assert rows == [
        ["/17/orders/open/A-0001/", 200, 200, 200, 200, 200],
        ["/17/orders/signed-in/A-0001/", 401, 200, 200, 200, 200],
        ["/17/orders/owner-checked/A-0001/", 401, 200, 403, 403, 403],
        ["/17/orders/owner-checked/A-0009/", 401, 404, 404, 404, 404],
        ["/17/orders/owner-checked/", 401, 200, 200, 200, 200],
        ["/17/orders/own/A-0001/", 401, 200, 404, 404, 404],
        ["/17/reports/staff/", 401, 403, 403, 403, 200],
        ["/17/reports/managers/", 401, 403, 403, 200, 403],
    ]


@claim("A custom permission keeps the admin endpoints closed")
def test_a_custom_permission_asks_for_the_role(api, stage, ann, anns_order, manager):
    """A class with `has_permission` checks the group. DRF's own `IsAdminUser` does not: it checks
    the flag `is_staff`, so it refuses the manager."""
    stage.say("The manager, a member of the group managers:")
    api.force_authenticate(manager)
    is_admin_user = api.get("/17/reports/staff/")
    custom = api.get("/17/reports/managers/")
    stage.say("Ann, a customer:")
    api.force_authenticate(ann.user)
    customer = api.get("/17/reports/managers/")

    assert is_admin_user.status_code == 403
    assert custom.status_code == 200
    assert custom.json() == {"orders": 1}
    assert customer.status_code == 403


@claim("Sensitive data is hidden with write_only_fields", verdict=Verdict.OUTDATED, since="DRF 3.2")
def test_write_only_fields_hides_nothing(api):
    """DRF has no such option since 3.2. It silently ignores `Meta.write_only_fields`, and the
    response holds the hash of the password. `extra_kwargs` with `write_only` hides it."""
    factories.user.make(username="ann", password="pbkdf2_sha256$1000000$salt$hash")

    ignored = api.get("/17/accounts/write-only-fields/ann/")
    hidden = api.get("/17/accounts/extra-kwargs/ann/")

    assert ignored.json() == {"username": "ann", "password": "pbkdf2_sha256$1000000$salt$hash"}
    assert hidden.json() == {"username": "ann"}
    assert serializers.WriteOnlyFieldsSerializer.Meta.write_only_fields == ["password"]
    assert serializers.ExtraKwargsSerializer().fields["password"].write_only


@claim("Permission checks hide what belongs to others", verdict=Verdict.DEPENDS)
def test_the_object_permission_is_not_asked_for_a_list(api, stage, anns_order, bob, bobs_order):
    """`get_object()` checks the object permission. A list does not, and a view that fetches the row
    itself must call `check_object_permissions()`: without it Bob reads Ann's order. A filtered
    queryset closes both. The answer is 404, so Bob does not learn that the order exists."""
    api.raise_request_exception = False
    stage.say("Bob asks for Ann's order, with IsOwner among the permissions:")
    api.force_authenticate(bob.user)
    by_get_object = api.get("/17/orders/owner-checked/A-0001/")
    by_hand = api.get("/17/orders/hand-fetched/A-0001/")
    unknown = api.get("/17/orders/hand-fetched/A-0009/")
    listed = api.get("/17/orders/owner-checked/")
    stage.say("With a queryset that holds only Bob's orders:")
    own_detail = api.get("/17/orders/own/A-0001/")
    own_list = api.get("/17/orders/own/")

    assert by_get_object.status_code == 403
    assert by_hand.json() == ANNS_ORDER
    assert unknown.status_code == 404
    assert listed.json() == [ANNS_ORDER, BOBS_ORDER]
    assert own_detail.status_code == 404
    assert own_list.json() == [BOBS_ORDER]


@claim("HTTPS and secure headers protect production", verdict=Verdict.DEPENDS, since="Django 4.0")
@pytest.mark.parametrize(
    ("module", "security", "warnings", "over_http", "hsts"),
    [
        ("config.settings", {}, ["W004", "W008", "W012", "W016"], 200, None),
        ("production", security_of(production), [], 301, HSTS),
    ],
    ids=["project", "production"],
)
def test_https_is_off_until_the_settings_turn_it_on(
    anonymous, stage, module, security, warnings, over_http, hsts
):
    """DRF has no part in it. Django's `SecurityMiddleware` sends three headers by default, since
    Django 4.0. It redirects and sends HSTS only if the settings say so, and HSTS only over HTTPS.
    `check --deploy` names the settings that are missing."""
    with override_settings(**security):
        found = deploy_warnings()
        stage.say(f"`check --deploy` on {module}: {', '.join(found) or 'no warning'}")
        stage.say("Over HTTP, then over HTTPS:")
        http = anonymous.get("/17/rates/")
        https = anonymous.get("/17/rates/", secure=True)

    names = ["Strict-Transport-Security", "X-Content-Type-Options", "Referrer-Policy"]
    names.append("Cross-Origin-Opener-Policy")
    headers = [[name, http.headers.get(name), https.headers.get(name)] for name in names]
    stage.table(["header", "over HTTP", "over HTTPS"], [[*map(shown, row)] for row in headers])
    assert found == warnings
    assert http.status_code == over_http
    assert https.status_code == 200
    assert headers == [
        ["Strict-Transport-Security", None, hsts],
        ["X-Content-Type-Options", "nosniff", "nosniff"],
        ["Referrer-Policy", "same-origin", "same-origin"],
        ["Cross-Origin-Opener-Policy", "same-origin", "same-origin"],
    ]


def shown(header):
    return header or "—"


@trap("A JWT outlives the password")
@pytest.mark.parametrize(
    ("options", "by_token"),
    [({}, 200), (production.SIMPLE_JWT, 401)],
    ids=["default", "production"],
)
def test_a_new_password_ends_the_session_but_not_the_token(
    anonymous, stage, monkeypatch, ann, anns_order, options, by_token
):
    """A session holds a fingerprint of the password, but a token does not. A stolen token works
    until it expires, and its refresh token makes new ones. With `CHECK_REVOKE_TOKEN`, which is off
    by default, a token holds a fingerprint too."""
    for name, value in options.items():
        monkeypatch.setattr(api_settings, name, value)
    anonymous.force_login(ann.user)
    token = bearer(token_of(ann))
    refresh_token = RefreshToken.for_user(ann.user)

    stage.say(f"SIMPLE_JWT = {options}. Ann by session, then by token:")
    session_before = anonymous.get("/17/orders/own/")
    token_before = anonymous.get("/17/orders/own/", headers=token)
    ann.user.set_password("correct horse battery staple")
    ann.user.save()
    stage.say("The same after Ann has changed her password:")
    session_after = anonymous.get("/17/orders/own/")
    token_after = anonymous.get("/17/orders/own/", headers=token)
    stage.say("With the access token that her old refresh token gives now:")
    refreshed = refresh("/17/tokens/refresh-safely/", refresh_token)
    refreshed_after = anonymous.get("/17/orders/own/", headers=bearer(refreshed.data["access"]))

    assert session_before.json() == token_before.json() == [ANNS_ORDER]
    assert session_after.status_code == 401
    assert token_after.status_code == by_token
    assert refreshed.status_code == 200
    assert refreshed_after.status_code == by_token


@trap("A rotated refresh token still works until it is blacklisted")
def test_rotation_alone_ends_no_token(stage, monkeypatch, ann):
    """Rotation gives a new refresh token with each access token. The old one stays valid until it
    expires. `BLACKLIST_AFTER_ROTATION` ends it, but only with the app `token_blacklist` in
    INSTALLED_APPS. This project has the app."""
    url = "/17/tokens/refresh-safely/"
    fixed = refresh(url, RefreshToken.for_user(ann.user))
    for name, value in production.SIMPLE_JWT.items():
        monkeypatch.setattr(api_settings, name, value)
    rows = []
    for blacklist in (False, True):
        monkeypatch.setattr(api_settings, "BLACKLIST_AFTER_ROTATION", blacklist)
        old = RefreshToken.for_user(ann.user)
        rotated, again = refresh(url, old), refresh(url, old)
        rows.append([blacklist, ", ".join(rotated.data), again.status_code])

    stage.table(["BLACKLIST_AFTER_ROTATION", "the refresh gives", "the old one again"], rows)
    assert list(fixed.data) == ["access"]
    assert rows == [[False, "access, refresh", 200], [True, "access, refresh", 401]]
    assert rotated.data["refresh"] != str(old)


@trap("A refresh for a deleted user answers 500")
def test_refresh_expects_that_the_user_exists(stage, ann, bob):
    """Simple JWT 5.5.1 fetches the user and does not catch DoesNotExist, so the client gets 500. A
    serializer that catches it answers 401, as for a deactivated user."""
    deleted, deactivated = RefreshToken.for_user(ann.user), RefreshToken.for_user(bob.user)
    ann.user.delete()
    bob.user.is_active = False
    bob.user.save()

    rows = [
        [url, *(refresh(url, token).status_code for token in (deleted, deactivated, "nonsense"))]
        for url in ("/17/tokens/refresh/", "/17/tokens/refresh-safely/")
    ]

    stage.table(["endpoint", "deleted", "deactivated", "no token"], rows)
    assert rows == [
        ["/17/tokens/refresh/", 500, 401, 401],
        ["/17/tokens/refresh-safely/", 401, 401, 401],
    ]


@trap("A stateless JWT outlives its user")
def test_without_a_query_nobody_sees_that_the_user_is_gone(
    anonymous, stage, django_assert_num_queries, ann
):
    """`JWTAuthentication` fetches the user for every request. That is one query, and it sees that
    the user is inactive. `JWTStatelessUserAuthentication` runs no query and trusts the token."""
    token = bearer(token_of(ann))
    ann.user.is_active = False
    ann.user.save()

    stage.say("Ann is deactivated, and her token has not expired:")
    with django_assert_num_queries(1):
        looked_up = anonymous.get("/17/rates/jwt/", headers=token)
    with django_assert_num_queries(0):
        stateless = anonymous.get("/17/rates/stateless-jwt/", headers=token)

    assert looked_up.status_code == 401
    assert looked_up.json() == {"detail": "User is inactive", "code": "user_inactive"}
    assert stateless.status_code == 200
    assert stateless.json() == {"standard": "5.00"}


@trap("A JWT is signed, not encrypted")
def test_anybody_reads_a_token_and_nobody_alters_it(stage, ann, bob):
    """Put nothing secret into the payload: anyone can read it without a key. It is safe from
    changes only if the view verifies it: the signature, the algorithm, the expiry, and the type of
    the token."""
    token = token_of(ann)
    header, _, signature = str(token).split(".")
    payload_of_bob = str(token_of(bob)).split(".")[1]
    expired = token_of(ann, -timedelta(minutes=1))
    tokens = {
        "as it was issued": token,
        "with the payload of Bob's": f"{header}.{payload_of_bob}.{signature}",
        "with algorithm none": jwt.encode(token.payload, None, algorithm="none"),
        "expired": expired,
        "a refresh token": RefreshToken.for_user(ann.user),
    }

    read = jwt.decode(str(token), options={"verify_signature": False})
    stage.say(f"Read without a key: {', '.join(read)}")
    answers = [
        [
            name,
            APIClient().get("/17/rates/jwt/", headers=bearer(token)).status_code,
            APIClient().get("/17/rates/unverified-jwt/", headers=bearer(token)).status_code,
        ]
        for name, token in tokens.items()
    ]
    stage.table(["token", "/17/rates/jwt/", "/17/rates/unverified-jwt/"], answers)

    assert read == token.payload
    assert answers == [
        ["as it was issued", 200, 200],
        ["with the payload of Bob's", 401, 200],
        ["with algorithm none", 401, 200],
        ["expired", 401, 200],
        ["a refresh token", 401, 200],
    ]


@trap("Anyone who knows SECRET_KEY can sign a token for any user")
def test_the_secret_key_signs_the_tokens(anonymous, stage, settings, ann, bob, bobs_order):
    """By default, Simple JWT signs with SECRET_KEY and HS256. A key in the repository or in a log
    opens every account. Read the key from the environment, and give the tokens a SIGNING_KEY that
    you can change alone."""
    payload = {**token_of(ann).payload, "user_id": str(bob.user.pk)}
    with_the_key = jwt.encode(payload, settings.SECRET_KEY, algorithm="HS256")
    with_another = jwt.encode(payload, "another key of the same length, and wrong", "HS256")

    stage.say("Signed with SECRET_KEY, then with another key:")
    forged = anonymous.get("/17/orders/own/", headers=bearer(with_the_key))
    refused = anonymous.get("/17/orders/own/", headers=bearer(with_another))

    assert forged.status_code == 200
    assert forged.json() == [BOBS_ORDER]
    assert refused.status_code == 401


@trap("IsOwner does not guard a POST")
def test_a_post_checks_no_object_permission(api, ann, bob):
    """A POST has no object yet, so DRF checks no object permission: Bob creates an order for Ann.
    Leave the owner out of the input, and set it in `perform_create()` from `request.user`."""
    api.force_authenticate(bob.user)
    order = {"reference": "A-0003", "customer": "ann", "note": "a gift"}

    for_ann = api.post("/17/new-orders/owner-checked/", order)
    own = api.post("/17/new-orders/own/", {**order, "reference": "A-0004"})

    assert for_ann.status_code == own.status_code == 201
    assert for_ann.json() == {"reference": "A-0003", "customer": "Ann", "note": "a gift"}
    assert own.json() == {"reference": "A-0004", "customer": "Bob", "note": "a gift"}
    assert views.OwnerCheckedOrderCreate.permission_classes == [IsAuthenticated, views.IsOwner]
    stored = dict(Order.objects.values_list("reference", "customer__name"))
    assert stored == {"A-0003": "Ann", "A-0004": "Bob"}


@trap("A cookie needs a CSRF token, and a Bearer header does not")
def test_the_browser_sends_a_cookie_by_itself(anonymous, stage, ann):
    """A browser sends the cookie by itself. So DRF refuses a POST by session without a CSRF token:
    403. A script must add a Bearer header, and a script of another site does not know the
    token."""
    anonymous.handler.enforce_csrf_checks = True

    stage.say("By session, then by token:")
    anonymous.force_login(ann.user)
    by_cookie = anonymous.post("/17/new-orders/own/", {"reference": "A-0003"})
    anonymous.logout()
    token = bearer(token_of(ann))
    by_header = anonymous.post("/17/new-orders/own/", {"reference": "A-0003"}, headers=token)

    assert by_cookie.status_code == 403
    assert by_cookie.json() == {"detail": "CSRF Failed: CSRF cookie not set."}
    assert by_header.status_code == 201
    assert by_header.json() == {"reference": "A-0003", "customer": "Ann", "note": ""}


@trap("CORS does not stop a request")
def test_cors_only_lets_a_page_read_the_answer(anonymous, stage):
    """The server answers a request from any origin. The header tells the browser which pages may
    read the answer: without it, only pages of the same origin. A client that is not a browser
    ignores it. CORS opens something, and it protects nothing."""
    evil = {"Origin": "https://evil.test"}

    closed = anonymous.get("/17/rates/", headers=evil)
    shared = anonymous.get("/17/rates/shared/", headers=evil)

    allowed = [one.headers.get("Access-Control-Allow-Origin") for one in (closed, shared)]
    stage.say(f"Access-Control-Allow-Origin: {shown(allowed[0])}, then {allowed[1]}.")
    assert closed.json() == shared.json() == {"standard": "5.00"}
    assert allowed == [None, "https://blog.test"]


@trap("The first authentication class decides between 401 and 403")
def test_the_first_class_decides_what_an_anonymous_caller_gets(anonymous, ann):
    """The first class in `authentication_classes` gives the WWW-Authenticate header. A JWT class
    has one: 401, and how to sign in. A session has none: 403. Both views accept both ways to sign
    in."""
    jwt_first = anonymous.get("/17/rates/jwt-first/")
    session_first = anonymous.get("/17/rates/session-first/")
    by_token = anonymous.get("/17/rates/session-first/", headers=bearer(token_of(ann)))
    anonymous.force_login(ann.user)
    by_session = anonymous.get("/17/rates/jwt-first/")

    assert jwt_first.status_code == 401
    assert jwt_first.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert session_first.status_code == 403
    assert "WWW-Authenticate" not in session_first.headers
    assert jwt_first.json() == session_first.json()
    assert by_token.status_code == by_session.status_code == 200


@trap("Behind a proxy the redirect to HTTPS never ends")
@pytest.mark.parametrize(
    ("trusted", "status"),
    [(None, 301), (production.SECURE_PROXY_SSL_HEADER, 200)],
    ids=["untold", "told"],
)
def test_django_must_be_told_how_the_proxy_says_https(anonymous, stage, trusted, status):
    """The proxy speaks HTTPS with the browser and HTTP with Django. So Django redirects the browser
    to the URL that it has just requested. `SECURE_PROXY_SSL_HEADER` ends that. But a client that
    reaches Django directly can send the header too."""
    with override_settings(**security_of(production) | {"SECURE_PROXY_SSL_HEADER": trusted}):
        stage.say(f"SECURE_PROXY_SSL_HEADER = {trusted}")
        response = anonymous.get("/17/rates/", HTTP_X_FORWARDED_PROTO="https")

    assert response.status_code == status


@trap("check --deploy does not see an open endpoint")
def test_an_open_endpoint_passes_every_deploy_check(anonymous, stage, anns_order):
    """It checks settings, and no view. Set `IsAuthenticated` in DEFAULT_PERMISSION_CLASSES. Write a
    test that walks the URLconf and lists the open endpoints. It also finds views with no permission
    class, such as those of Simple JWT."""
    with override_settings(**security_of(production)):
        found = deploy_warnings()
        stage.say(f"`check --deploy` on production: {', '.join(found) or 'no warning'}")
        response = anonymous.get("/17/orders/open/A-0001/", secure=True)

    endpoints = open_endpoints()
    rows = [[path, ", ".join(classes) or "—"] for path, classes in endpoints.items()]
    stage.table(["open endpoint", "permission classes"], rows)
    assert found == []
    assert response.status_code == 200
    assert response.json() == ANNS_ORDER
    assert endpoints == {
        "orders/open/<str:reference>/": ["AllowAny"],
        "rates/": ["AllowAny"],
        "rates/shared/": ["AllowAny"],
        "tokens/refresh/": [],
        "tokens/refresh-safely/": [],
    }
