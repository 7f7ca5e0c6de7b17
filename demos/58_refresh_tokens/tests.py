from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from rest_framework.test import APIClient
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken

from runner import Verdict, claim, trap
from shop.people import bearer, token_of

from .tokens import LoginRefreshToken, UnlistedRefreshToken

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SECONDS_A_DAY = 86_400
BLACKLISTED = {"detail": "Token is blacklisted", "code": "token_not_valid"}


@pytest.fixture
def simple_jwt(monkeypatch):
    """`simple_jwt(NAME=value)`: as if SIMPLE_JWT said so. These are read for each request."""

    def say(**options):
        for name, value in options.items():
            monkeypatch.setattr(api_settings, name, value)

    return say


@pytest.fixture
def rotating(simple_jwt):
    simple_jwt(ROTATE_REFRESH_TOKENS=True, BLACKLIST_AFTER_ROTATION=True)


def posted(url, token):
    """The answer to a refresh token, by a client that is not recorded: a table shows it."""
    return APIClient(raise_request_exception=False).post(url, {"refresh": str(token)})


def status(url, token):
    return posted(url, token).status_code


def refreshed(url, token):
    """The refresh token that a rotation gives."""
    return posted(url, token).data["refresh"]


@claim("A refresh token gets a new access token without a new login")
@pytest.mark.not_about_sql
def test_the_refresh_token_replaces_the_password(anonymous, stage, passwords, ann):
    """The password is sent once. When the access token has expired, the refresh token gets a new
    one. It opens no other endpoint, and it expires too."""
    expired = RefreshToken.for_user(ann.user)
    expired.set_exp(lifetime=-MINUTE)

    pair = anonymous.post("/58/login/", {"username": "ann", "password": "right"})
    stage.say("Five minutes later:")
    late = anonymous.get("/58/me/", headers=bearer(token_of(ann, -MINUTE)))
    answer = anonymous.post("/58/refresh/", {"refresh": pair.data["refresh"]})
    again = anonymous.get("/58/me/", headers=bearer(answer.data["access"]))
    as_access = APIClient().get("/58/me/", headers=bearer(pair.data["refresh"]))
    too_late = posted("/58/refresh/", expired)

    assert list(pair.data) == ["refresh", "access"]
    assert late.status_code == as_access.status_code == too_late.status_code == 401
    assert answer.status_code == again.status_code == 200
    assert list(answer.data) == ["access"]
    assert again.json() == {"user": "ann"}
    assert as_access.json()["messages"][0]["message"] == "Token has wrong type"
    assert too_late.json() == {"detail": "Token is expired", "code": "token_not_valid"}


@claim("You can use the refresh token until it expires", verdict=Verdict.DEPENDS)
def test_what_one_use_ends_depends_on_three_settings(stage, simple_jwt, ann):
    """By default you can. With rotation each use gives a new refresh token, and the old one ends
    only with BLACKLIST_AFTER_ROTATION and the app `token_blacklist`. Without the app, Simple JWT
    ignores that setting silently, and the logout answers 200 and ends nothing."""
    token_of_app = {"yes": RefreshToken, "no": UnlistedRefreshToken}
    path_of_app = {"yes": "", "no": "without-app/"}

    rows = []
    for rotate, after, app in (
        ("no", "no", "yes"),
        ("yes", "no", "yes"),
        ("yes", "yes", "no"),
        ("yes", "yes", "yes"),
    ):
        simple_jwt(ROTATE_REFRESH_TOKENS=rotate == "yes", BLACKLIST_AFTER_ROTATION=after == "yes")
        refresh, logout = f"/58/refresh/{path_of_app[app]}", f"/58/logout/{path_of_app[app]}"
        used, ended = (token_of_app[app].for_user(ann.user) for _ in range(2))
        uses = f"{status(refresh, used)}, {status(refresh, used)}"
        after_logout = f"{status(logout, ended)}, {status(refresh, ended)}"
        rows.append([rotate, after, app, uses, after_logout, BlacklistedToken.objects.count()])
        OutstandingToken.objects.all().delete()

    columns = ["rotate", "blacklist", "the app", "two uses", "logout, a use", "blacklisted"]
    stage.table(columns, rows)
    assert rows == [
        ["no", "no", "yes", "200, 200", "200, 401", 1],
        ["yes", "no", "yes", "200, 200", "200, 401", 1],
        ["yes", "yes", "no", "200, 200", "200, 200", 0],
        ["yes", "yes", "yes", "200, 401", "200, 401", 2],
    ]


@claim("With a very long lifespan, it gives its bearer endless access", verdict=Verdict.DEPENDS)
def test_rotation_makes_a_short_life_endless(stage, simple_jwt, ann):
    """A lifespan ends, however long it is: without rotation the bearer gets no other refresh token.
    With rotation each one lives for a whole day again, so a short life becomes endless. A claim
    that rotation copies can hold the end of the login."""
    stock, limited = RefreshToken.for_user(ann.user), LoginRefreshToken.for_user(ann.user)
    for token in (stock, limited):
        token.set_exp(lifetime=HOUR)
    over = LoginRefreshToken.for_user(ann.user)
    over.set_exp("login_exp", lifetime=-MINUTE)

    fixed = posted("/58/refresh/", stock)
    simple_jwt(ROTATE_REFRESH_TOKENS=True)
    new = RefreshToken(refreshed("/58/refresh/", stock))
    newer = RefreshToken(refreshed("/58/refresh/login/", limited))
    after_30_days = posted("/58/refresh/login/", over)

    lives = [(token["exp"] - token["iat"]) // 3600 for token in (stock, new, newer)]
    stage.bar("before its rotation", lives[0], "hours until the refresh token expires")
    stage.bar("after its rotation", lives[1], "hours until the refresh token expires")
    stage.say(f"A refresh 30 days after the login: {after_30_days.status_code}")
    assert list(fixed.data) == ["access"]
    assert lives == [1, 24, 24]
    assert new["exp"] - stock["exp"] > 22 * 3600
    assert limited["login_exp"] - limited["iat"] == 30 * SECONDS_A_DAY
    assert newer["login_exp"] == limited["login_exp"]
    assert after_30_days.status_code == 401
    assert after_30_days.json()["detail"] == "Token 'login_exp' claim has expired"


@claim("If refresh tokens rotate, a stolen one is useless", verdict=Verdict.WRONG)
@pytest.mark.not_about_sql
def test_the_thief_refreshes_first(anonymous, stage, rotating, ann):
    """It is useless only if Ann refreshes first. The server cannot tell a thief from Ann. If the
    thief is faster, the new token is the thief's. Ann gets 401, and the thief goes on. Simple JWT
    ends one token, and not those that came from it."""
    stolen = str(RefreshToken.for_user(ann.user))

    stage.say("The thief sends the refresh token that Ann has too:")
    theft = anonymous.post("/58/refresh/", {"refresh": stolen})
    stage.say("Ann sends it:")
    victim = anonymous.post("/58/refresh/", {"refresh": stolen})
    stage.say("The thief goes on with what the theft gave:")
    as_ann = anonymous.get("/58/me/", headers=bearer(theft.data["access"]))
    goes_on = anonymous.post("/58/refresh/", {"refresh": theft.data["refresh"]})

    assert theft.status_code == goes_on.status_code == 200
    assert victim.status_code == 401
    assert victim.json() == BLACKLISTED
    assert as_ann.json() == {"user": "ann"}


@claim("If a used one comes back, the server ends the whole login", verdict=Verdict.DEPENDS)
def test_a_used_token_can_end_all_tokens_of_its_login(
    stage, simple_jwt, rotating, made_from_rows, ann, bob
):
    """RFC 9700 asks for it, and Simple JWT does not do it. Each token must know its login: then the
    401 for Ann also ends what the thief has. Ann must log in again. Her other devices and other
    users stay in, and a forged token ends nothing."""
    rows = []
    for name, kind in (("", RefreshToken), ("login/", LoginRefreshToken)):
        url = f"/58/refresh/{name}"
        stolen, laptop = kind.for_user(ann.user), kind.for_user(ann.user)
        of_bob = kind.for_user(bob.user)
        of_thief = refreshed(url, stolen)
        assert status(url, str(stolen)[:-43] + "A" * 43) == 401  # forged: another signature
        of_thief = refreshed(url, of_thief)
        answers = [status(url, token) for token in (stolen, of_thief, laptop, of_bob)]
        rows.append([url, *answers])
    of_another_class = posted("/58/refresh/login/", RefreshToken.for_user(ann.user))
    of_deleted = LoginRefreshToken.for_user(bob.user)
    bob.user.delete()
    deleted = posted("/58/refresh/login/", of_deleted)
    simple_jwt(ROTATE_REFRESH_TOKENS=False)
    with made_from_rows(OutstandingToken) as read:
        without_rotation = posted("/58/refresh/login/", stolen)

    stage.say("The thief has refreshed twice. Now Ann sends the token that was stolen:")
    columns = ["", "Ann", "then the thief", "Ann's laptop", "Bob"]
    stage.table(columns, rows)
    assert rows == [
        ["/58/refresh/", 401, 200, 200, 200],
        ["/58/refresh/login/", 401, 401, 200, 200],
    ]
    assert of_another_class.status_code == 401
    assert of_another_class.json()["detail"] == "Token has no 'login_exp' claim"
    assert deleted.status_code == 401
    assert deleted.json() == {"detail": "Incorrect authentication credentials."}
    assert without_rotation.json() == BLACKLISTED
    assert {row.user_id for row in read} == {ann.user.pk}


@trap("Two refreshes at once give two new refresh tokens")
@pytest.mark.database(
    "postgres",
    because="SQLite lets in one writing transaction at a time, which hides the race",
)
@pytest.mark.django_db(transaction=True)
def test_only_one_of_two_refreshes_inserts_the_row(race, stage, rotating, ann):
    """Both requests see a token that is not blacklisted. Only one of them inserts the row, and
    `blacklist()` says which one. Simple JWT ignores that, so both get a new token. If you look at
    it, the second request gets 401."""
    naive, careful = RefreshToken.for_user(ann.user), LoginRefreshToken.for_user(ann.user)

    def send_naive(client):
        return client.post("/58/refresh/", {"refresh": str(naive)})

    def send_careful(client):
        return client.post("/58/refresh/login/", {"refresh": str(careful)})

    both = race(send_naive, send_naive)
    first, second = race(send_careful, send_careful)
    alive = [status("/58/refresh/", answer.data["refresh"]) for answer in both]
    winner = status("/58/refresh/login/", first.data["refresh"])

    stage.say(f"What the new tokens get: {alive} of Simple JWT, {[winner]} of the other.")
    assert [answer.status_code for answer in both] == [200, 200]
    assert both[0].data["refresh"] != both[1].data["refresh"]
    assert alive == [200, 200]
    assert (first.status_code, second.status_code) == (200, 401)
    assert second.json() == BLACKLISTED
    assert winner == 200


@trap("With ATOMIC_REQUESTS, the 401 takes back what it has ended")
@pytest.mark.django_db(transaction=True)
def test_the_rollback_of_a_401_revives_the_thief(stage, monkeypatch, rotating, ann):
    """When a view raises, DRF rolls back the transaction of the request. So the server blacklists
    the tokens of the thief, answers 401, and forgets the blacklisting. Mark the view with
    `non_atomic_requests`."""
    rows = []
    for atomic in (False, True):
        monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", atomic)
        for name in ("rolled-back", "login"):
            url = f"/58/refresh/{name}/"
            stolen = LoginRefreshToken.for_user(ann.user)
            of_thief = refreshed(url, stolen)
            rows.append([atomic, name == "login", status(url, stolen), status(url, of_thief)])

    columns = ["ATOMIC_REQUESTS", "non_atomic_requests", "Ann's used token", "the thief's"]
    stage.table(columns, rows)
    assert rows == [
        [False, False, 401, 401],
        [False, True, 401, 401],
        [True, False, 401, 200],
        [True, True, 401, 401],
    ]


@trap("A new password does not end the refresh token", until="Simple JWT 5.5.1")
def test_what_a_refresh_knows_about_the_user(stage, simple_jwt, ann, bob):
    """In Simple JWT 5.5.1 the refresh still answers 200. With CHECK_REVOKE_TOKEN, the access token
    that it gives gets 401. For a deleted user, the refresh answers 500. The development version
    answers 401 to both."""
    simple_jwt(CHECK_REVOKE_TOKEN=True)
    of_ann, of_bob = RefreshToken.for_user(ann.user), RefreshToken.for_user(bob.user)

    rows = [["active", *refresh_and_use(of_ann)]]
    ann.user.set_password("correct horse battery staple")
    ann.user.save()
    rows.append(["has a new password", *refresh_and_use(of_ann)])
    bob.user.is_active = False
    bob.user.save()
    rows.append(["is inactive", *refresh_and_use(of_bob)])
    bob.user.delete()
    rows.append(["is deleted", *refresh_and_use(of_bob)])

    stage.table(["the user", "refresh", "its access token"], rows)
    assert rows == [
        ["active", 200, 200],
        ["has a new password", 200, 401],
        ["is inactive", 401, "—"],
        ["is deleted", 500, "—"],
    ]


def refresh_and_use(token):
    answer = posted("/58/refresh/", token)
    if answer.status_code != 200:
        return answer.status_code, "—"
    used = APIClient().get("/58/me/", headers=bearer(answer.data["access"]))
    return answer.status_code, used.status_code


@trap("The blacklist app stores every refresh token in clear")
def test_a_token_read_from_the_table_refreshes(stage, rotating, ann):
    """The column `token` holds the whole token and not a digest, so anyone who reads the table can
    use it. Each rotation adds a row. `flushexpiredtokens` deletes the expired ones: run it each
    day."""
    token = RefreshToken.for_user(ann.user)
    for _ in range(3):
        token = refreshed("/58/refresh/", token)
    issued = OutstandingToken.objects.order_by("pk")
    stored = issued.last().token

    stolen = posted("/58/refresh/", stored)
    before = [OutstandingToken.objects.count(), BlacklistedToken.objects.count()]
    OutstandingToken.objects.filter(pk=issued.first().pk).update(
        expires_at=issued.first().created_at - DAY
    )
    call_command("flushexpiredtokens")
    after = [OutstandingToken.objects.count(), BlacklistedToken.objects.count()]

    stage.say(f"A token that was read from the table: {stolen.status_code}")
    columns = ["one login, refreshed 4 times", "token_outstanding", "token_blacklisted"]
    stage.table(columns, [["before", *before], ["one expired, and flushed", *after]])
    assert stored == token
    assert stolen.status_code == 200
    assert before == [5, 4]
    assert after == [4, 3]
