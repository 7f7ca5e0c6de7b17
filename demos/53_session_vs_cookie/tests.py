from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.file import SessionStore as FileStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop.payloads import payload_of_session

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

LOGIN = {"username": "ann", "password": "right"}
ENGINES = ["db", "cached_db", "cache", "file", "signed_cookies"]
ANN = {"name": "ann", "teas": 1}
STRANGER = {"name": None, "teas": 0}


@pytest.fixture
def keep_in(settings, monkeypatch, tmp_path, empty_cache):
    """`keep_in("cache")`: the sessions of new clients are kept there."""
    # Django reads SESSION_FILE_PATH once, and then keeps to that folder.
    monkeypatch.setattr(FileStore, "_storage_path", str(tmp_path), raising=False)

    def keep_in(engine):
        settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"

    return keep_in


def sign_in(client):
    """Ann signs in and puts one tea into the cart; returns her session cookie."""
    assert client.post("/53/sign-in/", LOGIN).json() == {"name": "ann"}
    assert client.post("/53/cart/").json() == {"teas": 1}
    return client.cookies["sessionid"].value


def seen_with(cookie):
    """What the server says to a client that is not recorded and has this session cookie."""
    client = APIClient()
    client.cookies["sessionid"] = cookie
    return client.get("/53/me/").json()


@claim("Cookies are used to identify sessions")
def test_the_cookie_is_the_key_of_a_row(anonymous, passwords, stage):
    """The cookie holds a random key of 32 characters. The row with that key holds the data: who
    signed in, and the cart. Any client that sends the key has the session."""
    cookie = sign_in(anonymous)

    session = Session.objects.get(session_key=cookie)
    data = session.get_decoded()
    stage.say(f"The cookie: {len(cookie)} characters. In the row with that key:")
    stage.say(f"{', '.join(sorted(data))}; teas = {data['teas']}")
    assert len(cookie) == 32
    assert data["teas"] == 1
    assert sorted(data) == ["_auth_user_backend", "_auth_user_hash", "_auth_user_id", "teas"]
    assert seen_with(cookie) == ANN
    assert seen_with("a" * 32) == STRANGER


@claim(
    "Session data is stored on the server, and cookies store data in the visitor's browser",
    verdict=Verdict.DEPENDS,
)
def test_with_signed_cookies_the_session_is_in_the_browser(keep_in, passwords, stage):
    """It depends on SESSION_ENGINE. With four of the five, the cookie is a key and the data is on
    the server. With signed_cookies the server keeps nothing: the cookie is the session, and anyone
    can read it."""
    rows = []
    for engine in ENGINES:
        keep_in(engine)
        Session.objects.all().delete()
        cookie = sign_in(APIClient())
        if len(cookie) > 32:
            read = payload_of_session(cookie)
            rows.append([engine, Session.objects.count(), "over 200", f"teas = {read['teas']}"])
        else:
            rows.append([engine, Session.objects.count(), len(cookie), "a random key"])

    stage.table(["SESSION_ENGINE", "rows", "cookie, characters", "the cookie holds"], rows)
    stage.say(f"Read without a key: {', '.join(sorted(read))}")
    assert len(cookie) > 200
    assert sorted(read) == ["_auth_user_backend", "_auth_user_hash", "_auth_user_id", "teas"]
    assert rows == [
        ["db", 1, 32, "a random key"],
        ["cached_db", 1, 32, "a random key"],
        ["cache", 0, 32, "a random key"],
        ["file", 0, 32, "a random key"],
        ["signed_cookies", 0, "over 200", "teas = 1"],
    ]


@claim("A session is associated with a given user", verdict=Verdict.DEPENDS)
def test_a_session_needs_no_user(anonymous, passwords, stage):
    """It is associated with a browser. An anonymous caller with a cart has a session too, and the
    table has no column for the user. After the login, the id of the user is part of the data, and
    the cart is still there."""
    anonymous.post("/53/cart/")
    before = anonymous.get("/53/me/")
    [session] = Session.objects.all()
    columns = [field.name for field in Session._meta.fields]
    stage.say(f"1 row, with the columns {', '.join(columns)}. Its data: {session.get_decoded()}")
    anonymous.post("/53/sign-in/", LOGIN)
    after = anonymous.get("/53/me/")

    assert before.json() == {"name": None, "teas": 1}
    assert session.get_decoded() == {"teas": 1}
    assert columns == ["session_key", "session_data", "expire_date"]
    assert after.json() == ANN


@claim("Sessions are more secure than cookies, as they are on the server", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize(
    ("engine", "seen"),
    [("db", STRANGER), ("signed_cookies", ANN)],
)
def test_a_copy_of_the_cookie_after_the_logout(anonymous, keep_in, passwords, stage, engine, seen):
    """They are, if the server keeps them: then the logout deletes the session, and a copy of the
    cookie opens nothing. A session in a signed cookie has no copy on the server to delete. Its
    copy is still signed in, with the cart."""
    keep_in(engine)
    cookie = sign_in(anonymous)
    holds = ", ".join(sorted(payload_of_session(cookie))) if ":" in cookie else "a random key"
    stage.say(f"{engine}: the cookie holds {holds}.")

    signed_out = anonymous.post("/53/sign-out/")
    gone = anonymous.cookies["sessionid"].value
    stage.say("Signed out. A copy of the cookie, sent again:")
    anonymous.cookies["sessionid"] = cookie
    replayed = anonymous.get("/53/me/")

    assert (signed_out.status_code, gone) == (204, "")
    assert replayed.json() == seen


@claim("A cookie can be turned off in the browser")
def test_without_cookies_each_request_begins_a_new_session(anonymous, stage):
    """Then the session goes with it. The server finds no key in the request, so it begins a new
    session each time: three teas, three rows, and no cart with more than one."""
    with_cookies = [anonymous.post("/53/cart/").json()["teas"] for _ in range(3)]
    rows_with = Session.objects.count()

    without = [APIClient().post("/53/cart/").json()["teas"] for _ in range(3)]
    rows_without = Session.objects.count() - rows_with

    stage.table(
        ["three times POST /53/cart/", "teas", "rows in django_session"],
        [
            ["with cookies", " ".join(map(str, with_cookies)), rows_with],
            ["without", " ".join(map(str, without)), rows_without],
        ],
    )
    assert (with_cookies, rows_with) == ([1, 2, 3], 1)
    assert (without, rows_without) == ([1, 1, 1], 3)


@claim("Data in a cookie can be stored for months or years", verdict=Verdict.DEPENDS)
def test_the_server_asks_and_the_browser_decides(anonymous, settings, stage):
    """The server may ask for ten years, for a session too: SESSION_COOKIE_AGE is two weeks only by
    default. How long a cookie is kept, the browser decides."""
    settings.SESSION_COOKIE_AGE = 315_360_000

    theme = anonymous.post("/53/theme/")
    anonymous.post("/53/cart/")

    lives = Session.objects.get().expire_date - timezone.now()
    rows = [
        ["the cookie theme", theme.cookies["theme"]["max-age"] // 86_400],
        ["the cookie sessionid", anonymous.cookies["sessionid"]["max-age"] // 86_400],
        ["the row in django_session", round(lives / timedelta(days=1))],
    ]
    stage.table(["what the server asks for", "days"], rows)
    assert (theme.status_code, theme.cookies["theme"].value) == (204, "dark")
    assert rows == [
        ["the cookie theme", 3650],
        ["the cookie sessionid", 3650],
        ["the row in django_session", 3650],
    ]


@claim("Session data is lost when the web browser is closed", verdict=Verdict.WRONG)
def test_closing_the_browser_deletes_nothing_on_the_server(settings, passwords, stage):
    """By default even the cookie stays, for two weeks. With SESSION_EXPIRE_AT_BROWSER_CLOSE the
    browser drops the cookie when it closes, and the row stays. Anyone with a copy of the key is
    still signed in."""
    rows = []
    for at_close in (False, True):
        settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = at_close
        client = APIClient()
        key = sign_in(client)
        max_age = client.cookies["sessionid"]["max-age"]
        if not max_age:
            del client.cookies["sessionid"]
        lives = Session.objects.get(session_key=key).expire_date - timezone.now()
        rows.append(
            [
                *(at_close, max_age or "none"),
                client.get("/53/me/").json()["name"],
                f"{round(lives / timedelta(days=1))} days",
                seen_with(key)["name"],
            ]
        )

    stage.table(
        ["…AT_BROWSER_CLOSE", "Max-Age", "reopened", "the row lives", "a copy of the key"], rows
    )
    assert rows == [
        [False, 1_209_600, "ann", "14 days", "ann"],
        [True, "none", None, "14 days", "ann"],
    ]


@trap("A new password ends a session that the logout does not end")
def test_what_ends_a_session(keep_in, passwords, ann, stage):
    """The session holds a fingerprint of the password, and each request compares it. So a new
    password ends it in every store. Each request also looks the user up, and a deactivated user is
    out. The logout deletes what the server has: in a signed cookie that is nothing."""

    def sign_out(client):
        client.post("/53/sign-out/")

    def set_a_new_password(client):
        client.post("/53/password/", {"password": "another"})

    def deactivate(client):
        type(ann.user).objects.update(is_active=False)

    rows = []
    for event in (sign_out, set_a_new_password, deactivate):
        row = [event.__name__.replace("_", " ")]
        for engine in ENGINES:
            keep_in(engine)
            ann.user.set_password("right")
            ann.user.save()
            client = APIClient()
            cookie = sign_in(client)
            assert seen_with(cookie) == ANN
            event(client)
            row.append("in" if seen_with(cookie)["name"] else "out")
        rows.append(row)

    stage.say("A copy of Ann's cookie afterwards, for each SESSION_ENGINE:")
    stage.table(["event", *ENGINES], rows)
    assert rows == [
        ["sign out", "out", "out", "out", "out", "in"],
        ["set a new password", "out", "out", "out", "out", "out"],
        ["deactivate", "out", "out", "out", "out", "out"],
    ]


@trap("The logout ends one session, and a new password all of them")
def test_two_devices_have_two_sessions(passwords, ann, stage):
    """Each login makes a session of its own. So the logout on the laptop leaves the phone signed
    in. A new password signs both out, unless the view calls `update_session_auth_hash` for the
    session that asked."""
    events = {
        "sign out on the laptop": ("/53/sign-out/", {}),
        "new password on the laptop": ("/53/password/", {"password": "another"}),
        "… with update_session_auth_hash": ("/53/password/stay/", {"password": " another"}),
    }

    rows = []
    for event, (url, body) in events.items():
        ann.user.set_password("right")
        ann.user.save()
        laptop, phone = APIClient(), APIClient()
        sign_in(laptop)
        sign_in(phone)
        assert laptop.post(url, body).status_code == 204
        rows.append([event, *(each.get("/53/me/").json()["name"] for each in (laptop, phone))])
    ann.user.refresh_from_db()

    stage.table(["event", "laptop", "phone"], [[cell or "—" for cell in row] for row in rows])
    assert rows == [
        ["sign out on the laptop", None, "ann"],
        ["new password on the laptop", None, None],
        ["… with update_session_auth_hash", "ann", None],
    ]
    assert ann.user.check_password(" another")
    assert APIClient().post("/53/password/", {"password": "mine"}).status_code == 403
    assert laptop.post("/53/password/", {}).status_code == 400


@trap("A login on the phone can sign the laptop out")
def test_a_new_hash_of_the_same_password_ends_the_other_session(anonymous, passwords, ann, stage):
    """When the password is hashed in an old way, the login hashes it again and saves it. Its
    fingerprint is another one then, so all other sessions end, although the password is the same.
    Django also raises the number of iterations in its releases, and then it hashes again."""
    ann.user.password = make_password("right", salt="old", hasher="md5")
    ann.user.save()
    laptop = APIClient()
    laptop.force_login(ann.user)
    before = laptop.get("/53/me/").json()["name"]

    stage.say(f"On the laptop: {before}. Then Ann signs in on the phone, with the same password:")
    anonymous.post("/53/sign-in/", LOGIN)
    after = laptop.get("/53/me/").json()["name"]
    stage.say(f"On the laptop: {after}.")
    on_the_phone = anonymous.get("/53/me/").json()["name"]

    assert (before, after, on_the_phone) == ("ann", None, "ann")


@trap("A login that keeps the key gives the session to anyone who planted it")
@pytest.mark.parametrize(
    ("url", "seen"),
    [("/53/sign-in/by-hand/", ANN), ("/53/sign-in/", STRANGER)],
    ids=["by hand", "login()"],
)
def test_a_planted_key(anonymous, passwords, stage, url, seen):
    """The attacker gets a key as any visitor does, and plants it in Ann's browser. If the login
    only writes the user into that session, the attacker is Ann. Django's `login()` gives the
    session a new key: the cart moves there, and the planted key is gone."""
    attacker = APIClient()
    attacker.post("/53/cart/")
    planted = attacker.cookies["sessionid"].value

    anonymous.cookies["sessionid"] = planted
    anonymous.post(url, LOGIN)
    victim = anonymous.get("/53/me/")
    attackers = attacker.get("/53/me/").json()
    stage.say(f"The attacker, with the planted key: {attackers}")

    assert victim.json() == ANN
    assert attackers == seen
    assert APIClient().post(url, {"username": "ann"}).status_code == 400
    assert APIClient().post(url, LOGIN | {"password": " right"}).status_code == 403


@trap("An expired session is refused, and its row stays")
def test_expired_rows_wait_for_clearsessions(anonymous, passwords, stage):
    """Django never deletes an expired row by itself. The table grows until `clearsessions` runs,
    so run it every day."""
    key = sign_in(anonymous)
    Session.objects.update(expire_date=timezone.now() - timedelta(minutes=1))

    expired = anonymous.get("/53/me/")
    left = [Session.objects.filter(session_key=key).count()]
    call_command("clearsessions")
    left.append(Session.objects.filter(session_key=key).count())

    stage.say(f"Rows of that session: {left[0]}, and after clearsessions: {left[1]}.")
    assert expired.json() == STRANGER
    assert left == [1, 0]
