import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.settings import DEFAULTS
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop.payloads import payload_of_session
from shop.people import basic

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.not_about_sql,
    pytest.mark.usefixtures("passwords", "empty_cache"),
]

ANN = {"username": "ann", "password": "right"}
BOB = {"username": "bob", "password": "right"}
TEA = ["tea"]
ENGINES = ["db", "cache", "cached_db", "signed_cookies"]


def session_of(client):
    """The value of the session cookie that the client keeps."""
    cookie = client.cookies.get("sessionid")
    return cookie.value if cookie else ""


def with_session(value, client=None):
    """Another client, which sends this session cookie. It is not recorded."""
    client = client or APIClient()
    client.cookies["sessionid"] = value
    return client


def signed_in(who=ANN):
    client = APIClient()
    client.post("/44/sign-in/", who)
    return client


@pytest.fixture
def each_engine(settings):
    """Signs Ann in with one session engine after the other."""

    def each_engine():
        for engine in ENGINES:
            settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
            Session.objects.all().delete()
            yield engine, signed_in()

    return each_engine()


def user_of(answer):
    """The user whom the view saw."""
    return answer.json().get("user", "—")


@claim("The user signs in and gets a session id, which is stored as a cookie")
def test_the_login_sets_a_cookie_that_scripts_cannot_read(anonymous, stage):
    """It is a random key of 32 characters. By default no script reads it, and the browser keeps it
    for two weeks. With it comes the CSRF cookie, which a script must be able to read."""
    wrong = anonymous.post("/44/sign-in/", {"username": "ann", "password": " right"})
    right = anonymous.post("/44/sign-in/", ANN)
    rows = [
        [name, len(cookie.value), bool(cookie["httponly"]), cookie["samesite"], cookie["max-age"]]
        for name, cookie in sorted(right.cookies.items(), reverse=True)
    ]

    stage.table(["Set-Cookie", "characters", "HttpOnly", "SameSite", "Max-Age"], rows)
    assert (wrong.status_code, dict(wrong.cookies)) == (403, {})
    assert (right.status_code, right.json()) == (200, {"user": "ann"})
    assert APIClient().post("/44/sign-in/", {}).status_code == 400
    assert rows == [
        ["sessionid", 32, True, "Lax", 1209600],
        ["csrftoken", 32, False, "Lax", 31449600],
    ]


@claim("The session id is passed in the header of every future request")
def test_the_cookie_header_says_who_it_is(anonymous):
    """It is the Cookie header, and no other. Without it the same caller is anonymous: 403, because
    a session has no challenge for a 401."""
    anonymous.post("/44/sign-in/", ANN)

    first = anonymous.get("/44/me/")
    second = anonymous.get("/44/me/")
    anonymous.cookies.clear()
    without = anonymous.get("/44/me/")

    assert first.json() == second.json() == {"user": "ann", "sent": ["Cookie"]}
    assert without.status_code == 403


@claim(
    "The session object holds all information on the user, with the credentials",
    verdict=Verdict.WRONG,
)
def test_the_session_holds_an_id_and_a_fingerprint(stage, ann):
    """Django puts three keys into it: the id of the user, the name of the backend, and an HMAC of
    the password hash. The user is loaded with each request, so a new username counts at once. What
    you add stands there for anyone who reads the table: it is signed, not encrypted."""
    client = signed_in()
    client.post("/44/basket/")
    names = [user_of(client.get("/44/me/"))]
    session = payload_of_session(Session.objects.get().session_data)
    fingerprint = session.get("_auth_user_hash", "")
    ann.user.username = "ann2"
    ann.user.save()
    names.append(user_of(client.get("/44/me/")))

    stage.say("The row of Ann's session, read without a key:")
    stage.table(
        ["key", "value"],
        [
            ["_auth_user_id", "the id of the user"],
            ["_auth_user_backend", session.get("_auth_user_backend")],
            ["_auth_user_hash", f"{len(fingerprint)} hexadecimal digits"],
            ["basket", session.get("basket")],
        ],
    )
    stage.say("Ann gets a new username. The view saw {}, and then {}.".format(*names))
    assert session == {
        "_auth_user_id": str(ann.user.pk),
        "_auth_user_backend": "django.contrib.auth.backends.ModelBackend",
        "_auth_user_hash": fingerprint,
        "basket": ["tea"],
    }
    assert len(fingerprint) == 64
    assert fingerprint not in ann.user.password
    assert names == ["ann", "ann2"]


@claim("The session object is stored in the database", verdict=Verdict.DEPENDS)
def test_the_engine_decides_where_the_session_is(stage, each_engine):
    """`SESSION_ENGINE` decides. The default, `db`, and `cached_db` save a row. With `cache` it is
    in the cache alone. With `signed_cookies` the server keeps nothing, and the session travels in
    the cookie. In each case the user is one more query."""
    rows = []
    for engine, client in each_engine:
        cookie = session_of(client)
        is_key = len(cookie) <= 32
        holds = "a key" if is_key else ", ".join(sorted(payload_of_session(cookie)))
        with CaptureQueriesContext(connection) as queries:
            assert user_of(client.get("/44/me/")) == "ann"
        rows.append([engine, Session.objects.count(), len(queries), holds])

    stage.table(["SESSION_ENGINE", "rows", "queries of a GET", "in the cookie"], rows)
    assert rows == [
        ["db", 1, 2, "a key"],
        ["cache", 0, 1, "a key"],
        ["cached_db", 1, 1, "a key"],
        ["signed_cookies", 0, 1, "_auth_user_backend, _auth_user_hash, _auth_user_id"],
    ]


@claim("On logout, the client and the server destroy the session id", verdict=Verdict.DEPENDS)
def test_a_stolen_cookie_after_the_logout(stage, each_engine):
    """The server tells the browser to delete its cookie, but it cannot delete a stolen copy. If the
    server holds the session, it deletes that, and the copy opens nothing. A signed cookie is the
    session itself, so the copy still opens."""
    rows = []
    for engine, client in each_engine:
        stolen = session_of(client)
        before = with_session(stolen).get("/44/me/").status_code
        assert client.post("/44/sign-out/").status_code == 204
        kept = "a cookie" if session_of(client) else "nothing"
        after = with_session(stolen).get("/44/me/").status_code
        rows.append([engine, before, kept, Session.objects.count(), after])

    columns = ["SESSION_ENGINE", "the copy", "client keeps", "rows", "the copy again"]
    stage.say("Someone has a copy of Ann's cookie. Ann signs out:")
    stage.table(columns, rows)
    assert rows == [
        ["db", 200, "nothing", 0, 403],
        ["cache", 200, "nothing", 0, 403],
        ["cached_db", 200, "nothing", 0, 403],
        ["signed_cookies", 200, "nothing", 0, 200],
    ]


@claim("If the user logs in again, a new session id is generated", verdict=Verdict.DEPENDS)
def test_a_login_over_a_live_session_of_the_same_user_keeps_the_id(stage):
    """It is new after a logout, for another user, and for a visitor who was anonymous. But if the
    same user signs in over a live session, the id stays. The basket of an anonymous visitor comes
    along, the basket of another user does not."""
    client = APIClient(enforce_csrf_checks=True)
    client.post("/44/basket/")
    rows, ids = [], [session_of(client)]

    def sign_in(what, who):
        client.post("/44/sign-in/", who)
        ids.append(session_of(client))
        is_new = "new" if ids[-1] not in ids[:-1] else "the same"
        rows.append([what, is_new, len(client.get("/44/basket/").json()["basket"])])

    sign_in("Ann, after one tea as a visitor", ANN)
    sign_in("Ann again", ANN)
    sign_in("Bob, in the same browser", BOB)
    client.post("/44/sign-out/")
    sign_in("Bob, after a logout", BOB)

    stage.table(["signs in", "session id", "teas in the basket"], rows)
    assert rows == [
        ["Ann, after one tea as a visitor", "new", 1],
        ["Ann again", "the same", 1],
        ["Bob, in the same browser", "new", 0],
        ["Bob, after a logout", "new", 0],
    ]
    assert [with_session(old).get("/44/me/").status_code for old in ids[:-1]] == [403] * 4


@claim("DRF sends the session id via Basic authentication", verdict=Verdict.WRONG)
def test_session_and_basic_are_two_ways_and_not_one(stage):
    """DRF's default has both classes, and each looks at its own header. The session id comes in the
    cookie. As Basic credentials it is refused. A password works without any session."""
    client = signed_in()
    session = session_of(client)
    rows = []
    for name, headers in {
        "the id as a cookie": {"Cookie": f"sessionid={session}"},
        "the id as Basic": {"Authorization": f"Basic {session}"},
        "the password as Basic": basic("ann"),
    }.items():
        answer = APIClient().get("/44/me/by-default/", headers=headers)
        known = answer.json() if answer.status_code == 200 else {"user": "—", "sent": [*headers]}
        rows.append([name, *known["sent"], answer.status_code, known["user"]])
    default = [path.rpartition(".")[2] for path in DEFAULTS["DEFAULT_AUTHENTICATION_CLASSES"]]

    stage.table(["sent", "header", "status", "user"], rows)
    stage.say(f"DRF's default: {', '.join(default)}")
    assert rows == [
        ["the id as a cookie", "Cookie", 200, "ann"],
        ["the id as Basic", "Authorization", 403, "—"],
        ["the password as Basic", "Authorization", 200, "ann"],
    ]
    assert default == ["SessionAuthentication", "BasicAuthentication"]


@trap("Anyone who reads the table can sign in")
def test_the_key_of_a_row_is_the_cookie(anonymous, stage):
    """The engine `db` saves the id as it is, not as a hash. So a copy of the table, such as a
    backup, signs in as each user in it, until the session ends. No password is needed."""
    client = signed_in()

    key = Session.objects.get().session_key
    stage.say("The key of the only row in django_session, sent as a cookie:")
    as_ann = with_session(key, anonymous).get("/44/me/")

    assert key == session_of(client)
    assert as_ann.json() == {"user": "ann", "sent": ["Cookie"]}


@trap("An attacker cannot choose the id of your session")
def test_a_planted_id_does_not_become_anns(stage):
    """Session fixation: an attacker plants an id in Ann's browser and waits for the login. Django
    does not take an id that it has not made. If the attacker has a real one, of an anonymous
    session, the login changes it."""
    visitor = APIClient()
    visitor.post("/44/basket/")
    rows = []
    for name, planted in {"made up": "a" * 32, "of a visitor": session_of(visitor)}.items():
        anns = with_session(planted)
        anns.post("/44/basket/")
        anns.post("/44/sign-in/", ANN)
        attacker = with_session(planted).get("/44/me/").status_code
        rows.append([name, anns.get("/44/me/").status_code, attacker])

    stage.table(["planted id", "Ann", "attacker"], rows)
    assert rows == [["made up", 200, 403], ["of a visitor", 200, 403]]


@trap("A new password ends the session of the user who changes it, too")
def test_update_session_auth_hash_keeps_one_session(stage):
    """Each session holds a fingerprint of the password, and a new password fits none of them.
    `update_session_auth_hash()` puts the new fingerprint into the session of this request, and
    gives it a new id. The other devices still have to sign in again."""
    rows = []
    for path, old, new in (("", "right", "second"), ("kept-session/", "second", "third")):
        laptop, phone = (signed_in(ANN | {"password": old}) for _ in range(2))
        before = session_of(laptop)
        changed = laptop.put(f"/44/password/{path}", {"password": new}).status_code
        is_new = "new" if session_of(laptop) != before else "the same"
        own, other = (client.get("/44/me/").status_code for client in (laptop, phone))
        rows.append([path or "plain", changed, own, other, is_new])
    empty = laptop.put("/44/password/", {}).status_code

    stage.say("Ann changes her password on the laptop. Then GET /44/me/:")
    stage.table(["view", "PUT", "laptop", "phone", "id on the laptop"], rows)
    assert rows == [
        ["plain", 204, 403, 403, "the same"],
        ["kept-session/", 204, 200, 403, "new"],
    ]
    assert empty == 400


@trap("A change inside a list is not saved")
@pytest.mark.parametrize(
    ("url", "answered", "saved"),
    [
        ("/44/basket/in-place/", [TEA, 2 * TEA, 2 * TEA], TEA),
        ("/44/basket/", [TEA, 2 * TEA, 3 * TEA], 3 * TEA),
    ],
    ids=["in place", "assigned"],
)
def test_only_an_assignment_marks_the_session_as_modified(anonymous, url, answered, saved):
    """Django saves a session if a key was assigned. It does not see an `append()` to a list in it.
    The first tea is saved, because its list is new. The next answer has two and saves none."""
    answers = [anonymous.post(url).json()["basket"] for _ in range(3)]

    assert answers == answered
    assert anonymous.get("/44/basket/").json() == {"basket": saved}


@trap("Every visitor without a cookie is a new row")
def test_anonymous_writes_fill_the_table(stage):
    """A session begins when a view writes into it, and not with the login. A client that keeps no
    cookies, such as a bot, gets a new one each time. A view that only reads makes no row."""
    rows = []
    for method in ("get", "post"):
        for name, clients in {
            "one client": [APIClient()] * 5,
            "no cookies kept": [APIClient() for _ in range(5)],
        }.items():
            Session.objects.all().delete()
            for client in clients:
                getattr(client, method)("/44/basket/")
            rows.append([f"5 × {method.upper()}", name, Session.objects.count()])

    stage.table(["/44/basket/", "by", "rows in django_session"], rows)
    assert rows == [
        ["5 × GET", "one client", 0],
        ["5 × GET", "no cookies kept", 0],
        ["5 × POST", "one client", 1],
        ["5 × POST", "no cookies kept", 5],
    ]
