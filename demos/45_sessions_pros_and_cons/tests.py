import json
import re
from dataclasses import replace
from datetime import timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop.models import Order
from shop.people import basic

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.not_about_sql,
    pytest.mark.usefixtures("passwords", "empty_cache"),
]

ANN = {"username": "ann", "password": "right"}
BACKENDS = "django.contrib.sessions.backends"
FROM = re.compile(r'(?:FROM|JOIN) "(\w+)"')
# As browsers do: a cookie without a domain goes to the host that set it, and to no subdomain.
LIKE_A_BROWSER = DefaultCookiePolicy(strict_ns_domain=DefaultCookiePolicy.DomainStrictNonDomain)


def on_servers(test):
    """Server processes see what is committed to a file."""
    return pytest.mark.database("sqlite")(pytest.mark.django_db(transaction=True)(test))


def signed_in(**who):
    """A client that has signed in, as Ann if not said otherwise. It is not recorded."""
    client = APIClient()
    client.post("/45/sign-in/", ANN | who)
    return client


class App:
    """A client that is no browser: Python's urllib, with a cookie jar or without."""

    def __init__(self, jar=None):
        self.jar = CookieJar(LIKE_A_BROWSER) if jar is None else jar
        self._opener = build_opener(HTTPCookieProcessor(self.jar))

    def send(self, url, body=None, **headers):
        """The status. With a body it is a POST."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        data = None if body is None else json.dumps(body).encode()
        if data:
            headers["Content-Type"] = "application/json"
        try:
            with self._opener.open(Request(url, data, headers)) as answer:
                return answer.status
        except HTTPError as error:
            with error:
                return error.code

    def value(self, name):
        return next(cookie.value for cookie in self.jar if cookie.name == name)


@pytest.fixture
def shop(servers, reach):
    """A server process of the shop with these settings, at each of these names."""

    def shop(*names, **settings):
        [server] = servers(1, settings={"ALLOWED_HOSTS": ["*"], **settings})
        reach({f"http://{name}": server for name in names})

    yield shop
    servers.received(recorded=False)


@claim("User credentials are sent only once")
def test_one_request_of_21_carries_the_password(anonymous, stage, monkeypatch):
    """The sign-in carries the password, and the server hashes it once. The 20 requests after it
    carry a random key instead, and nothing is hashed."""
    hashed = []
    encode = MD5PasswordHasher.encode

    def counted(self, password, salt):
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    signed = anonymous.post("/45/sign-in/", ANN)
    at_sign_in = len(hashed)
    client = APIClient()
    client.cookies["sessionid"] = anonymous.cookies["sessionid"].value
    answers = [client.get("/45/me/").json() for _ in range(20)]

    stage.say(f"Hashes at the sign-in: {at_sign_in}.")
    stage.say(f"Hashes for the 20 requests after it: {len(hashed) - at_sign_in}.")
    assert signed.json() == {"user": "ann"}
    assert answers == [{"user": "ann"}] * 20
    assert hashed == ["right"]
    assert APIClient().post("/45/sign-in/", {}).status_code == 400
    assert APIClient().post("/45/sign-in/", ANN | {"password": " right"}).status_code == 403


@claim("It is more efficient, because the session is a fast look-up", verdict=Verdict.DEPENDS)
def test_a_session_saves_the_hash_and_costs_a_query(stage, settings):
    """It saves the hash of the password, but not the queries. By default a session costs one query
    more than Basic: the session, then the user. With `cached_db` or `cache` the session comes from
    the cache, and the query for the user stays."""
    rows = []

    def count(name, url, client, **extra):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url, **extra).json() == {"user": "ann"}
        tables = FROM.findall(" ".join(query["sql"] for query in queries))
        rows.append([name, len(queries), ", ".join(tables)])
        stage.bar(name, len(queries), "queries for one request")

    count("Basic", "/45/me/basic/", APIClient(), headers=basic("ann"))
    for engine in ("db", "cached_db", "cache"):
        settings.SESSION_ENGINE = f"{BACKENDS}.{engine}"
        count(f"session in {engine}", "/45/me/", signed_in())

    stage.table(["GET by", "queries", "tables"], rows)
    assert rows == [
        ["Basic", 1, "auth_user"],
        ["session in db", 2, "django_session, auth_user"],
        ["session in cached_db", 1, "auth_user"],
        ["session in cache", 1, "auth_user"],
    ]


@claim("A session id is only valid in the browser of the login", verdict=Verdict.WRONG)
@on_servers
def test_the_id_opens_from_any_client(shop, stage):
    """The server compares the id and nothing else. Someone who has the cookie has the session, from
    any program: it reads as Ann. To write it needs the CSRF token, and it makes that up: the token
    only has to be the same in the cookie and in the header."""
    shop("shop.test")
    browser = App()
    browser.send("http://shop.test/45/sign-in/", ANN, User_Agent="Firefox")
    session, token = browser.value("sessionid"), 32 * "t"
    thief = App(jar=CookieJar(DefaultCookiePolicy(allowed_domains=[])))
    stolen = {"User_Agent": "curl", "Cookie": f"sessionid={session}; csrftoken={token}"}

    rows = [
        ["GET", browser.send("http://shop.test/45/me/", User_Agent="Firefox")],
        ["GET, no cookie", thief.send("http://shop.test/45/me/", User_Agent="curl")],
        ["GET, cookie of the other", thief.send("http://shop.test/45/me/", **stolen)],
        [
            "POST, cookie of the other",
            thief.send("http://shop.test/45/orders/", {"reference": "A-1"}, **stolen),
        ],
        [
            "POST, with X-CSRFToken",
            thief.send(
                "http://shop.test/45/orders/", {"reference": "A-1"}, **stolen, X_CSRFToken=token
            ),
        ],
    ]
    rows = [[who, *row] for who, row in zip(["Firefox", *["curl"] * 4], rows, strict=True)]

    stage.table(["User-Agent", "request", "status"], rows)
    assert rows == [
        ["Firefox", "GET", 200],
        ["curl", "GET, no cookie", 403],
        ["curl", "GET, cookie of the other", 200],
        ["curl", "POST, cookie of the other", 403],
        ["curl", "POST, with X-CSRFToken", 201],
    ]
    assert [str(order.customer) for order in Order.objects.all()] == ["Ann"]


@claim("It does not work for a mobile app", verdict=Verdict.DEPENDS)
@on_servers
def test_an_app_with_a_cookie_jar_signs_in_and_orders(shop, stage):
    """It works if the app keeps cookies and sends the CSRF token back. That is more work than one
    header with a token: the first POST here is refused. It is a reason to prefer tokens, and not a
    limit of sessions."""
    shop("shop.test")
    app, forgetful = App(), App(jar=CookieJar(DefaultCookiePolicy(allowed_domains=[])))
    rows = []
    for name, client in {"keeps cookies": app, "keeps none": forgetful}.items():
        signed = client.send("http://shop.test/45/sign-in/", ANN)
        rows.append([name, signed, client.send("http://shop.test/45/me/")])
        rows[-1].append(client.send("http://shop.test/45/orders/", {"reference": "A-1"}))
    token = app.value("csrftoken")
    order = app.send("http://shop.test/45/orders/", {"reference": "A-1"}, X_CSRFToken=token)
    again = app.send("http://shop.test/45/orders/", {"reference": "A-1"}, X_CSRFToken=token)

    stage.table(["an app that", "sign-in", "GET", "POST"], rows)
    stage.say(f"With the cookie csrftoken as X-CSRFToken, the POST gets {order}.")
    assert rows == [["keeps cookies", 200, 200, 403], ["keeps none", 200, 403, 403]]
    assert (order, again) == (201, 400)


@claim("It does not work across multiple domains", verdict=Verdict.DEPENDS)
@on_servers
def test_subdomains_can_share_a_session(shop, stage):
    """By default the cookie goes back to one host. With `SESSION_COOKIE_DOMAIN` it goes to all
    subdomains, so `www` and `api` share a session. No setting sends it to another domain. Here the
    client follows the rules of a browser."""
    names = ["shop.test", "api.shop.test", "other.test"]
    rows = [[name] for name in names]
    for domain in (None, "shop.test"):
        shop(*names, SESSION_COOKIE_DOMAIN=domain)
        client = App()
        client.send("http://shop.test/45/sign-in/", ANN)
        for row in rows:
            row.append(client.send(f"http://{row[0]}/45/me/"))

    stage.say("Ann signs in at shop.test. Then GET /45/me/ at:")
    stage.table(["host", "by default", 'SESSION_COOKIE_DOMAIN = "shop.test"'], rows)
    assert rows == [
        ["shop.test", 200, 200],
        ["api.shop.test", 403, 200],
        ["other.test", 403, 403],
    ]


@claim("With several servers it is hard to keep the session up to date", verdict=Verdict.DEPENDS)
@on_servers
def test_a_store_that_the_servers_share_is_up_to_date(servers, stage):
    """It is hard only if a server keeps sessions in its own memory. With the cache of one process,
    B does not know the session. With `cached_db` and such a cache, B goes on reading its old copy.
    A database or a cache that both share is up to date, and so is a signed cookie."""
    rows = []
    for engine in ("cache", "cached_db", "db", "signed_cookies"):
        a, b = (
            replace(server, received=lambda: servers.received(recorded=False))
            for server in servers(2, settings={"SESSION_ENGINE": f"{BACKENDS}.{engine}"})
        )
        jar, seen = {}, []
        for item in ("tea", "cup"):
            a.request("POST", f"/45/basket/{item}/", cookies=jar)
            answer = b.request("GET", "/45/basket/", cookies=dict(jar)).json()
            seen.append(", ".join(answer["basket"]) or "nothing")
        rows.append([engine, *seen])

    stage.say("A puts a tea and then a cup into the basket. After each, B reads it:")
    stage.table(["SESSION_ENGINE", "after the tea", "after the cup"], rows)
    assert rows == [
        ["cache", "nothing", "nothing"],
        ["cached_db", "tea", "tea"],
        ["db", "tea", "tea, cup"],
        ["signed_cookies", "tea", "tea, cup"],
    ]


@claim(
    "The cookie is sent with every request, even without authentication, which is inefficient",
    verdict=Verdict.DEPENDS,
)
def test_the_authentication_class_costs_the_queries_and_not_the_cookie(stage):
    """It is sent, but the view decides what that costs. DRF looks up the session and the user
    before each view that has `SessionAuthentication`, even if anyone may read it. With
    `authentication_classes = []`, and in a plain view of Django, the cookie costs nothing."""
    rows = []
    for view in ("signed-in", "open", "for-anyone", "plain"):
        row = [view]
        for cookie in (signed_in().cookies["sessionid"].value, "x" * 32, "x" * 7, None):
            client = APIClient()
            if cookie:
                client.cookies["sessionid"] = cookie
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(f"/45/hours/{view}/")
            assert answer.json() == {"opens": "09:00"} or answer.status_code == 403
            row.append(f"{len(queries)} ({answer.status_code})")
        rows.append(row)

    stage.say("Queries (and status) of GET /45/hours/…/ by the cookie that comes with it:")
    stage.table(["view", "Ann's", "unknown id", "short id", "none"], rows)
    assert rows == [
        ["signed-in", "2 (200)", "1 (403)", "0 (403)", "0 (403)"],
        ["open", "2 (200)", "1 (200)", "0 (200)", "0 (200)"],
        ["for-anyone", "0 (200)", "0 (200)", "0 (200)", "0 (200)"],
        ["plain", "0 (200)", "0 (200)", "0 (200)", "0 (200)"],
    ]


@trap("Two requests at once, and one change is lost")
@pytest.mark.database("sqlite")
@pytest.mark.django_db(transaction=True)
def test_the_last_request_overwrites_the_whole_session(race, stage, ann):
    """A session is read at the start of a request and saved as a whole at its end. The second
    request saves what it read before the first one had saved. Keep what must not be lost in a
    table: two orders at once are two rows."""
    client = signed_in()
    client.post("/45/basket/tea/")
    session = client.cookies["sessionid"].value

    def posting(path, body=None):
        def send(racer):
            racer.force_authenticate(None)
            racer.cookies["sessionid"] = session
            return racer.post(path, body)

        return send

    stage.say("The basket holds a tea. Ann adds a cup and a pot at the same time:")
    added = race(posting("/45/basket/cup/"), posting("/45/basket/pot/"))
    basket = client.get("/45/basket/").json()
    stage.say(f"In the basket: {', '.join(basket['basket'])}")
    stage.say("Two orders at the same time:")
    ordered = race(
        posting("/45/orders/", {"reference": "A-1"}), posting("/45/orders/", {"reference": "A-2"})
    )
    orders = [order.reference for order in Order.objects.filter(customer=ann)]
    stage.say(f"In the table: {', '.join(orders)}")

    assert [answer.status_code for answer in (*added, *ordered)] == [200, 200, 201, 201]
    assert basket == {"basket": ["tea", "pot"]}
    assert orders == ["A-1", "A-2"]


@trap("A session ends two weeks after its last change, even if it is used every day")
@pytest.mark.parametrize(
    ("every_request", "days", "updates"), [(False, 1, 0), (True, 14, 1)], ids=["default", "sliding"]
)
def test_reading_does_not_extend_a_session(stage, settings, every_request, days, updates):
    """Only a change of the session sets a new end. With `SESSION_SAVE_EVERY_REQUEST` each request
    does, so the end slides. The price is an UPDATE for each request with the cookie, also for a
    view that never looks at the session."""
    settings.SESSION_SAVE_EVERY_REQUEST = every_request
    client = signed_in()
    soon = timezone.now() + timedelta(days=1, hours=1)
    Session.objects.update(expire_date=soon)

    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/45/hours/plain/")
    writes = sum(query["sql"].startswith("UPDATE") for query in queries)
    left = (Session.objects.get().expire_date - timezone.now() + timedelta(minutes=1)).days

    stage.say(f"SESSION_SAVE_EVERY_REQUEST = {every_request}, one day is left, then a GET.")
    stage.say(f"UPDATEs: {writes}. Days left: {left}")
    assert answer.status_code == 200
    assert (left, writes) == (days, updates)


@trap("Sessions that have ended stay in the table")
def test_clearsessions_removes_what_has_expired(stage):
    """An ended session is refused, and its row stays. Django deletes it only if you run
    `manage.py clearsessions`, so run it regularly."""
    client, other = signed_in(), signed_in()
    ended = Session.objects.filter(pk=client.cookies["sessionid"].value)
    ended.update(expire_date=timezone.now() - timedelta(seconds=1))
    rows = []

    rows.append(["expired", client.get("/45/me/").status_code, Session.objects.count()])
    call_command("clearsessions")
    rows.append(["after clearsessions", client.get("/45/me/").status_code, Session.objects.count()])

    stage.say("Ann has two sessions, and one of them has ended:")
    stage.table(["", "GET with the ended one", "rows"], rows)
    assert rows == [["expired", 403, 2], ["after clearsessions", 403, 1]]
    assert other.get("/45/me/").status_code == 200


@trap("No column says whose session it is")
def test_to_end_all_sessions_of_a_user_each_row_is_decoded(stage):
    """A pro that most answers forget: the server can end a session at once. But to end all of Ann's
    it has to decode every row of the table, because the user stands inside the data."""
    laptop, phone, bobs = signed_in(), signed_in(), signed_in(username="bob")
    visitor = APIClient()
    visitor.post("/45/basket/tea/")
    columns = [field.column for field in Session._meta.fields]

    ended = laptop.post("/45/sign-out/everywhere/")
    after = [client.get("/45/me/").status_code for client in (laptop, phone, bobs)]
    basket = visitor.get("/45/basket/").json()

    stage.say(f"The columns of django_session: {', '.join(columns)}")
    stage.say("Ann signs out everywhere. Then GET /45/me/ by each device:")
    stage.table(["Ann's laptop", "Ann's phone", "Bob"], [after])
    assert columns == ["session_key", "session_data", "expire_date"]
    assert ended.json() == {"ended": 2}
    assert after == [403, 403, 200]
    assert basket == {"basket": ["tea"]}
