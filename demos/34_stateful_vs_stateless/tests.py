import base64
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.contrib.sessions.models import Session
from django.core import signing
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop.people import bearer

from . import stores
from .models import RevokedToken
from .tokens import token_for

pytestmark = [
    pytest.mark.database("sqlite"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.not_about_sql,
]

LOGIN = {"username": "ann", "password": "right"}
ANOTHER_KEY = "another key, that only this server has, of 50 bytes"


class Start:
    """Starts servers, and keeps what reached them. With `shown = False` the stage stays quiet."""

    def __init__(self, servers):
        self._servers = servers
        self.exchanges = []
        self.shown = True

    def __call__(self, count, settings):
        servers = self._servers(count, settings=settings)
        return [replace(server, received=self._keep) for server in servers]

    def restart(self, settings):
        self._servers.end()
        [server] = self(1, settings)
        return server

    def queries(self):
        """How many queries each request ran since the last look."""
        queries = [len(exchange.queries) for exchange in self.exchanges]
        self.exchanges.clear()
        return queries

    def _keep(self):
        self.exchanges += self._servers.received(recorded=self.shown)


@pytest.fixture
def start(servers):
    return Start(servers)


def refused(body):
    return APIClient().post("/34/session/sign-in/", body).status_code


@claim("A stateless request can be understood in isolation")
def test_any_server_understands_a_request_that_brings_everything(start, ann):
    """The token says who Ann is, and its signature proves it. No server remembers the request
    before: without the token, the same caller gets 401."""
    a, b = start(2, {})
    token = bearer(token_for(ann.user))

    answers = [
        a.request("GET", "/34/token/me/", headers=token),
        b.request("GET", "/34/token/me/", headers=token),
        b.request("GET", "/34/token/me/"),
    ]

    assert [answer.status for answer in answers] == [200, 200, 401]
    assert [answer.json() for answer in answers[:2]] == [{"name": "ann"}, {"name": "ann"}]
    assert start.queries() == [0, 0, 0]


@claim("A stateful request is performed with the context of earlier ones")
def test_the_same_request_gets_another_answer_each_time(start):
    """The same POST is sent four times. The session knows the earlier ones, so the answer grows.
    Without the cookie the server finds no session, and it begins again."""
    [a] = start(1, stores.DATABASE)
    jar = {}

    with_cookie = [a.request("POST", "/34/cart/session/", cookies=jar).json() for _ in range(3)]
    without = a.request("POST", "/34/cart/session/").json()

    assert with_cookie == [{"teas": 1}, {"teas": 2}, {"teas": 3}]
    assert without == {"teas": 1}


@claim("So stateful apps use the same server for each request of a user", verdict=Verdict.WRONG)
def test_only_a_store_in_one_process_needs_the_same_server(start, passwords, stage):
    """What counts is where the state is. Ann signs in on server A. Only if her session is in the
    memory of A, it is unknown to B. With three of the four stores, any server knows her."""
    start.shown = False
    rows = []
    for name, store in {
        "cache, in own memory": stores.CACHE,
        "db": stores.DATABASE,
        "cached_db, in own memory": stores.CACHED_DATABASE,
        "signed_cookies": stores.SIGNED_COOKIES,
    }.items():
        a, b = start(2, store)
        jar = {}
        a.request("POST", "/34/session/sign-in/", LOGIN, cookies=jar)
        start.queries()
        statuses = [
            server.request("GET", "/34/session/me/", cookies=dict(jar)).status
            for server in (a, b, b)
        ]
        rows.append([name, *statuses, " ".join(map(str, start.queries()))])

    stage.say("Ann signs in on A. Then GET /34/session/me/:")
    stage.table(["SESSION_ENGINE", "A", "B", "B again", "queries"], rows)
    assert rows == [
        ["cache, in own memory", 200, 403, 403, "1 0 0"],
        ["db", 200, 200, 200, "2 2 2"],
        ["cached_db, in own memory", 200, 200, 200, "1 2 1"],
        ["signed_cookies", 200, 200, 200, "1 1 1"],
    ]


@claim("An interrupted transaction can be picked up where you left off", verdict=Verdict.DEPENDS)
def test_what_survives_a_restart_depends_on_the_store(start, stage):
    """Two teas are in the cart, the server restarts, and a third one is added. What was in the
    memory of the process is lost. What was in the database, or in the signed cookie, is picked
    up."""
    start.shown = False
    rows = []
    for name, path, store in (
        ("a global of the module", "/34/cart/global/", {}),
        ("cache, in own memory", "/34/cart/session/", stores.CACHE),
        ("db", "/34/cart/session/", stores.DATABASE),
        ("cached_db, in own memory", "/34/cart/session/", stores.CACHED_DATABASE),
        ("signed_cookies", "/34/cart/session/", stores.SIGNED_COOKIES),
    ):
        jar = {}
        [server] = start(1, store)
        teas = [server.request("POST", path, cookies=jar).json()["teas"] for _ in range(2)]
        server = start.restart(store)
        rows.append([name, *teas, server.request("POST", path, cookies=jar).json()["teas"]])

    stage.table(["the cart is in", "1st tea", "2nd tea", "restart, 3rd tea"], rows)
    assert rows == [
        ["a global of the module", 1, 2, 1],
        ["cache, in own memory", 1, 2, 1],
        ["db", 1, 2, 3],
        ["cached_db, in own memory", 1, 2, 3],
        ["signed_cookies", 1, 2, 3],
    ]


@claim("Stateful: the authorization info is saved on the server side", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize(
    ("store", "sessions"),
    [(stores.DATABASE, 1), (stores.SIGNED_COOKIES, 0)],
    ids=["db", "signed_cookies"],
)
def test_a_session_can_also_be_in_the_cookie(
    anonymous, settings, passwords, stage, store, sessions
):
    """By default it is: the cookie is a random key of a row. With `signed_cookies` the session is
    in the cookie, and anyone can read it. In both it says who the user is, and not what the user
    may do."""
    settings.SESSION_ENGINE = store["SESSION_ENGINE"]

    response = anonymous.post("/34/session/sign-in/", LOGIN)

    cookie = stores.read_without_a_key(anonymous.cookies["sessionid"].value)
    in_cookie = f"a key of {len(cookie)} characters" if sessions else ", ".join(sorted(cookie))
    stage.say(f"Rows in django_session: {Session.objects.count()}. In the cookie: {in_cookie}.")
    assert (response.status_code, response.json()) == (200, {"name": "ann"})
    assert refused({}) == 400
    assert refused({"username": "ann", "password": " right"}) == 403
    assert Session.objects.count() == sessions
    assert in_cookie == (
        "a key of 32 characters"
        if sessions
        else "_auth_user_backend, _auth_user_hash, _auth_user_id"
    )


@claim("Stateless: it is saved on the client side, with a signature that ensures integrity")
def test_a_token_with_another_name_is_refused_by_each_server(start, stage, ann):
    """The client keeps the token, and no server does. If the client changes one claim, the
    signature does not fit, and each server sees that without a query."""
    a, b = start(2, {})
    token = token_for(ann.user)
    header, _, signature = str(token).split(".")
    payload = base64.urlsafe_b64encode(json.dumps({**token.payload, "name": "bob"}).encode())
    forged = f"{header}.{payload.decode().rstrip('=')}.{signature}"

    stage.say("The token as it was issued:")
    issued = a.request("GET", "/34/token/me/", headers=bearer(token))
    stage.say("With another name in it, and the same signature:")
    refused = [server.request("GET", "/34/token/me/", headers=bearer(forged)) for server in (a, b)]

    assert (issued.status, issued.json()) == (200, {"name": "ann"})
    assert [answer.status for answer in refused] == [401, 401]
    assert start.queries() == [0, 0, 0]


@trap("A global of the module is one for each process")
def test_two_processes_count_for_themselves(start, stage):
    """With one process it looks right, and so it does in the tests and with `runserver`. In
    production several processes serve, and each has its own cart."""
    rows = []
    for name, count, path in (
        ("a global, one process", 1, "/34/cart/global/"),
        ("a global, two processes", 2, "/34/cart/global/"),
        ("a session in the database, two processes", 2, "/34/cart/session/"),
    ):
        servers = start(count, stores.DATABASE)
        start.shown = name == "a global, two processes"
        jar = {}
        teas = [
            servers[turn % count].request("POST", path, cookies=jar).json()["teas"]
            for turn in range(4)
        ]
        rows.append([name, " ".join(map(str, teas))])

    stage.table(["the cart is in", "four teas, one after the other"], rows)
    assert rows == [
        ["a global, one process", "1 2 3 4"],
        ["a global, two processes", "1 1 2 2"],
        ["a session in the database, two processes", "1 2 3 4"],
    ]


@trap("Log out on A, and the same cookie still opens B")
@pytest.mark.parametrize(
    ("store", "on_b"),
    [(stores.CACHED_DATABASE, 200), (stores.DATABASE, 403)],
    ids=["cached_db", "db"],
)
def test_a_cache_of_one_process_does_not_hear_of_the_logout(start, passwords, stage, store, on_b):
    """`cached_db` keeps a copy of the session in the cache. Here that is the memory of each
    process. The logout deletes the row and the copy of A, but not the copy of B. Use a cache that
    the servers share, or `db`."""
    a, b = start(2, store)
    jar = {}
    a.request("POST", "/34/session/sign-in/", LOGIN, cookies=jar)
    stolen = dict(jar)
    stage.say(f"{store['SESSION_ENGINE'].rpartition('.')[2]}: B sees the cookie, then A signs out:")

    before = b.request("GET", "/34/session/me/", cookies=dict(stolen))
    signed_out = a.request("POST", "/34/session/sign-out/", cookies=jar)
    stage.say("The old cookie again, on A and on B:")
    after = [
        server.request("GET", "/34/session/me/", cookies=dict(stolen)).status for server in (a, b)
    ]

    assert (before.json(), signed_out.status) == ({"name": "ann"}, 204)
    assert "sessionid" not in jar
    assert after == [403, on_b]
    assert Session.objects.count() == 0


@trap("A logout does not end a session in a signed cookie")
def test_a_signed_cookie_opens_after_the_logout(
    anonymous, settings, monkeypatch, passwords, stage, ann
):
    """The logout only deletes the cookie in the browser. A copy of it opens the account until
    `SESSION_COOKIE_AGE` is over, two weeks by default. A new password ends it at once, because the
    session holds a fingerprint of the password."""
    settings.SESSION_ENGINE = stores.SIGNED_COOKIES["SESSION_ENGINE"]
    rows = []

    def after(days, what):
        monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda: 86_400.0 * days))
        anonymous.cookies["sessionid"] = copy
        rows.append([what, anonymous.get("/34/session/me/").status_code])

    monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda: 0.0))
    anonymous.post("/34/session/sign-in/", LOGIN)
    copy = anonymous.cookies["sessionid"].value
    signed_out = anonymous.post("/34/session/sign-out/")
    gone = anonymous.cookies["sessionid"].value
    after(0, "after the logout")
    after(13, "13 days later")
    after(15, "15 days later")
    ann.user.set_password("another")
    ann.user.save()
    after(0, "with a new password, on the first day")

    stage.table(["a copy of the cookie", "status"], rows)
    assert (signed_out.status_code, gone) == (204, "")
    assert rows == [
        ["after the logout", 200],
        ["13 days later", 200],
        ["15 days later", 403],
        ["with a new password, on the first day", 403],
    ]


@trap("To log out a stateless token you need state")
def test_a_token_ends_early_only_if_the_servers_ask_a_store(start, stage, ann, bob):
    """The signature stays valid until the token expires. To end it earlier, the server writes down
    its `jti`, and each request asks for it: 1 query instead of 0. An endpoint that does not ask
    still answers 200."""
    a, b = start(2, {})
    token = token_for(ann.user)
    anns, bobs = bearer(token), bearer(token_for(bob.user))

    before = b.request("GET", "/34/revocable-token/me/", headers=anns)
    signed_out = a.request("POST", "/34/revocable-token/sign-out/", headers=anns)
    stage.say("After the logout, with the check and without it:")
    checked = b.request("GET", "/34/revocable-token/me/", headers=anns)
    unchecked = b.request("GET", "/34/token/me/", headers=anns)
    stage.say("Bob's token, with the check:")
    other = b.request("GET", "/34/revocable-token/me/", headers=bobs)

    assert (before.json(), signed_out.status) == ({"name": "ann"}, 204)
    assert checked.status == 401
    assert checked.json()["detail"] == "This token was signed out."
    assert (unchecked.status, unchecked.json()) == (200, {"name": "ann"})
    assert (other.status, other.json()) == (200, {"name": "bob"})
    assert [str(revoked) for revoked in RevokedToken.objects.all()] == [token["jti"]]
    assert RevokedToken._meta.get_field("jti").unique
    first, _, *others = start.queries()
    assert (first, others) == (1, [1, 0, 1])


@trap("All servers must have the same SECRET_KEY")
def test_a_server_with_another_key_knows_no_one(start, settings, passwords, stage, ann):
    """The key is what stateless servers share. A session in the database needs it too: its data is
    signed. So a key that is random at each start signs everyone out with each deployment. With the
    old key in `SECRET_KEY_FALLBACKS` the sessions go on, but not the tokens of Simple JWT."""
    start.shown = False
    another = {"SECRET_KEY": ANOTHER_KEY}
    fallback = {**another, "SECRET_KEY_FALLBACKS": [settings.SECRET_KEY]}
    rows = []
    for name, store in {"db": stores.DATABASE, "signed_cookies": stores.SIGNED_COOKIES}.items():
        servers = [server for key in ({}, another, fallback) for server in start(1, store | key)]
        jar = {}
        servers[0].request("POST", "/34/session/sign-in/", LOGIN, cookies=jar)
        by_session = [
            server.request("GET", "/34/session/me/", cookies=dict(jar)) for server in servers
        ]
        rows.append([f"a session in {name}", *(answer.status for answer in by_session)])
    token = bearer(token_for(ann.user))
    by_token = [server.request("GET", "/34/token/me/", headers=token) for server in servers]
    rows.append(["a token", *(answer.status for answer in by_token)])

    stage.table(["Ann comes with", "same key", "another key", "the old one as fallback"], rows)
    assert rows == [
        ["a session in db", 200, 403, 200],
        ["a session in signed_cookies", 200, 403, 200],
        ["a token", 200, 401, 401],
    ]
