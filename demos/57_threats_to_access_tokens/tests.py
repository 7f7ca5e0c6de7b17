from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.state import token_backend
from rest_framework_simplejwt.tokens import AccessToken
from rest_framework_simplejwt.utils import aware_utcnow

from runner import Verdict, claim, trap
from shop import factories
from shop.people import PASSWORD, bearer, by_token

from . import hashers
from .tokens import refresh_token_for

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

MINUTE = timedelta(minutes=1)
EVERY_WAY = ("session", "token", "jwt", "stateless-jwt")
BY_JWT = ("jwt", "stateless-jwt")
COLUMNS = ["session", "DRF token", "JWT", "stateless JWT"]


@pytest.fixture(autouse=True)
def fast_hasher(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


class Staff:
    """A user of the staff, who is signed in in all four ways; a thief has a copy of each."""

    def __init__(self, username):
        self.user = factories.user.make(username=username, is_staff=True)
        self.browser = APIClient()
        self.browser.force_login(self.user)
        self.key = by_token(Token.objects.create(user=self.user).key)
        self.refresh = refresh_token_for(self.user)
        self.access = self.refresh.access_token

    def statuses(self, ways=EVERY_WAY):
        """What the copies of the thief get now, one at each endpoint."""
        thief = APIClient()
        thief.cookies["sessionid"] = self.browser.cookies["sessionid"].value
        headers = {"session": {}, "token": self.key}
        return [
            thief.get(
                f"/57/prices/{way}/", headers=headers.get(way, bearer(self.access))
            ).status_code
            for way in ways
        ]

    def log_out(self):
        by_key = APIClient().post("/57/logout/token/", headers=self.key)
        by_jwt = APIClient().post("/57/logout/jwt/", {"refresh": str(self.refresh)})
        by_session = self.browser.post("/57/logout/session/")
        assert (by_key.status_code, by_jwt.status_code, by_session.status_code) == (204, 200, 204)

    def change(self, **values):
        for name, value in values.items():
            setattr(self.user, name, value)
        self.user.save()

    def take_new_password(self):
        self.user.set_password("correct horse battery staple")
        self.user.save()


@claim("Anyone who steals an access token can present it to the server")
def test_a_copy_is_as_good_as_the_token(anonymous, stage):
    """The server checks the signature, the expiry and the type. A copy is the same bytes, so it
    passes. No check asks who sends it."""
    mei = Staff("mei")

    stage.say("Mei, then a thief with a copy from another address:")
    own = anonymous.get("/57/prices/jwt/", headers=bearer(mei.access))
    stolen = anonymous.get("/57/prices/jwt/", headers=bearer(mei.access), REMOTE_ADDR="9.9.9.9")
    without = anonymous.get("/57/prices/jwt/")

    assert own.status_code == stolen.status_code == 200
    assert own.json() == stolen.json() == {"P-0001": "4.00"}
    assert without.status_code == 401


@claim("A short lifespan limits the damage")
def test_the_copy_expires_with_the_token(stage):
    """The copy ends when the token does, and no one has to notice the theft. Until then it works. A
    lifespan limits a theft, and it does not stop one."""
    lifetimes = {"is new": 5 * MINUTE, "is 2 minutes old": 3 * MINUTE, "has expired": -MINUTE}

    rows = []
    for number, (name, lifetime) in enumerate(lifetimes.items()):
        mei = Staff(f"mei-{number}")
        mei.access.set_exp(lifetime=lifetime)
        rows.append([name, *mei.statuses(BY_JWT)])

    stage.table(["the token …", "JWT", "stateless JWT"], rows)
    assert rows == [
        ["is new", 200, 200],
        ["is 2 minutes old", 200, 200],
        ["has expired", 401, 401],
    ]


@claim("Short means a few hours or days", verdict=Verdict.WRONG)
def test_an_access_token_lives_for_minutes(stage):
    """It means minutes: 5 in Simple JWT. In 2012, RFC 6750 said "one hour or less". A day is the
    life of a refresh token, and two weeks are the life of a Django session."""
    mei = Staff("mei")

    minutes = {
        "access token": round((mei.access["exp"] - mei.access["iat"]) / 60),
        "refresh token": round((mei.refresh["exp"] - mei.refresh["iat"]) / 60),
        "session": django_settings.SESSION_COOKIE_AGE // 60,
    }

    stage.table(["what is stolen", "works for … minutes"], list(minutes.items()))
    assert minutes == {"access token": 5, "refresh token": 1440, "session": 20160}


@claim("After a theft, a logout or a new password ends the token", verdict=Verdict.DEPENDS)
def test_what_ends_a_copy_depends_on_what_the_server_reads(stage):
    """That ends a session. The logout deletes DRF's token, and the password does not. A JWT
    survives both. `JWTAuthentication` reads the user, so it sees who is inactive, deleted or no
    longer staff. The stateless class reads nothing: no event ends its token."""
    events = {
        "logs out": Staff.log_out,
        "has a new password": Staff.take_new_password,
        "is inactive": lambda staff: staff.change(is_active=False),
        "is deleted": lambda staff: staff.user.delete(),
        "is no longer staff": lambda staff: staff.change(is_staff=False),
    }

    rows = []
    for number, (name, happen) in enumerate(events.items()):
        mei = Staff(f"mei-{number}")
        assert mei.statuses() == [200, 200, 200, 200]
        happen(mei)
        rows.append([name, *mei.statuses()])
    mei.access = refresh_token_for(mei.user).access_token
    new_token = mei.statuses(["stateless-jwt"])

    stage.say("What the thief's copies get after Mei …")
    stage.table(["Mei …", *COLUMNS], rows)
    assert rows == [
        ["logs out", 403, 401, 200, 200],
        ["has a new password", 403, 200, 200, 200],
        ["is inactive", 403, 401, 401, 200],
        ["is deleted", 403, 401, 401, 200],
        ["is no longer staff", 403, 403, 403, 200],
    ]
    assert new_token == [403]


@claim("With CHECK_REVOKE_TOKEN a new password ends it", verdict=Verdict.DEPENDS)
def test_only_the_class_that_reads_the_user_compares_the_password(stage, monkeypatch):
    """The token then carries an MD5 digest of the stored hash, and `JWTAuthentication` compares it
    at each request. The stateless class does not know the user, so it compares nothing."""
    monkeypatch.setattr(api_settings, "CHECK_REVOKE_TOKEN", True)
    mei = Staff("mei")

    before = mei.statuses(BY_JWT)
    mei.take_new_password()
    after = mei.statuses(BY_JWT)
    refused = APIClient().get("/57/prices/jwt/", headers=bearer(mei.access))

    rows = [["before the new password", *before], ["after it", *after]]
    stage.table(["CHECK_REVOKE_TOKEN is on", "JWT", "stateless JWT"], rows)
    assert before == [200, 200]
    assert after == [401, 200]
    assert refused.json() == {
        "detail": "The user's password has been changed.",
        "code": "password_changed",
    }
    assert len(mei.access["hash_password"]) == 32


@trap("A login elsewhere can end the token: the hash was only upgraded")
@pytest.mark.parametrize(
    ("stored_by", "iterations", "after"),
    [("NewHasher", "20", [200, 200, 200, 200]), ("OldHasher", "10", [403, 200, 401, 200])],
    ids=["same", "old"],
)
def test_an_upgraded_hash_looks_like_a_new_password(
    stage, settings, monkeypatch, stored_by, iterations, after
):
    """A Django upgrade raises the iterations. At the next login Django hashes the password
    again, silently. The session and the JWT with CHECK_REVOKE_TOKEN compare the hash, so Mei's
    other device is signed out, although her password is the same. DRF's token compares nothing."""
    monkeypatch.setattr(api_settings, "CHECK_REVOKE_TOKEN", True)
    settings.PASSWORD_HASHERS = [f"{hashers.__name__}.{stored_by}"]
    phone = Staff("mei")
    phone.user.set_password(PASSWORD)
    phone.user.save()
    phone.browser.force_login(phone.user)
    phone.access = refresh_token_for(phone.user).access_token
    settings.PASSWORD_HASHERS = [f"{hashers.__name__}.NewHasher"]

    before, stored = phone.statuses(), phone.user.password.split("$")[1]
    laptop = APIClient().post("/57/login/", {"username": "mei", "password": "right"})

    phone.user.refresh_from_db()
    stage.say(f"The password was stored with {stored} iterations. Now Django takes 20:")
    rows = [["before", *before], ["after a login on the laptop", *phone.statuses()]]
    stage.table(["the phone", *COLUMNS], rows)
    assert laptop.status_code == 200
    assert (stored, phone.user.password.split("$")[1]) == (iterations, "20")
    assert rows == [
        ["before", 200, 200, 200, 200],
        ["after a login on the laptop", *after],
    ]


@trap("Switching CHECK_REVOKE_TOKEN on signs everyone out")
def test_a_token_without_the_claim_is_refused(stage, monkeypatch):
    """A token from before has no digest of the password, and a missing one is a wrong one. The
    refresh tokens have none either, so every user of `JWTAuthentication` must log in again."""
    mei = Staff("mei")

    before = mei.statuses(BY_JWT)
    monkeypatch.setattr(api_settings, "CHECK_REVOKE_TOKEN", True)
    after = mei.statuses(BY_JWT)
    mei.access = mei.refresh.access_token
    refreshed = mei.statuses(BY_JWT)

    rows = [["off", *before], ["on", *after], ["on, and refreshed", *refreshed]]
    stage.table(["CHECK_REVOKE_TOKEN", "JWT", "stateless JWT"], rows)
    assert rows == [
        ["off", 200, 200],
        ["on", 401, 200],
        ["on, and refreshed", 401, 200],
    ]


@trap("Two settings keep tokens alive that you think are dead")
def test_leeway_and_inactive_users(stage, monkeypatch):
    """LEEWAY is meant for clocks that differ by seconds, and it is added to every lifespan.
    CHECK_USER_IS_ACTIVE = False lets inactive users in, whose session gets 403."""
    rows = []
    for name, minutes_ago in (("5 minutes ago", 5), ("11 minutes ago", 11)):
        mei = Staff(f"mei-{minutes_ago}")
        mei.access.set_exp(lifetime=-minutes_ago * MINUTE)
        strict = mei.statuses(["jwt"])
        with monkeypatch.context() as lenient:
            lenient.setattr(token_backend, "leeway", 600)
            rows.append([f"expired {name}", "LEEWAY = 600", *strict, *mei.statuses(["jwt"])])
    inactive = Staff("mei")
    inactive.change(is_active=False)
    strict = inactive.statuses(["jwt"])
    monkeypatch.setattr(api_settings, "CHECK_USER_IS_ACTIVE", False)
    rows.append(["user is inactive", "CHECK_USER_IS_ACTIVE = False", *strict])
    rows[-1] += inactive.statuses(["jwt"])

    stage.table(["the token", "the setting", "default", "with it"], rows)
    assert rows == [
        ["expired 5 minutes ago", "LEEWAY = 600", 401, 200],
        ["expired 11 minutes ago", "LEEWAY = 600", 401, 401],
        ["user is inactive", "CHECK_USER_IS_ACTIVE = False", 401, 200],
    ]
    assert inactive.statuses(["session"]) == [403]


@trap("A shorter lifetime ends no token that is out, and a new key ends all")
def test_in_an_emergency_only_a_new_key_ends_every_jwt(stage, monkeypatch):
    """The expiry stands in the token, so ACCESS_TOKEN_LIFETIME counts for new tokens only. A new
    signing key ends every JWT at once, also the stateless ones, and also the refresh tokens."""
    mei = Staff("mei")
    mei.access.set_iat(at_time=aware_utcnow() - 2 * MINUTE)
    mei.access.set_exp(lifetime=3 * MINUTE)
    mei.access, refresh = str(mei.access), str(mei.refresh)

    monkeypatch.setattr(AccessToken, "lifetime", MINUTE)
    shorter = mei.statuses()
    new = AccessToken.for_user(mei.user)
    monkeypatch.setattr(
        "rest_framework_simplejwt.state.token_backend", TokenBackend("HS256", "another" * 9)
    )
    another_key = mei.statuses()
    logout = APIClient().post("/57/logout/jwt/", {"refresh": refresh})

    rows = [["lives for 1 minute", *shorter], ["has another signing key", *another_key]]
    stage.say("Mei's token is 2 minutes old. From now on a new token …")
    stage.table(["", *COLUMNS], rows)
    assert new["exp"] - new["iat"] == 60
    assert shorter == [200, 200, 200, 200]
    assert another_key == [200, 200, 401, 401]
    assert logout.status_code == 401
