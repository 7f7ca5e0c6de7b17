from datetime import timedelta

import jwt
import pytest
from django.contrib.auth.models import Group
from django.core.checks import run_checks
from django.test import override_settings
from rest_framework.settings import DEFAULTS
from rest_framework.test import APIClient
from rest_framework_simplejwt.authentication import api_settings
from rest_framework_simplejwt.tokens import RefreshToken

from runner import Verdict, claim, trap
from shop import factories
from shop.people import bearer, token_of

from . import production

pytestmark = pytest.mark.django_db

ANNS_ORDER = {"reference": "A-0001", "customer": "Ann", "note": "ring twice"}
BOBS_ORDER = {"reference": "A-0002", "customer": "Bob", "note": "a gift"}
RATES = {"standard": "5.00"}


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
    return factories.user.make(username="staff", is_staff=True)


def security_of(module):
    """What a settings module says to the deploy checks and to the middleware."""
    prefixes = ("SECURE_", "SESSION_COOKIE_", "CSRF_COOKIE_")
    return {name: value for name, value in vars(module).items() if name.startswith(prefixes)}


def deploy_warnings():
    found = run_checks(tags=["security"], include_deployment_checks=True)
    return sorted(message.id for message in found)


@claim("JWT or token authentication secures the API", verdict=Verdict.DEPENDS)
def test_a_wrong_token_is_refused_but_none_at_all_is_let_in(anonymous, anns_order):
    """Authentication finds out who asks; only a permission says no. A token that makes no sense is
    a 401, but DRF's default permission is `AllowAny`, so no token at all is let in."""
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
    """A role decides about an endpoint, not about a row. Ann and Bob have the same role, so
    wherever the role alone is asked, Bob reads Ann's order; the permission or the queryset has to
    ask whose it is."""
    rows = []
    for url in (
        "/17/orders/open/A-0001/",
        "/17/orders/signed-in/A-0001/",
        "/17/orders/owner-checked/A-0001/",
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
    stage.table(["GET", "nobody", "Ann", "Bob", "manager", "staff"], rows)

    assert rows == [
        ["/17/orders/open/A-0001/", 200, 200, 200, 200, 200],
        ["/17/orders/signed-in/A-0001/", 401, 200, 200, 200, 200],
        ["/17/orders/owner-checked/A-0001/", 401, 200, 403, 403, 403],
        ["/17/orders/own/A-0001/", 401, 200, 404, 404, 404],
        ["/17/reports/staff/", 401, 403, 403, 403, 200],
        ["/17/reports/managers/", 401, 403, 403, 200, 403],
    ]


@claim("A custom permission keeps the admin endpoints closed")
def test_a_custom_permission_asks_for_the_role(api, stage, ann, anns_order, manager):
    """A class with `has_permission` asks for the group. DRF's own `IsAdminUser` does not: it asks
    for the flag `is_staff`, so it turns the manager away."""
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


@claim("Sensitive data is hidden with write_only_fields", verdict=Verdict.OUTDATED)
def test_write_only_fields_hides_nothing(api):
    """DRF has had no such option since 3.2: it ignores `Meta.write_only_fields` without a word, and
    the hash of the password goes out. `extra_kwargs` with `write_only` hides it."""
    factories.user.make(username="ann", password="pbkdf2_sha256$1000000$salt$hash")

    ignored = api.get("/17/accounts/write-only-fields/ann/")
    hidden = api.get("/17/accounts/extra-kwargs/ann/")

    assert ignored.json() == {"username": "ann", "password": "pbkdf2_sha256$1000000$salt$hash"}
    assert hidden.json() == {"username": "ann"}


@claim("Permission checks hide what belongs to others", verdict=Verdict.DEPENDS)
def test_the_object_permission_is_not_asked_for_a_list(api, stage, anns_order, bob, bobs_order):
    """Only `get_object()` asks `has_object_permission`. A list never does, and neither does a view
    that fetches the row by itself: Bob reads Ann's order. Filtering the queryset closes both, and
    answers 404, which does not even tell him that the order exists."""
    api.raise_request_exception = False
    stage.say("Bob asks for Ann's order, with IsOwner among the permissions:")
    api.force_authenticate(bob.user)
    by_get_object = api.get("/17/orders/owner-checked/A-0001/")
    by_hand = api.get("/17/orders/hand-fetched/A-0001/")
    unknown = api.get("/17/orders/hand-fetched/A-0009/")
    listed = api.get("/17/orders/owner-checked/")
    stage.say("With a queryset that holds his own orders alone:")
    own_detail = api.get("/17/orders/own/A-0001/")
    own_list = api.get("/17/orders/own/")

    assert by_get_object.status_code == 403
    assert by_hand.json() == ANNS_ORDER
    assert unknown.status_code == 404
    assert listed.json() == [ANNS_ORDER, BOBS_ORDER]
    assert own_detail.status_code == 404
    assert own_list.json() == [BOBS_ORDER]


@claim("HTTPS and secure headers protect production", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize(
    ("module", "security", "warnings", "over_http", "hsts"),
    [
        (
            "config.settings",
            {},
            ["security.W004", "security.W008", "security.W012", "security.W016"],
            200,
            None,
        ),
        (
            "production",
            security_of(production),
            [],
            301,
            "max-age=31536000; includeSubDomains; preload",
        ),
    ],
    ids=["house", "production"],
)
def test_https_is_off_until_the_settings_turn_it_on(
    anonymous, stage, module, security, warnings, over_http, hsts
):
    """DRF has no part in it. Django's `SecurityMiddleware` sends two headers by itself, but
    redirects and sends HSTS only where the settings say so; `check --deploy` names those that are
    missing. HSTS goes out over HTTPS alone."""
    with override_settings(**security):
        found = deploy_warnings()
        stage.say(f"`check --deploy` on {module}: {', '.join(found) or 'no warning'}")
        stage.say("Over HTTP, then over HTTPS:")
        http = anonymous.get("/17/rates/")
        https = anonymous.get("/17/rates/", secure=True)

    names = ["Strict-Transport-Security", "X-Content-Type-Options", "Referrer-Policy"]
    stage.table(
        ["header", "over HTTP", "over HTTPS"],
        [[name, http.headers.get(name, "—"), https.headers.get(name, "—")] for name in names],
    )
    assert found == warnings
    assert http.status_code == over_http
    assert https.status_code == 200
    assert "Strict-Transport-Security" not in http.headers
    assert https.headers.get("Strict-Transport-Security") == hsts
    assert https.headers["X-Content-Type-Options"] == "nosniff"


@trap("A JWT outlives the password")
@pytest.mark.parametrize(
    ("options", "by_token"),
    [({}, 200), (production.SIMPLE_JWT, 401)],
    ids=["default", "production"],
)
def test_a_new_password_ends_the_session_but_not_the_token(
    anonymous, stage, monkeypatch, ann, anns_order, options, by_token
):
    """A session holds a fingerprint of the password, a token does not: whoever stole a token stays
    in until it expires. With `CHECK_REVOKE_TOKEN`, off by default, a token holds one too."""
    for name, value in options.items():
        monkeypatch.setattr(api_settings, name, value)
    anonymous.force_login(ann.user)
    token = bearer(token_of(ann))

    stage.say(f"SIMPLE_JWT = {options}. Ann by session, then by token:")
    session_before = anonymous.get("/17/orders/own/")
    token_before = anonymous.get("/17/orders/own/", headers=token)
    ann.user.set_password("correct horse battery staple")
    ann.user.save()
    stage.say("The same after she has changed her password:")
    session_after = anonymous.get("/17/orders/own/")
    token_after = anonymous.get("/17/orders/own/", headers=token)

    assert session_before.json() == token_before.json() == [ANNS_ORDER]
    assert session_after.status_code == 401
    assert token_after.status_code == by_token


@trap("A stateless JWT outlives its user")
def test_without_a_query_nobody_sees_that_the_user_is_gone(
    anonymous, stage, django_assert_num_queries, ann
):
    """`JWTAuthentication` fetches the user for every request, one query as for any other token, and
    so sees the deactivation. `JWTStatelessUserAuthentication` asks nobody."""
    token = bearer(token_of(ann))
    ann.user.is_active = False
    ann.user.save()

    stage.say("Ann is deactivated, her token has not expired:")
    with django_assert_num_queries(1):
        looked_up = anonymous.get("/17/rates/jwt/", headers=token)
    with django_assert_num_queries(0):
        stateless = anonymous.get("/17/rates/stateless-jwt/", headers=token)

    assert looked_up.status_code == 401
    assert looked_up.json() == {"detail": "User is inactive", "code": "user_inactive"}
    assert stateless.status_code == 200


@trap("A JWT is signed, not encrypted")
def test_anybody_reads_a_token_and_nobody_alters_it(stage, ann, bob):
    """Put nothing secret into the payload: it is read without any key. It is safe from change only
    as long as the view verifies it: signature, algorithm, expiry, and that it is no refresh
    token."""
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


@trap("The first authenticator decides between 401 and 403")
def test_who_stands_first_decides_what_nobody_is_told(anonymous):
    """A view that knows both says 401 and how to sign in, or 403 and nothing, depending on which
    class stands first in `authentication_classes`: a session has no `WWW-Authenticate`."""
    jwt_first = anonymous.get("/17/rates/jwt-first/")
    session_first = anonymous.get("/17/rates/session-first/")

    assert jwt_first.status_code == 401
    assert jwt_first.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert session_first.status_code == 403
    assert "WWW-Authenticate" not in session_first.headers
    assert jwt_first.json() == session_first.json()


@trap("Behind a proxy the redirect to HTTPS never ends")
@pytest.mark.parametrize(
    ("trusted", "status"),
    [(None, 301), (production.SECURE_PROXY_SSL_HEADER, 200)],
    ids=["untold", "told"],
)
def test_django_must_be_told_how_the_proxy_says_https(anonymous, stage, trusted, status):
    """The proxy speaks HTTPS with the browser and HTTP with Django, which sends the browser to the
    URL that it just asked for. `SECURE_PROXY_SSL_HEADER` ends that; but whoever reaches Django past
    the proxy can send the header too."""
    with override_settings(**security_of(production) | {"SECURE_PROXY_SSL_HEADER": trusted}):
        stage.say(f"SECURE_PROXY_SSL_HEADER = {trusted}")
        response = anonymous.get("/17/rates/", HTTP_X_FORWARDED_PROTO="https")

    assert response.status_code == status


@trap("check --deploy does not see an open endpoint")
def test_an_open_endpoint_passes_every_deploy_check(anonymous, stage, anns_order):
    """It looks at settings, never at a view. What guards the endpoints is the matrix above, kept as
    a test, and `IsAuthenticated` in `DEFAULT_PERMISSION_CLASSES`."""
    with override_settings(**security_of(production)):
        found = deploy_warnings()
        stage.say(f"`check --deploy` on production: {', '.join(found) or 'no warning'}")
        response = anonymous.get("/17/orders/open/A-0001/", secure=True)

    assert found == []
    assert response.status_code == 200
    assert response.json() == ANNS_ORDER
