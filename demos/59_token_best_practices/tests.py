import base64
import json
from datetime import timedelta

import jwt
import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.views.debug import ExceptionReporter
from rest_framework.test import APIClient
from rest_framework_simplejwt import state
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from runner import Verdict, claim, trap
from shop import factories
from shop.people import basic, bearer, token_of

from .keys import with_key

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

OLD, NEW = "the key of last year, of 32 bytes", "the key of this year, of 32 bytes"


class Keys:
    """What a restart with other settings changes: Simple JWT reads SECRET_KEY when it starts."""

    def __init__(self, settings, monkeypatch):
        self._settings, self._monkeypatch = settings, monkeypatch
        self.are(OLD)

    def are(self, key, *fallbacks):
        self._settings.SECRET_KEY, self._settings.SECRET_KEY_FALLBACKS = key, list(fallbacks)
        self._monkeypatch.setattr(state, "token_backend", TokenBackend("HS256", key))


@pytest.fixture
def keys(settings, monkeypatch):
    return Keys(settings, monkeypatch)


def status(url, headers=None, client=None):
    """The answer to a GET by a client that is not recorded: a table shows it."""
    return (client or APIClient()).get(url, headers=headers or {}).status_code


def refreshed(url, token):
    return APIClient().post(url, {"refresh": str(token)})


def payload_of(token):
    """What anyone can read in a token, without a key."""
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@claim("Keep it secret, keep it safe", verdict=Verdict.DEPENDS)
def test_an_error_report_shows_what_the_header_hides(stage, ann):
    """That depends on where you send it. When a view crashes, Django writes a report for the
    admins. Since Django 5.2 it hides the header Authorization. A token in the URL or in a form is
    written out. The body of a JSON request is not in the report."""
    order = factories.order.make(customer=ann, points_used=60)
    averages = [APIClient().get("/59/average/").json(), APIClient().post("/59/average/").json()]
    order.delete()
    token = str(token_of(ann))
    crashing = APIClient(raise_request_exception=False)
    requests = {
        "header Authorization": crashing.get("/59/average/", headers=bearer(token)),
        "URL": crashing.get(f"/59/average/?token={token}"),
        "form": crashing.post("/59/average/", {"token": token}, format="multipart"),
        "JSON body": crashing.post("/59/average/", {"token": token}),
    }

    rows = []
    for name, response in requests.items():
        report = ExceptionReporter(response.wsgi_request, *response.exc_info, is_email=True)
        rows.append([name, response.status_code, token in report.get_traceback_text()])

    stage.table(["the token is in", "status", "and in the report"], rows)
    assert rows == [
        ["header Authorization", 500, False],
        ["URL", 500, True],
        ["form", 500, True],
        ["JSON body", 500, False],
    ]
    assert averages == [{"average": 60}, {"average": 60}]


@claim("Do not put sensitive data into the payload")
def test_anyone_reads_the_payload_with_base64(stage, passwords, ann):
    """The payload is signed and not encrypted. A script, a proxy or a log reads it without any
    key. So put in what the client may know: an id, an expiry, a plan."""
    rows = []
    for issuer in ("careless", "careful"):
        token = APIClient().post(f"/59/tokens/{issuer}/", headers=basic("ann")).data["access"]
        more = {**payload_of(token)}
        for name in ("token_type", "exp", "iat", "jti"):
            del more[name]
        rows.append([issuer, more])

    shown = [[issuer, ", ".join(more)] for issuer, more in rows]
    stage.table(["the view is", "what anyone reads, besides type, times and jti"], shown)
    ann.user.refresh_from_db()
    card = {"card": "4111 1111 1111 1111", "password": ann.user.password}
    assert rows == [
        ["careless", {"user_id": str(ann.user.pk), **card}],
        ["careful", {"user_id": str(ann.user.pk), "plan": "gold"}],
    ]


@claim("Give tokens an expiration", verdict=Verdict.DEPENDS)
def test_who_checks_the_expiry_decides(stage, keys, ann):
    """That helps only if the server asks for it. Simple JWT refuses a token without `exp`. PyJWT by
    itself checks `exp` only where there is one, so a token without it works forever."""
    tokens = {
        "in 5 minutes": token_of(ann),
        "a minute ago": token_of(ann, -timedelta(minutes=1)),
        "never: no exp": token_of(ann),
    }
    del tokens["never: no exp"]["exp"]
    headers = {name: bearer(token) for name, token in tokens.items()}
    no_signature = {"Authorization": headers["in 5 minutes"]["Authorization"][:-43]}

    rows = [
        [name, status("/59/me/jwt/", header), status("/59/me/by-hand/", header)]
        for name, header in headers.items()
    ]

    stage.table(["the token expires", "Simple JWT", "PyJWT by hand"], rows)
    assert rows == [
        ["in 5 minutes", 200, 200],
        ["a minute ago", 401, 403],
        ["never: no exp", 401, 200],
    ]
    assert status("/59/me/by-hand/", no_signature) == 403
    assert status("/59/me/by-hand/") == 403


@claim("Embrace HTTPS", verdict=Verdict.DEPENDS)
def test_a_redirect_comes_after_the_token(stage, settings, ann):
    """HTTPS protects the token if the client uses it from the first byte. A redirect answers a
    request that has sent the token in clear already, and the client works, so no one notices. A
    refusal is noticed."""
    header = bearer(token_of(ann))

    rows = []
    for name, redirect, url in (
        ("does nothing", False, "/59/me/jwt/"),
        ("redirects", True, "/59/me/jwt/"),
        ("refuses", False, "/59/me/secure/"),
    ):
        settings.SECURE_SSL_REDIRECT = redirect
        plain = APIClient().get(url, headers=header)
        secure = APIClient().get(url, headers=header, secure=True)
        followed = APIClient().get(url, headers=header, follow=True)
        rows.append([name, plain.status_code, followed.status_code, secure.status_code])
    refused = plain.json()
    without_token = APIClient().get("/59/me/secure/", secure=True)

    stage.say("A token is sent over http://, and the server …")
    stage.table(["", "http://", "after redirects", "https://"], rows)
    assert rows == [
        ["does nothing", 200, 200, 200],
        ["redirects", 301, 200, 200],
        ["refuses", 403, 403, 200],
    ]
    assert refused == {"detail": "Send a token over HTTPS only, and throw this one away."}
    assert without_token.status_code == 401


@claim("Store the token and reuse it", verdict=Verdict.DEPENDS)
def test_a_token_saves_the_hashing_of_the_password(stage, monkeypatch, passwords):
    """Reuse an access token until it expires: a login hashes the password, which is slow on
    purpose, and a token does not. It does not mean localStorage, see demo 48. And a refresh token
    is used once, see demo 58."""
    hashed = []
    verify = MD5PasswordHasher.verify
    monkeypatch.setattr(
        MD5PasswordHasher, "verify", lambda *args: hashed.append(None) or verify(*args)
    )
    client = APIClient()

    def log_in():
        return bearer(client.post("/59/tokens/careful/", headers=basic("ann")).data["access"])

    counts = {}
    answers = [status("/59/me/basic/", basic("ann")) for _ in range(5)]
    counts["the password each time"] = len(hashed)
    answers += [status("/59/me/jwt/", log_in()) for _ in range(5)]
    counts["a new token each time"] = len(hashed) - 5
    token = log_in()
    answers += [status("/59/me/jwt/", token) for _ in range(5)]
    counts["one token"] = len(hashed) - 10

    stage.table(["5 requests, with …", "passwords hashed"], list(counts.items()))
    assert answers == [200] * 15
    assert counts == {
        "the password each time": 5,
        "a new token each time": 5,
        "one token": 1,
    }


@claim("Change the key from time to time, with SECRET_KEY_FALLBACKS", verdict=Verdict.DEPENDS)
def test_a_new_key_signs_every_jwt_out(stage, keys, ann):
    """With the old key in SECRET_KEY_FALLBACKS, sessions go on. Simple JWT signs with SECRET_KEY
    too, and it reads no fallbacks: every token gets 401. A class that tries the old key closes the
    gap. No token says which key it was signed with."""
    client = APIClient()
    client.force_login(ann.user)
    old = str(token_of(ann))

    rows = []
    for name, key, fallbacks in (("the old key", OLD, []), ("a new key", NEW, [OLD])):
        keys.are(key, *fallbacks)
        urls = ["/59/me/jwt/", "/59/me/overlap/"]
        rows.append(
            [
                name,
                status("/59/me/session/", client=client),
                *(status(url, bearer(old)) for url in urls),
                *(status(url, bearer(token_of(ann))) for url in urls),
            ]
        )
    wrong = APIClient().get("/59/me/overlap/", headers=bearer("nonsense"))

    columns = ["SECRET_KEY is", "session", "old JWT", "+ class", "new JWT", "+ class"]
    stage.table(columns, rows)
    assert rows == [
        ["the old key", 200, 200, 200, 200, 200],
        ["a new key", 200, 401, 200, 200, 200],
    ]
    assert jwt.get_unverified_header(old) == {"alg": "HS256", "typ": "JWT"}
    assert wrong.status_code == 401
    assert wrong.json() == {"detail": "Token is invalid", "code": "token_not_valid"}


@trap("AUTH_TOKEN_CLASSES can hold the old key, but refresh does not read it")
def test_the_refresh_needs_the_old_key_too(stage, keys, monkeypatch, ann):
    """A second class with the old key keeps the access tokens alive, for five minutes. Then each
    client sends a refresh token of the old key and gets 401. The refresh needs the overlap more
    than the access tokens do."""
    refresh = RefreshToken.for_user(ann.user)
    access, refresh = str(refresh.access_token), str(refresh)
    keys.are(NEW, OLD)
    two_keys = [AccessToken, with_key(AccessToken, OLD)]
    monkeypatch.setattr(api_settings, "AUTH_TOKEN_CLASSES", two_keys)

    by_setting = status("/59/me/jwt/", bearer(access))
    stock = refreshed("/59/refresh/", refresh)
    overlap = refreshed("/59/refresh/overlap/", refresh)
    monkeypatch.setattr(api_settings, "AUTH_TOKEN_CLASSES", [AccessToken])
    after = status("/59/me/jwt/", bearer(overlap.data.get("access")))

    rows = [
        ["access token, AUTH_TOKEN_CLASSES with the old key", by_setting],
        ["refresh token, Simple JWT", stock.status_code],
        ["refresh token, a serializer that tries the old key", overlap.status_code],
        ["the access token that it gives, with the new key alone", after],
    ]
    stage.table(["of the old key", "status"], rows)
    assert [row[1] for row in rows] == [200, 401, 200, 200]
    assert refreshed("/59/refresh/overlap/", "nonsense").status_code == 401


@trap("What was not used during the overlap ends with it")
def test_only_what_was_used_gets_the_new_key(stage, keys, monkeypatch, ann):
    """Django signs a session again when it is used, with the new key. A refresh token gets the new
    key when it rotates. So let the overlap last as long as a refresh token lives, and then remove
    the old key."""
    monkeypatch.setattr(api_settings, "ROTATE_REFRESH_TOKENS", True)
    browsers = [APIClient(), APIClient()]
    for browser in browsers:
        browser.force_login(ann.user)
    used, not_used = (str(RefreshToken.for_user(ann.user)) for _ in range(2))
    overlap = "/59/refresh/overlap/"

    keys.are(NEW, OLD)
    during = [status("/59/me/session/", client=browsers[0]), refreshed(overlap, used)]
    keys.are(NEW)
    sessions = [status("/59/me/session/", client=browser) for browser in browsers]
    tokens = [refreshed(overlap, one) for one in (during[1].data.get("refresh"), not_used)]

    rows = [
        ["used during the overlap", sessions[0], tokens[0].status_code],
        ["not used", sessions[1], tokens[1].status_code],
    ]
    stage.say("After the overlap:")
    stage.table(["", "session", "refresh token"], rows)
    assert (during[0], during[1].status_code) == (200, 200)
    assert rows == [["used during the overlap", 200, 200], ["not used", 403, 401]]


@trap("After a leak there must be no overlap")
def test_the_overlap_is_open_to_the_thief_of_the_key(stage, keys, ann, bob):
    """The thief has the old key and signs a token for any user. While the old key is accepted, that
    token is too. If a key has leaked, remove it at once, and all users log in again."""
    keys.are(NEW, OLD)
    payload = AccessToken.for_user(bob.user).payload
    forged = bearer(jwt.encode(payload, OLD, algorithm="HS256"))

    during = APIClient().get("/59/me/overlap/", headers=forged)
    keys.are(NEW)
    after = status("/59/me/overlap/", forged)

    rows = [["the new one and the old one", during.status_code], ["the new one", after]]
    stage.say("A thief has the old key, and makes a token of Bob. The server accepts …")
    stage.table(["keys", "status"], rows)
    assert during.json() == {"user": "bob"}
    assert [row[1] for row in rows] == [200, 401]
