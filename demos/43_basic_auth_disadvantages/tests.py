import logging
import re
import ssl
from base64 import b64decode
from contextlib import closing
from http.client import HTTPConnection, HTTPSConnection

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop.people import basic, by_token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("passwords")]
FROM = re.compile(r'(?:FROM|JOIN) "(\w+)"')


@pytest.fixture
def hashes(monkeypatch, passwords):
    """The passwords that Django hashes from now on."""
    hashed = []
    for hasher in (MD5PasswordHasher, PBKDF2PasswordHasher):

        def encode(self, password, *salt, encode=hasher.encode):
            hashed.append(password)
            return encode(self, password, *salt)

        monkeypatch.setattr(hasher, "encode", encode)
    return hashed


@pytest.fixture
def credentials(passwords):
    """What Ann sends: her password, or what she got for it when she signed in."""
    signed_in = APIClient().post("/43/sign-in/", headers=basic("ann"))
    return {
        "Basic": basic("ann"),
        "session": {"Cookie": f"sessionid={signed_in.cookies['sessionid'].value}"},
        "token": by_token(signed_in.json()["token"]),
    }


def sent(name, headers):
    """The response to a client that is not recorded: a table shows it."""
    return APIClient().get(f"/43/me/{name.lower()}/", headers=headers)


def statuses(credentials):
    """What a client gets with each of them now."""
    return [sent(name, headers).status_code for name, headers in credentials.items()]


@claim("On every request the server must look up and verify the username and password")
def test_each_request_looks_up_the_user_and_hashes_the_password(anonymous, stage, hashes):
    """The server keeps nothing, so it knows nothing from the request before. Each one costs a query
    for the user and a hash of the password."""
    first = anonymous.get("/43/me/basic/", headers=basic("ann"))
    second = anonymous.get("/43/me/basic/", headers=basic("ann"))

    stage.say(f"Hashed: {hashes}")
    assert first.json() == second.json() == {"user": "ann"}
    assert hashes == ["right", "right"]


@claim("That is inefficient", verdict=Verdict.DEPENDS)
def test_the_hash_is_the_cost_and_not_the_look_up(stage, hashes, credentials):
    """The look-up is not the cost: a session needs two queries, Basic one. The cost is the hash of
    the password, which is slow on purpose. A session and a token pay it once, at the sign-in."""
    at_sign_in = len(hashes)
    rows = []
    for name, headers in credentials.items():
        hashes.clear()
        with CaptureQueriesContext(connection) as queries:
            answers = [sent(name, headers).json() for _ in range(20)]
        assert answers == [{"user": "ann"}] * 20
        tables = dict.fromkeys(FROM.findall("".join(query["sql"] for query in queries)))
        rows.append([name, len(hashes), len(queries), ", ".join(tables)])
        stage.bar(name, len(hashes), "password hashes for 20 requests")

    stage.say(f"Ann signs in once, for a session and a token: {at_sign_in} hash.")
    stage.say("Then 20 requests each:")
    stage.table(["by", "hashes", "queries", "tables"], rows)
    assert at_sign_in == 1
    assert rows == [
        ["Basic", 20, 20, "auth_user"],
        ["session", 0, 40, "django_session, auth_user"],
        ["token", 0, 20, "authtoken_token, auth_user"],
    ]


@claim("Credentials are passed in clear text, not encrypted at all", verdict=Verdict.DEPENDS)
@pytest.mark.tls
@pytest.mark.database("sqlite")
@pytest.mark.django_db(transaction=True)
@pytest.mark.not_about_sql
def test_tls_encrypts_what_basic_does_not(servers, tls, reach, stage):
    """Basic itself encrypts nothing. Anyone who copies the bytes of a plain connection decodes
    the password. Under TLS, the same request leaves no trace of it in the copy."""
    authority = tls.authority()
    context = ssl.create_default_context(cafile=authority.file)
    rows = []
    for origin, certificate, client in (
        ("http://shop.test", "", HTTPConnection("shop.test")),
        (
            "https://shop.test",
            authority.certificate("shop.test"),
            HTTPSConnection("shop.test", context=context),
        ),
    ):
        [server] = servers(1, certificate=certificate)
        with tls.tapped(server) as wire, closing(client):
            reach({origin: wire})
            client.request("GET", "/43/me/basic/", headers=basic("ann"))
            status = client.getresponse().status
            found = re.search(rb"Authorization: Basic (\S+)", bytes(wire.sent))
        rows.append([origin, status, b64decode(found[1]).decode() if found else "nothing"])
        servers.received(recorded=False)

    stage.say("GET /43/me/basic/ by Ann, and someone on the way copies the bytes:")
    stage.table(["sent to", "status", "read in the copy"], rows)
    assert rows == [["http://shop.test", 200, "ann:right"], ["https://shop.test", 200, "nothing"]]


@claim("They can be easily captured and reused")
@pytest.mark.not_about_sql
def test_a_captured_header_opens_until_the_password_changes(stage, credentials, bob):
    """A captured cookie or token opens as well. But Ann ends these two by a logout, and they do not
    hold the password. The Basic header is the same in each request and has no expiry."""
    reused = statuses(credentials)
    bobs = Token.objects.create(user=bob.user)
    signed_out = APIClient().post("/43/sign-out/", headers=credentials["session"])
    after = statuses(credentials)
    values = [
        re.split("[ =]", *headers.values(), maxsplit=1)[1] for headers in credentials.values()
    ]
    holds = ["yes" if b"right" in b64decode(value) else "no" for value in values]
    rows = [list(row) for row in zip(credentials, reused, after, holds, strict=True)]

    stage.table(["captured", "reused", "after Ann's logout", "holds the password"], rows)
    assert rows == [
        ["Basic", 200, 200, "yes"],
        ["session", 200, 403, "no"],
        ["token", 200, 401, "no"],
    ]
    assert signed_out.status_code == 204
    assert list(Token.objects.all()) == [bobs]


@trap("A refused request costs a hash, too")
def test_every_username_costs_a_hash(stage, hashes, ann, bob):
    """The server hashes even if the user does not exist, has no usable password, or is not active.
    Django does it on purpose: the time of the answer must not tell which usernames exist. So
    anyone can make your server hash, without an account."""
    bob.user.set_unusable_password()
    bob.user.save()
    User.objects.create_user("tom", password="right", is_active=False)
    rows = []
    for name, headers in {
        "the right password": basic("ann"),
        "a wrong password": basic("ann", "guess"),
        "an unknown user": basic("eve"),
        "no usable password": basic("bob"),
        "not active": basic("tom"),
        "no header": {},
    }.items():
        hashes.clear()
        answer = sent("Basic", headers)
        rows.append([name, answer.status_code, answer.json().get("detail", ""), len(hashes)])

    stage.table(["credentials", "status", "detail", "hashes"], rows)
    assert rows == [
        ["the right password", 200, "", 1],
        ["a wrong password", 401, "Invalid username/password.", 1],
        ["an unknown user", 401, "Invalid username/password.", 1],
        ["no usable password", 401, "Invalid username/password.", 1],
        ["not active", 401, "Invalid username/password.", 1],
        ["no header", 401, "Authentication credentials were not provided.", 0],
    ]


@trap("One Basic request can end the user's sessions")
def test_the_upgrade_of_the_hash_ends_the_session(
    anonymous, settings, monkeypatch, stage, hashes, ann
):
    """A release of Django can raise the number of iterations of the hash. Then the next request
    with the password hashes it twice and saves the new hash. A session holds a fingerprint of the
    old one, so Ann's browser is signed out."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 1)
    ann.user.set_password("right")
    ann.user.save()
    browser = APIClient()
    browser.force_login(ann.user)
    counts, sessions = [], [browser.get("/43/me/session/").status_code]
    hashes.clear()

    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 2)
    for which in ("first", "second"):
        stage.say(f"The {which} request after the update:")
        anonymous.get("/43/me/basic/", headers=basic("ann"))
        counts.append(len(hashes))
        sessions.append(browser.get("/43/me/session/").status_code)
        hashes.clear()

    stage.say("Hashes: {} for the first, {} for the second.".format(*counts))
    stage.say("Ann's browser: {} before the first, {} after it, {} at the end.".format(*sessions))
    ann.user.refresh_from_db()
    assert counts == [2, 1]
    assert sessions == [200, 403, 403]
    assert ann.user.password.startswith("pbkdf2_sha256$2$")


@trap("To end it, you end it for all clients")
@pytest.mark.not_about_sql
def test_a_new_password_ends_every_basic_client_and_no_token(stage, credentials, ann):
    """There is one password for all clients of a user. A new one refuses each of them, and ends the
    sessions as well. It does not end the token, which never was the password. Only a deactivated
    account ends all three."""
    rows = [["at first", *statuses(credentials)]]
    ann.user.set_password("another")
    ann.user.save()
    rows.append(["a new password", *statuses(credentials)])
    ann.user.is_active = False
    ann.user.save()
    rows.append(["is_active = False", *statuses(credentials)])

    stage.table(["", *credentials], rows)
    assert rows == [
        ["at first", 200, 200, 200],
        ["a new password", 401, 403, 200],
        ["is_active = False", 401, 403, 401],
    ]


@trap("Your own log can hold the passwords", since="Django 5.2")
@pytest.mark.not_about_sql
@pytest.mark.parametrize(
    ("url", "logged", "read"),
    [
        ("/43/me/logged/", "'Authorization': 'Basic YW5uOnJpZ2h0'", b"ann:right"),
        ("/43/me/safely-logged/", "'HTTP_AUTHORIZATION': '********************'", b""),
    ],
    ids=["all headers", "as in the error report"],
)
def test_a_log_of_the_headers_is_a_list_of_passwords(anonymous, caplog, stage, url, logged, read):
    """Anything that sees the headers can write them down: a log, a proxy, a tool for errors. Since
    5.2, Django hides this header in its error report, and your own log can use the same filter."""
    caplog.set_level(logging.INFO)

    answer = anonymous.get(url, headers=basic("ann"))

    [line] = [each for each in caplog.messages if re.fullmatch(r"headers: \{.*\}", each)]
    [found] = re.findall(r"'(?:HTTP_)?AUTHORIZATION': '.*?'", line, re.IGNORECASE)
    stage.say(f"In the log: {found}")
    assert answer.json() == {"user": "ann"}
    assert APIClient().get(url).status_code == 401
    assert found == logged
    assert b64decode(found.split("'")[3].removeprefix("Basic ")) == read
