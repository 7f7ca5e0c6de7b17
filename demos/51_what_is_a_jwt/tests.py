import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient
from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.tokens import RefreshToken

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Order
from shop.people import bearer, by_token, token_of

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

LOGIN = {"username": "ann", "password": "right"}


@pytest.fixture
def staff(ann, passwords):
    """Ann is one of the staff, has an address, and may view orders."""
    ann.user.is_staff = True
    ann.user.email = "ann@shop.test"
    ann.user.save()
    orders = ContentType.objects.get_for_model(Order)
    view_order, _ = Permission.objects.get_or_create(content_type=orders, codename="view_order")
    ann.user.user_permissions.add(view_order)
    return ann.user


def sent(url, token=None):
    """The response to a GET by a client that is not recorded: a table shows it."""
    return APIClient().get(url, headers=bearer(token) if token else {})


def signed_in(url="/51/login/"):
    """Ann's access token, by a client that is not recorded."""
    response = APIClient().post(url, LOGIN)
    assert [response.status_code, *response.json()] == [200, "refresh", "access"]
    return response.json()["access"]


def decoded(part):
    """Base64 alone: no key, and no library for JWTs."""
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def encoded(content):
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@claim("A JWT is an open standard for compact, self-contained JSON")
def test_base64_alone_reads_a_jwt(stage, monkeypatch, ann, passwords):
    """RFC 7519 is the standard. A JWT is three parts with dots between them: two JSON objects and a
    signature. Base64 is no encryption, so anyone reads it without a key."""
    monkeypatch.setattr(tokens, "aware_utcnow", lambda: datetime(2026, 1, 1, tzinfo=UTC))
    header, payload, signature = signed_in().split(".")

    claims = decoded(payload)
    shown = claims | {"jti": "…", "user_id": "…"}
    rows = [
        ["header", json.dumps(decoded(header))],
        ["payload", json.dumps(shown, ensure_ascii=False)],
        ["signature", f"{len(urlsafe_b64decode(signature + '='))} bytes"],
    ]
    stage.table(["part", "decoded"], rows)
    assert rows == [
        ["header", '{"alg": "HS256", "typ": "JWT"}'],
        [
            "payload",
            '{"token_type": "access", "exp": 1767225900, "iat": 1767225600, "jti": "…", '
            '"user_id": "…"}',
        ],
        ["signature", "32 bytes"],
    ]
    assert claims["user_id"] == str(ann.user.pk)
    assert claims["exp"] - claims["iat"] == 300  # seconds


@claim("A JWT transmits information securely", verdict=Verdict.DEPENDS)
def test_a_jwt_can_be_read_but_not_changed(anonymous, stage, ann, passwords):
    """Nobody can change it unseen: with one claim changed, the signature does not fit, and the
    server knows that without a query. But it is no secret: the email address was read without
    a key."""
    ann.user.email = "ann@shop.test"
    ann.user.save()
    token = signed_in("/51/login/with-claims/")
    header, payload, signature = token.split(".")
    claims = decoded(payload)
    email, is_staff = claims.get("email"), claims.get("is_staff")
    stage.say(f"Read without a key: email = {email}, is_staff = {is_staff}.")

    forged = f"{header}.{encoded(claims | {'is_staff': True})}.{signature}"
    stage.say("Ann makes herself one of the staff. Her own token, then the changed one:")
    own = anonymous.get("/51/stateless/report/", headers=bearer(token))
    changed = anonymous.get("/51/stateless/report/", headers=bearer(forged))

    assert (email, is_staff) == ("ann@shop.test", False)
    assert own.status_code == 403
    assert changed.status_code == 401
    assert changed.json()["messages"][0]["message"] == "Token is invalid"


@claim("It is transmitted quickly because of its small size", verdict=Verdict.WRONG)
def test_a_jwt_is_the_longest_of_them(anonymous, settings, stage):
    """Beside the key of a session or a token of DRF it is large: 231 characters, sent with each
    request. And it grows with what you put into it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # The length depends on the id.
    user = factories.user.make(pk=1, username="ann", password=make_password("right"))
    anonymous.force_login(user)

    lengths = {
        "the key of a session": len(anonymous.cookies["sessionid"].value),
        "a token of DRF": len(Token.objects.create(user=user).key),
        "a JWT": len(signed_in()),
        "a JWT with name, email, is_staff": len(signed_in("/51/login/with-claims/")),
    }

    for label, length in lengths.items():
        stage.bar(label, length, "characters of a credential")
    assert lengths == {
        "the key of a session": 32,
        "a token of DRF": 40,
        "a JWT": 231,
        "a JWT with name, email, is_staff": 291,
    }


@claim("It can be sent in a URL, as a POST parameter, or in a header", verdict=Verdict.DEPENDS)
def test_simple_jwt_reads_the_header_alone(anonymous, stage, ann):
    """The text fits in a URL without any quoting. But Simple JWT reads the Authorization header
    alone. And a URL ends up in logs and in the history of the browser, so a token does not belong
    there."""
    token = token_of(ann)
    assert quote(str(token)) == str(token)

    header = anonymous.get("/51/jwt/rates/", headers=bearer(token))
    url = anonymous.get("/51/jwt/rates/", {"access_token": str(token)})
    body = anonymous.post("/51/jwt/rates/", {"access_token": str(token)})
    posted = anonymous.post("/51/jwt/rates/", headers=bearer(token))

    assert [header.status_code, posted.status_code] == [200, 200]
    assert header.json() == posted.json() == {"standard": "5.00"}
    assert [url.status_code, body.status_code] == [401, 401]
    assert url.json() == {"detail": "Authentication credentials were not provided."}


@claim("It contains all the required information about the user", verdict=Verdict.WRONG)
def test_the_stock_token_knows_an_id_alone(stage, staff):
    """The token of Simple JWT has the id of the user, and nothing else about them. What you add is
    there for the stateless class too, but no permission: `has_perm()` is always False. What you
    did not add is empty, not an error."""
    stock, with_claims = signed_in(), signed_in("/51/login/with-claims/")

    rows = []
    for name, url, token in (
        ("jwt", "/51/jwt/me/", stock),
        ("stateless", "/51/stateless/me/", stock),
        ("stateless, with claims", "/51/stateless/me/", with_claims),
    ):
        answer = sent(url, token)
        assert answer.status_code == 200
        rows.append([name, *(json.dumps(value) for value in answer.json().values())])

    stage.table(["the view sees", "username", "email", "is_staff", "may_view_orders"], rows)
    assert rows == [
        ["jwt", '"ann"', '"ann@shop.test"', "true", "true"],
        ["stateless", '""', "null", "false", "false"],
        ["stateless, with claims", '"ann"', '"ann@shop.test"', "true", "false"],
    ]
    assert [*answer.json()] == ["username", "email", "is_staff", "may_view_orders"]


@claim("So it avoids querying the database more than once", verdict=Verdict.DEPENDS)
def test_a_hundred_requests_query_a_hundred_times(stage, ann):
    """Only with `JWTStatelessUserAuthentication`. The usual class, `JWTAuthentication`, looks up
    the user at each request: as many queries as for a token of DRF."""
    by_session = APIClient()
    by_session.force_login(ann.user)
    key = Token.objects.create(user=ann.user).key
    jwt = bearer(token_of(ann))

    queries = {}
    for name, client, headers in (
        ("jwt", APIClient(), jwt),
        ("stateless", APIClient(), jwt),
        ("token", APIClient(), by_token(key)),
        ("session", by_session, {}),
    ):
        url = f"/51/{name}/rates/"
        with CaptureQueriesContext(connection) as captured:
            bodies = [client.get(url, headers=headers).json() for _ in range(100)]
        queries[url] = len(captured)
        assert bodies == [{"standard": "5.00"}] * 100

    for url, count in queries.items():
        stage.bar(url, count, "queries for 100 requests")
    assert queries == {
        "/51/jwt/rates/": 100,
        "/51/stateless/rates/": 0,
        "/51/token/rates/": 100,
        "/51/session/rates/": 200,
    }


@claim("The recipient need not call a server to validate it", verdict=Verdict.DEPENDS)
def test_a_key_is_enough_to_refuse_but_not_to_know_the_user(stage, ann):
    """Signature, expiry and type are checked with the key alone: 0 queries. But the token does not
    know what happened since. Ann was deactivated: with the lookup she gets 401, without it
    200."""
    token, expired = token_of(ann), token_of(ann, lifetime=timedelta(minutes=-1))
    refresh = RefreshToken.for_user(ann.user)
    ann.user.is_active = False
    ann.user.save()

    rows = []
    for what, name, sent_token in (
        ("a minute too old", "jwt", expired),
        ("a refresh token", "jwt", refresh),
        ("one letter more", "jwt", f"{token}x"),
        ("of a deactivated user", "jwt", token),
        ("of a deactivated user", "stateless", token),
    ):
        with CaptureQueriesContext(connection) as captured:
            answer = sent(f"/51/{name}/rates/", sent_token)
        said = answer.json()
        message = said.get("messages", [{"message": said.get("detail", "—")}])[0]["message"]
        rows.append([what, name, answer.status_code, len(captured), message])

    stage.table(["the token", "class", "status", "queries", "what it says"], rows)
    assert rows == [
        ["a minute too old", "jwt", 401, 0, "Token is expired"],
        ["a refresh token", "jwt", 401, 0, "Token has wrong type"],
        ["one letter more", "jwt", 401, 0, "Token is invalid"],
        ["of a deactivated user", "jwt", 401, 1, "User is inactive"],
        ["of a deactivated user", "stateless", 200, 0, "—"],
    ]


@trap("An admin who is demoted stays one until the token expires")
def test_a_claim_says_what_was_true_at_the_login(anonymous, stage, staff):
    """The claim `is_staff` was true at the login. The class that looks up the user answers 403 at
    once. The stateless class believes the token, and the report is open until the token
    expires."""
    token = bearer(signed_in("/51/login/with-claims/"))

    before = anonymous.get("/51/stateless/report/", headers=token)
    staff.is_staff = False
    staff.save()
    stage.say("Ann is no longer one of the staff. The same token, looked up and stateless:")
    looked_up = anonymous.get("/51/jwt/report/", headers=token)
    stateless = anonymous.get("/51/stateless/report/", headers=token)

    assert (before.status_code, looked_up.status_code) == (200, 403)
    assert stateless.status_code == 200
    assert before.json() == stateless.json() == {"orders": 0}


@trap("A real admin gets 403 from a stateless view")
def test_the_stock_token_does_not_say_who_is_staff(anonymous, stage, staff):
    """Simple JWT's login puts no `is_staff` into the token, and a missing claim counts as False. So
    `IsAdminUser` refuses every admin, until the login adds the claim."""
    stock, with_claims = signed_in(), signed_in("/51/login/with-claims/")

    stage.say("The token of the usual login, looked up and stateless:")
    looked_up = anonymous.get("/51/jwt/report/", headers=bearer(stock))
    stateless = anonymous.get("/51/stateless/report/", headers=bearer(stock))
    stage.say("The token of the login that adds the claim:")
    cured = anonymous.get("/51/stateless/report/", headers=bearer(with_claims))

    assert looked_up.status_code == 200
    assert stateless.status_code == 403
    assert cured.status_code == 200


@trap("PyJWT alone takes a refresh token, and one that never expires")
def test_a_valid_signature_is_not_a_valid_access_token(stage, ann):
    """The signature proves who made the token, and not what it is for. PyJWT checks the expiry only
    if the token has one. Simple JWT also asks for `exp`, `jti` and the type."""
    signed = {"an access token": token_of(ann), "a refresh token": RefreshToken.for_user(ann.user)}
    for claim_name in ("exp", "jti", "token_type"):
        signed[f"without {claim_name}"] = token_of(ann)
        del signed[f"without {claim_name}"][claim_name]
    signed["a minute too old"] = token_of(ann, lifetime=timedelta(minutes=-1))

    rows = [
        [what, *(sent(f"/51/{name}/rates/", token).status_code for name in ("plain", "jwt"))]
        for what, token in signed.items()
    ]

    stage.say("All of them are signed with the key of the server:")
    stage.table(["token", "PyJWT alone", "Simple JWT"], rows)
    assert rows == [
        ["an access token", 200, 200],
        ["a refresh token", 200, 401],
        ["without exp", 200, 401],
        ["without jti", 200, 401],
        ["without token_type", 200, 401],
        ["a minute too old", 401, 401],
    ]
