import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from runner import Verdict, claim, trap
from shop.people import bearer, by_token

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

CSRF = "a" * 32
TEA = {"tea": "Uji"}


@pytest.fixture
def anonymous(anonymous):
    """Checks CSRF, as a server does; the test client skips it by default."""
    anonymous.handler.enforce_csrf_checks = True
    return anonymous


def jwt_of(customer):
    token = AccessToken.for_user(customer.user)
    token["username"] = customer.user.username
    return str(token)


def client_with(session_of=None, **cookies):
    """A client that is not recorded: a table shows its requests. It checks CSRF."""
    client = APIClient(enforce_csrf_checks=True)
    if session_of:
        client.force_login(session_of.user)
    for name, value in cookies.items():
        client.cookies[name] = value
    return client


def key_of(customer):
    return by_token(Token.objects.create(user=customer.user).key)


@claim("Cookie-based authentication is stateful", verdict=Verdict.DEPENDS)
def test_where_it_lies_and_how_it_is_sent_are_two_questions(ann, stage):
    """A session is, by default: its cookie is the key of a row. But a cookie can also carry a JWT,
    and then the server keeps nothing. What is sent in a header can be the key of a row, too. So
    state and transport are two questions, and CSRF belongs to the transport."""
    cells = {
        "session": ("cookie", "a row", client_with(session_of=ann), {}),
        "token": ("header", "a row", client_with(), key_of(ann)),
        "jwt-in-checked-cookie": ("cookie", "itself", client_with(access=jwt_of(ann)), {}),
        "jwt": ("header", "itself", client_with(), bearer(jwt_of(ann))),
    }

    rows = []
    for name, (sent_in, lies_in, client, headers) in cells.items():
        url = f"/54/basket/{name}/"
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url, headers=headers).json() == {"user": "ann"}
            queries = len(captured)
        status = client.post(url, TEA, headers=headers).status_code
        rows.append([name, sent_in, lies_in, queries, status])
    kept = [table.objects.count() for table in (Session, Token, OutstandingToken)]

    columns = ["/54/basket/…", "sent in a", "data in", "queries", "POST, no CSRF token"]
    stage.table(columns, rows)
    stage.say(f"Rows on the server: {kept[0]} session, {kept[1]} token, {kept[2]} JWT.")
    assert rows == [
        ["session", "cookie", "a row", 2, 403],
        ["token", "header", "a row", 1, 201],
        ["jwt-in-checked-cookie", "cookie", "itself", 0, 403],
        ["jwt", "header", "itself", 0, 201],
    ]
    assert kept == [1, 1, 0]


@claim("Token-based authentication is stateless", verdict=Verdict.DEPENDS)
def test_the_token_of_drf_is_a_row(anonymous, ann, stage):
    """A JWT can be. The token of DRF is the key of a row, like a session: each request looks it up.
    That is also its benefit. Delete the row, and the token is refused at once. The JWT still
    opens, and no query would tell the server."""
    key, jwt = key_of(ann), bearer(jwt_of(ann))

    before = anonymous.get("/54/basket/token/", headers=key)
    Token.objects.all().delete()
    stage.say("The row is deleted:")
    after = anonymous.get("/54/basket/token/", headers=key)
    stage.say("A JWT, of which there is no row:")
    stateless = anonymous.get("/54/basket/jwt/", headers=jwt)

    assert before.json() == stateless.json() == {"user": "ann"}
    assert (after.status_code, after.json()) == (401, {"detail": "Invalid token."})


@claim("The server keeps no record of which JWTs have been issued", verdict=Verdict.DEPENDS)
def test_the_blacklist_app_keeps_each_refresh_token_as_text(anonymous, passwords, stage):
    """It keeps none of an access token. With the app `token_blacklist`, each refresh token that a
    login issues is a row, with the whole token as text. Anyone who reads that table has a token
    that works."""
    login = anonymous.post("/54/tokens/", {"username": "ann", "password": "right"})
    refused = anonymous.post("/54/tokens/", {"username": "ann", "password": "wrong"})

    assert OutstandingToken.objects.count() == 1
    row = OutstandingToken.objects.get()
    stolen = bearer(RefreshToken(row.token).access_token)
    opened = client_with().get("/54/basket/jwt/", headers=stolen)
    stage.say(f"1 row, of {row.user}, with {len(row.token)} characters of token.")
    stage.say(f"A new access token, made with that text, opens the basket: {opened.status_code}.")

    assert login.status_code == 200
    assert sorted(login.json()) == ["access", "refresh"]
    assert refused.status_code == 401
    assert row.token == login.json()["refresh"]
    assert opened.status_code == 200


@claim("The server uses the token to verify the authenticity of the request", verdict=Verdict.WRONG)
def test_the_same_token_authenticates_any_body(anonymous, ann, stage):
    """It verifies who issued the token. The signature covers the token alone, and not the method,
    the URL or the body. Anyone who holds the token can send any request with it. HTTPS keeps the
    request as it is."""
    token = bearer(jwt_of(ann))

    asked = anonymous.post("/54/basket/jwt/", {"tea": "Uji"}, headers=token)
    stage.say("The same token, and another body:")
    changed = anonymous.post("/54/basket/jwt/", {"tea": "100 × Gyokuro"}, headers=token)

    assert (asked.status_code, asked.json()) == (201, {"user": "ann", "tea": "Uji"})
    assert (changed.status_code, changed.json()) == (201, {"user": "ann", "tea": "100 × Gyokuro"})


@claim("The token is sent in the header Authorization, as Bearer", verdict=Verdict.DEPENDS)
def test_each_class_knows_one_word(ann, stage):
    """It is with a JWT. The class of DRF wants the word Token, and Simple JWT wants Bearer. With
    the word of the other, the header is no attempt: the answer is as if nothing had been sent."""
    key = Token.objects.create(user=ann.user).key
    sent = {"Token": key, "Bearer": jwt_of(ann)}

    rows = []
    for name, credential in (("token", sent["Token"]), ("jwt", sent["Bearer"])):
        answers = [
            APIClient().get(
                f"/54/basket/{name}/", headers={"Authorization": f"{word} {credential}"}
            )
            for word in sent
        ]
        rows.append([name, *(answer.status_code for answer in answers)])
        [refused] = (answer.json() for answer in answers if answer.status_code == 401)
        assert refused == {"detail": "Authentication credentials were not provided."}

    stage.table(["GET /54/basket/…", "Token …", "Bearer …"], rows)
    assert rows == [["token", 200, 401], ["jwt", 401, 200]]


@claim("It can also be sent in the body or as a query parameter", verdict=Verdict.OUTDATED)
def test_neither_library_reads_the_body_or_the_query(ann, stage):
    """RFC 6750 defined both in 2012. RFC 9700 forbids the query since 2025, because a URL is
    written into logs. DRF and Simple JWT read neither. The naive class does, and the token is part
    of the URL."""
    jwt = jwt_of(ann)
    key = Token.objects.create(user=ann.user).key
    client = client_with()

    rows = []
    for name, credential in (("token", key), ("jwt", jwt), ("jwt-in-query", jwt)):
        url, field = f"/54/basket/{name}/", {"access_token": credential}
        by_query = client.get(url, field)
        by_body = client.post(url, field | TEA, format="multipart")
        rows.append([name, by_query.status_code, by_body.status_code])
    logged = by_query.wsgi_request.get_full_path()
    parts = dict(part.split("=") for part in logged.partition("?")[2].split("&"))

    stage.table(["/54/basket/…", "in the query", "in the body"], rows)
    stage.say(f"In a log: GET {logged.partition('=')[0]}=… with all of its {len(jwt)} characters")
    assert rows == [["token", 401, 401], ["jwt", 401, 401], ["jwt-in-query", 200, 401]]
    assert parts == {"access_token": jwt}


@trap("CSRF follows the cookie and not the session")
def test_a_jwt_in_a_cookie_needs_a_csrf_token(anonymous, ann, stage):
    """The browser attaches the cookie for any page that sends a form here, whatever is in it. So a
    JWT in a cookie needs the check too. A class of your own has none, until it calls
    `enforce_csrf()`. SameSite is the business of the browser, and no test client knows it."""
    anonymous.cookies["access"] = jwt_of(ann)

    stage.say("No CSRF token, and a class that only reads the cookie:")
    naive = anonymous.post("/54/basket/jwt-in-cookie/", TEA)
    stage.say("A class that checks, without the CSRF token and with it:")
    refused = anonymous.post("/54/basket/jwt-in-checked-cookie/", TEA)
    anonymous.cookies["csrftoken"] = CSRF
    checked = anonymous.post(
        "/54/basket/jwt-in-checked-cookie/", TEA, headers={"X-CSRFToken": CSRF}
    )

    assert (naive.status_code, naive.json()) == (201, {"user": "ann", "tea": "Uji"})
    assert refused.status_code == 403
    assert refused.json() == {"detail": "CSRF Failed: CSRF cookie not set."}
    assert (checked.status_code, checked.json()) == (201, {"user": "ann", "tea": "Uji"})
    none = client_with().post("/54/basket/jwt-in-checked-cookie/", TEA)
    assert none.status_code == 401
    assert none.json() == {"detail": "Authentication credentials were not provided."}
    assert client_with(access="a.b").get("/54/basket/jwt-in-cookie/").status_code == 401


@trap("Simple JWT reads no cookie")
def test_the_stock_class_does_not_see_a_jwt_in_a_cookie(anonymous, ann):
    """If you move the token from localStorage into a cookie, each request is anonymous: the class
    reads the header alone. You need a class of your own, and with it the CSRF check."""
    anonymous.cookies["access"] = jwt_of(ann)

    stock = anonymous.get("/54/basket/jwt/")
    own = anonymous.get("/54/basket/jwt-in-checked-cookie/")

    assert stock.status_code == 401
    assert stock.json() == {"detail": "Authentication credentials were not provided."}
    assert (own.status_code, own.json()) == (200, {"user": "ann"})


@trap("A client that sends both is the user of the first class")
def test_the_order_of_the_classes_decides_who_you_are(ann, bob, stage):
    """Ann is signed in by session, and a script of the same browser sends Bob's token. The first
    class that finds something decides. With the session first, the POST also fails: it has a valid
    token, but the cookie came along, and with it the CSRF check."""
    rows = []
    for name in ("session-jwt", "jwt-session"):
        client = client_with(session_of=ann)
        url, bobs = f"/54/basket/{name}/", bearer(jwt_of(bob))
        posted = client.post(url, TEA, headers=bobs).status_code
        rows.append([name.replace("-", ", "), client.get(url, headers=bobs).json()["user"], posted])

    stage.say("Ann's session cookie and Bob's token in one request:")
    stage.table(["authentication_classes", "GET: you are", "POST"], rows)
    assert rows == [["session, jwt", "ann", 403], ["jwt, session", "bob", 201]]
    assert client.post(url, {}, headers=bobs).status_code == 400
    by_token = client_with().get("/54/basket/session-jwt/", headers=bobs)
    by_session = client_with(session_of=ann).get("/54/basket/jwt-session/")
    assert (by_token.json(), by_session.json()) == ({"user": "bob"}, {"user": "ann"})
