import re

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Order
from shop.payloads import payload_of_jwt
from shop.people import bearer, by_token, token_of

from .models import DeviceToken
from .serializers import LoginWithPermissionsSerializer

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]


def status(url, key):
    """The status of a GET by a client that is not recorded: a table shows it."""
    return APIClient().get(url, headers=by_token(key)).status_code


def signed_in(login, device="phone", username="ann"):
    """The body of a login by a client that is not recorded."""
    body = {"username": username, "password": "right", "device": device}
    response = APIClient().post(f"/47/login/{login}/", body)
    assert response.status_code == 200
    return response.json()


def grant(user, permissions):
    orders = ContentType.objects.get_for_model(Order)
    for number in range(permissions):
        codename = f"read_report_{number:03}"
        user.user_permissions.add(
            Permission.objects.create(content_type=orders, codename=codename, name=codename)
        )


@claim("With tokens no session objects have to scale", verdict=Verdict.DEPENDS)
def test_only_a_stateless_jwt_needs_no_table(stage, ann):
    """True only for the stateless class. A token of DRF is a row in a table that all servers ask,
    as a session is. `JWTAuthentication` keeps no row of the login, but it asks for the user. The
    less the server asks, the less it can take back."""
    by_session = APIClient()
    by_session.force_login(ann.user)
    Token.objects.create(user=ann.user, key="a" * 40)
    jwt = bearer(token_of(ann))

    rows = []
    for name, client, headers in (
        ("session", by_session, {}),
        ("shared", APIClient(), by_token("a" * 40)),
        ("jwt", APIClient(), jwt),
        ("stateless", APIClient(), jwt),
    ):
        with CaptureQueriesContext(connection) as captured:
            bodies = [client.get(f"/47/{name}/me/", headers=headers).json() for _ in range(20)]
        found = re.findall(r'(?:FROM|JOIN) "(\w+)"', str(captured.captured_queries))
        tables = ", ".join(sorted(set(found))) or "—"
        users = {body["user"] or "—" for body in bodies}
        rows.append([f"/47/{name}/me/", *users, len(captured), tables])

    for url, _, queries, _ in rows:
        stage.bar(url, queries, "queries for 20 requests")
    stage.table(["20 × GET", "user", "queries", "tables"], rows)
    assert rows == [
        ["/47/session/me/", "ann", 40, "auth_user, django_session"],
        ["/47/shared/me/", "ann", 20, "auth_user, authtoken_token"],
        ["/47/jwt/me/", "ann", 20, "auth_user"],
        ["/47/stateless/me/", "—", 0, "—"],
    ]


@claim("The same token can be shared by the website and the mobile app")
def test_two_logins_get_one_token_of_drf(anonymous, stage, passwords):
    """DRF's login gives each device the same token. The server cannot tell them apart: there is one
    row, and it names the user alone."""
    phone = anonymous.post("/47/login/shared/", {"username": "ann", "password": "right"})
    laptop = anonymous.post("/47/login/shared/", {"username": "ann", "password": "right"})

    same = phone.json() == laptop.json()
    stage.say(f"The same token: {'yes' if same else 'no'}. Rows: {Token.objects.count()}.")
    opened = anonymous.get("/47/shared/me/", headers=by_token(phone.data.get("token")))
    assert [phone.status_code, laptop.status_code] == [200, 200]
    assert same
    assert Token.objects.count() == 1
    assert opened.json() == {"user": "ann"}


@claim("A token contains all user information, not just an id", verdict=Verdict.WRONG)
def test_what_is_in_a_token_is_what_you_put_there(stage, ann, passwords):
    """A token of DRF contains nothing. A JWT of Simple JWT contains the id of the user, and no name
    and no permission. Anything else is in it only because your serializer puts it there."""
    grant(ann.user, 1)

    [[name, key]] = signed_in("shared").items()
    rows = [["/47/login/shared/", "nothing" if re.fullmatch("[0-9a-f]{40}", key) else name]]
    for login in ("jwt", "jwt-with-permissions"):
        payload = payload_of_jwt(signed_in(login).get("access", ".e30"))
        rows.append([f"/47/login/{login}/", ", ".join(sorted(payload))])

    stage.table(["login", "what is in the token"], rows)
    assert rows == [
        ["/47/login/shared/", "nothing"],
        ["/47/login/jwt/", "exp, iat, jti, token_type, user_id"],
        ["/47/login/jwt-with-permissions/", "exp, iat, jti, permissions, token_type, user_id"],
    ]
    assert payload["permissions"] == ["shop.read_report_000"]


@claim("It is sent on each request, so its size can become an issue", verdict=Verdict.DEPENDS)
def test_a_jwt_grows_with_what_you_add(stage, anonymous):
    """A JWT grows with each thing that you add: from 231
    characters to 3,319 with 100 permissions. A token of DRF keeps its 40, and the key of a session
    its 32, whatever the user may do."""
    clerk = factories.user.make(pk=1, username="clerk")  # the length depends on the id
    anonymous.force_login(clerk)
    rows = [
        ["the key of a session", len(anonymous.cookies["sessionid"].value)],
        ["a token of DRF", len(Token.objects.create(user=clerk).key)],
        ["a JWT", len(str(AccessToken.for_user(clerk)))],
    ]

    for permissions in (1, 10, 100):
        clerk.user_permissions.all().delete()
        grant(clerk, permissions)
        refresh = LoginWithPermissionsSerializer.get_token(User.objects.get(pk=1))
        name = f"a JWT with {permissions} permission{'s' * (permissions > 1)}"
        rows.append([name, len(str(refresh.access_token))])

    stage.table(["sent with each request", "characters"], rows)
    assert rows == [
        ["the key of a session", 32],
        ["a token of DRF", 40],
        ["a JWT", 231],
        ["a JWT with 1 permission", 283],
        ["a JWT with 10 permissions", 559],
        ["a JWT with 100 permissions", 3319],
    ]


@trap("Log out on the phone, and the laptop is out too")
def test_a_token_for_each_device_ends_alone(anonymous, stage, passwords):
    """The logout deletes the row, and the laptop has the same one. With a row for each device, the
    logout ends one of them. It takes a model with a ForeignKey, a login that names the device,
    and a class with `model = DeviceToken`."""
    rows = []
    for name in ("shared", "device"):
        phone = signed_in(name, "phone")["token"]
        laptop = signed_in(name, "laptop")["token"]
        before = [status(f"/47/{name}/me/", key) for key in (phone, laptop)]
        stage.say(f"{name}: the phone signs out, then the laptop's next request:")
        out = anonymous.post(f"/47/{name}/logout/", headers=by_token(phone))
        after = anonymous.get(f"/47/{name}/me/", headers=by_token(laptop))
        assert (before, out.status_code) == ([200, 200], 204)
        rows.append([name, len({phone, laptop}), status(f"/47/{name}/me/", phone)])
        rows[-1].append(after.status_code)

    stage.table(["design", "tokens for two devices", "phone", "laptop"], rows)
    assert rows == [["shared", 1, 401, 401], ["device", 2, 401, 200]]


@trap("A new login does not end a stolen token")
def test_a_new_login_renews_only_the_token_of_its_device(stage, passwords):
    """A copy of the shared token goes on, since the next login hands out the same one. The login of
    a device writes a new key into the row of this device, and the copy is refused."""
    rows = []
    for name, stored in (("shared", Token), ("device", DeviceToken)):
        stolen = signed_in(name)["token"]
        before = status(f"/47/{name}/me/", stolen)
        new = signed_in(name)["token"]
        after = [status(f"/47/{name}/me/", key) for key in (stolen, new)]
        rows.append([name, before, *after, stored.objects.count()])

    stage.say("Someone copies the token of Ann's phone. Then Ann signs in again on the phone:")
    stage.table(["design", "the copy", "after the login", "the new one", "rows"], rows)
    assert rows == [["shared", 200, 200, 200, 1], ["device", 200, 401, 200, 1]]


@trap("Ann's phone is lost, and she wants to end its token from the laptop")
def test_a_row_for_each_device_can_be_shown_and_ended(anonymous, stage, ann, bob, passwords):
    """A row with a name can be listed and deleted from any other device of the same user. Other
    users get 404. With the shared token there is nothing to list, and the only logout is the one
    of all devices."""
    phone, laptop = (signed_in("device", device)["token"] for device in ("phone", "laptop"))
    bobs = signed_in("device", "laptop", username="bob")["token"]

    devices = anonymous.get("/47/devices/", headers=by_token(laptop))
    ended = anonymous.delete("/47/devices/phone/", headers=by_token(laptop))
    after = [status("/47/device/me/", key) for key in (phone, laptop, bobs)]
    stage.say("Ann finds the phone and signs in. Bob tries to end it:")
    found = signed_in("device", "phone")["token"]
    foreign = anonymous.delete("/47/devices/phone/", headers=by_token(bobs))
    stage.say("Ann signs out everywhere:")
    everywhere = anonymous.delete("/47/devices/", headers=by_token(laptop))
    at_the_end = [status("/47/device/me/", key) for key in (found, laptop, bobs)]
    for row in (
        {"user": bob.user, "device": "laptop", "key": "b" * 40},
        {"user": ann.user, "device": "laptop", "key": bobs},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            DeviceToken.objects.create(**row)

    stage.say("A second row for a device, and a second row for a key: IntegrityError.")
    rows = [["the phone is ended", *after], ["Ann signs out everywhere", *at_the_end]]
    stage.table(["after", "phone", "laptop", "Bob's laptop"], rows)
    assert devices.json() == [{"device": "laptop"}, {"device": "phone"}]
    assert [ended.status_code, foreign.status_code, everywhere.status_code] == [204, 404, 204]
    assert rows == [
        ["the phone is ended", 401, 200, 200],
        ["Ann signs out everywhere", 401, 401, 200],
    ]
    login = {"username": "ann", "password": "right"}
    for device, expected in (("x" * 50, 200), ("x" * 51, 400), ("my/phone", 400)):
        response = APIClient().post("/47/login/device/", {**login, "device": device})
        assert response.status_code == expected
