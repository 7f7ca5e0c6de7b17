from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from runner import Verdict, claim, trap
from shop.people import bearer, by_token, token_of

from .models import SecretToken

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

LOGIN = {"username": "ann", "password": "right"}
KEY = "a" * 40
NOW = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.fixture
def standing_clock(monkeypatch):
    """It is always `NOW`."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def status(url, headers):
    """The status of a GET by a client that is not recorded: a table shows it."""
    return APIClient().get(url, headers=headers).status_code


def signed_in(name, username="ann"):
    """The body of a login by a client that is not recorded."""
    response = APIClient().post(f"/50/{name}/login/", LOGIN | {"username": username})
    assert response.status_code == 200
    return response.json()


def grow_old(age):
    for model in (Token, SecretToken):
        model.objects.update(created=NOW - age)


@claim("It does not support setting tokens to expire", verdict=Verdict.DEPENDS)
def test_a_subclass_lets_tokens_expire(stage, standing_clock, passwords):
    """True out of the box: the class never reads `created`, and a token of ten years ago opens the
    view. A subclass of a few lines compares `created` with a lifetime, here of 30 days."""
    keys = {name: signed_in(name)["token"] for name in ("expiring", "digest")}
    headers = {name: by_token(key) for name, key in keys.items()}

    rows = []
    for name, age in {
        "30 days less a second": timedelta(days=30, seconds=-1),
        "30 days": timedelta(days=30),
        "10 years": timedelta(days=3652),
    }.items():
        grow_old(age)
        row = [status(f"/50/{name}/me/", headers["expiring"]) for name in ("stock", "expiring")]
        rows.append([name, *row, status("/50/digest/me/", headers["digest"])])
    body = APIClient().get("/50/expiring/me/", headers=headers["expiring"]).json()

    stage.table(["age of the token", "stock", "expiring", "digest"], rows)
    stage.say(f"The answer to the expired token: {body.get('detail')}")
    assert rows == [
        ["30 days less a second", 200, 200, 200],
        ["30 days", 200, 401, 401],
        ["10 years", 200, 401, 401],
    ]
    assert body == {"detail": "Token expired."}


@claim("It only generates one token per user", verdict=Verdict.DEPENDS)
def test_one_token_is_a_rule_of_the_model_not_of_the_class(stage, ann, passwords):
    """It is the model: `Token.user` is a OneToOneField, so a second row is an IntegrityError. The
    class takes another model. With a ForeignKey in it, two logins give two tokens, and both
    open the view."""
    rows = []
    for name, model in (("stock", Token), ("digest", SecretToken)):
        keys = [signed_in(name)["token"] for _ in range(2)]
        opened = [status(f"/50/{name}/me/", by_token(key)) for key in keys]
        rows.append([name, len({*keys}), model.objects.count(), *opened])
    for model, row in ((Token, {}), (SecretToken, {"key": SecretToken.objects.first().key})):
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.create(user=ann.user, **row)

    stage.table(["two logins", "different tokens", "rows", "first", "second"], rows)
    stage.say("A second row of Ann in the stock table: IntegrityError.")
    assert rows == [["stock", 1, 1, 200, 200], ["digest", 2, 2, 200, 200]]


@claim("If a token leaks, a new password ends it", verdict=Verdict.WRONG)
def test_a_new_password_changes_nothing_for_the_token(anonymous, stage, ann, passwords):
    """The token has nothing to do with the password. A copy of it goes on, and the next login, with
    the new password, hands out the same token. Delete the token where you change the password."""
    leaked = signed_in("stock")["token"]
    ann.user.set_password("another")
    ann.user.save()

    stage.say("Ann has a new password. The leaked token, and a login:")
    after = anonymous.get("/50/stock/me/", headers=by_token(leaked))
    login = anonymous.post("/50/stock/login/", LOGIN | {"password": "another"})
    same = login.json() == {"token": leaked}
    stage.say(f"The same token again: {'yes' if same else 'no'}. Now its row is deleted:")
    Token.objects.filter(user=ann.user).delete()
    ended = anonymous.get("/50/stock/me/", headers=by_token(leaked))

    assert (after.status_code, after.json()) == (200, {"user": "ann"})
    assert (login.status_code, same) == (200, True)
    assert ended.status_code == 401
    assert ended.json() == {"detail": "Invalid token."}


@claim("A JWT has neither disadvantage", verdict=Verdict.DEPENDS)
def test_a_jwt_expires_but_you_cannot_end_it(stage, ann, passwords):
    """A JWT expires, and each login gives another one. But you cannot end one of them earlier: the
    class asks for no row of it. Here all tokens of Ann are deleted, and her refresh tokens are on
    the blacklist. Her JWT opens the view until it expires."""
    rows = []
    for name, model in (("stock", Token), ("digest", SecretToken)):
        first, second = (signed_in(name)["token"] for _ in range(2))
        model.objects.all().delete()
        rows.append([name, len({first, second}), status(f"/50/{name}/me/", by_token(second))])
    first, second = (signed_in("jwt").get("access") for _ in range(2))
    for refresh in OutstandingToken.objects.filter(user=ann.user):
        BlacklistedToken.objects.create(token=refresh)
    rows.append(["jwt", len({first, second}), status("/50/jwt/me/", bearer(second))])
    expired = status("/50/jwt/me/", bearer(token_of(ann, lifetime=timedelta(minutes=-1))))

    stage.table(["design", "tokens of two logins", "the second, after it was ended"], rows)
    stage.say(f"A JWT that expired a minute ago: {expired}.")
    assert rows == [["stock", 1, 401], ["digest", 2, 401], ["jwt", 2, 200]]
    assert expired == 401


@trap("Anyone who reads the table can sign in")
def test_a_thief_signs_in_with_the_stored_key(anonymous, stage, passwords):
    """DRF stores the token as it is sent, and Django would never store a password like that. A
    backup, a log of SQL or an injection is enough. Store a digest: it opens nothing, and the
    client still has the token."""
    clients = {name: signed_in(name)["token"] for name in ("stock", "digest")}

    stage.say("A thief reads authtoken_token, and sends what is in it:")
    stock = anonymous.get("/50/stock/me/", headers=by_token(Token.objects.get().key))
    stage.say("The same with the table of digests. Then the client with its own token:")
    digest = anonymous.get("/50/digest/me/", headers=by_token(SecretToken.objects.get().key))
    client = anonymous.get("/50/digest/me/", headers=by_token(clients["digest"]))

    assert (stock.status_code, stock.json()) == (200, {"user": "ann"})
    assert (digest.status_code, digest.json()) == (401, {"detail": "Invalid token."})
    assert (client.status_code, client.json()) == (200, {"user": "ann"})


@trap("An expired token comes back at each login")
def test_the_stock_login_hands_out_the_expired_token(anonymous, stage, standing_clock, passwords):
    """DRF's login returns the row that is there, and it never looks at `created`. With an expiring
    class, the user gets the expired token again, and is locked out for good. The login must delete
    the expired row first."""
    key = signed_in("stock")["token"]
    for name, username in (("stock", "bob"), ("digest", "bob"), ("digest", "ann")):
        signed_in(name, username)
    grow_old(timedelta(days=31))

    stage.say("Ann's token is 31 days old:")
    old = anonymous.get("/50/expiring/me/", headers=by_token(key))
    stage.say("Ann signs in again, by DRF's login:")
    again = anonymous.post("/50/stock/login/", LOGIN)
    locked_out = anonymous.get("/50/expiring/me/", headers=by_token(again.json().get("token")))
    stage.say("And by a login that deletes the expired row:")
    cured = anonymous.post("/50/expiring/login/", LOGIN)
    let_in = anonymous.get("/50/expiring/me/", headers=by_token(cured.json().get("token")))

    assert [old.status_code, again.status_code, locked_out.status_code] == [401, 200, 401]
    assert again.json() == {"token": key}
    assert [cured.status_code, let_in.status_code] == [200, 200]
    assert signed_in("expiring") == cured.json()
    assert signed_in("digest")
    of_whom = {"user__username": "bob", "created": NOW - timedelta(days=31)}
    for model in (Token, SecretToken):
        assert (model.objects.count(), model.objects.filter(**of_whom).count()) == (2, 1)


@trap("DRF's login refuses a browser that is signed in")
def test_a_session_cookie_closes_the_stock_login(anonymous, stage, ann, passwords):
    """DRF's login has the project's authentication classes. With a session cookie, the class for
    sessions asks for a CSRF token: 403, with the right password. A login needs no
    authentication class."""
    anonymous.handler.enforce_csrf_checks = True

    before = anonymous.post("/50/stock/login/", LOGIN)
    anonymous.force_login(ann.user)
    stage.say("The same request, with the cookie of a session:")
    stock = anonymous.post("/50/stock/login/", LOGIN)
    cured = anonymous.post("/50/expiring/login/", LOGIN)

    assert before.status_code == 200
    assert stock.status_code == 403
    assert stock.json() == {"detail": "CSRF Failed: CSRF cookie not set."}
    assert (cured.status_code, cured.json()) == (200, before.json())
    assert APIClient().post("/50/expiring/login/", LOGIN | {"password": "no"}).status_code == 400
