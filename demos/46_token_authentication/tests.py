import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from runner import Verdict, claim, trap
from shop import factories
from shop.payloads import payload_of_jwt
from shop.people import bearer, by_token, token_of

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

LOGIN = {"username": "ann", "password": "right"}
KEY = "a" * 40
NO_CREDENTIALS = "Authentication credentials were not provided."


@pytest.fixture
def anns_token(ann):
    return Token.objects.create(user=ann.user, key=KEY)


def sent(url, headers=None):
    """The response to a GET by a client that is not recorded: a table shows it."""
    return APIClient().get(url, headers=headers or {})


def signed_in(url):
    """The body of Ann's login by a client that is not recorded."""
    response = APIClient().post(url, LOGIN)
    assert response.status_code == 200
    return response.json()


def tables_of(queries):
    """The tables that the statements name after FROM and JOIN."""
    found = (re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"]) for query in queries)
    return ", ".join(table for tables in found for table in tables) or "—"


@claim("A token carries just enough information to identify the user", verdict=Verdict.DEPENDS)
def test_a_token_of_drf_carries_nothing(stage, ann, passwords):
    """It depends on the kind. DRF's token is a random key, and it carries nothing. A JWT carries
    the id of the user, and when it ends."""
    by_token = signed_in("/46/login/token/")
    by_jwt = signed_in("/46/login/jwt/")

    assert [[*by_token], [*by_jwt]] == [["token"], ["refresh", "access"]]
    payload = payload_of_jwt(by_jwt["access"])
    stage.say(f"A token of DRF: {len(by_token['token'])} characters, all of them random.")
    stage.say(f"In a JWT, read without a key: {', '.join(sorted(payload))}.")
    assert re.fullmatch("[0-9a-f]{40}", by_token["token"])
    assert sorted(payload) == ["exp", "iat", "jti", "token_type", "user_id"]
    assert payload["user_id"] == str(ann.user.pk)


@claim("After the login a unique token is generated", verdict=Verdict.DEPENDS)
def test_a_second_login_gets_the_same_token(stage, passwords):
    """DRF's login looks for the user's token first, and there is one for each user: the second
    login gets the same one. A JWT is a new one at each login."""
    rows = []
    for name, key, stored in (("token", "token", Token), ("jwt", "access", OutstandingToken)):
        bodies = [signed_in(f"/46/login/{name}/") for _ in range(2)]
        different = len({body.get(key) for body in bodies})
        rows.append([f"/46/login/{name}/", different, stored.objects.count()])

    stage.say("Ann signs in twice:")
    stage.table(["POST", "different tokens", "rows of tokens"], rows)
    assert rows == [["/46/login/token/", 1, 1], ["/46/login/jwt/", 2, 2]]


@claim("The client stores it as a cookie or in local storage", verdict=Verdict.DEPENDS)
def test_the_server_sets_no_cookie_and_reads_none(anonymous, stage, passwords):
    """That is the client's choice, and DRF has no part in it. The login sends the token in the
    body and sets no cookie. A token in a cookie opens nothing, unless you write the class that
    reads it."""
    login = anonymous.post("/46/login/token/", LOGIN)
    cookies = sorted(login.cookies)
    anonymous.cookies["token"] = Token.objects.get().key if Token.objects.exists() else ""
    stage.say("The token in a cookie:")
    in_cookie = anonymous.get("/46/token/me/")

    assert (login.status_code, [*login.json()], cookies) == (200, ["token"], [])
    assert in_cookie.status_code == 401
    assert in_cookie.json() == {"detail": NO_CREDENTIALS}


@claim("The token is passed in the header of each request")
def test_a_token_counts_in_the_header_alone(anonymous, stage, anns_token):
    """No request remembers the one before. In the query string the token is not seen."""
    header = anonymous.get("/46/token/me/", headers=by_token(KEY))
    stage.say("The next request, without the header, and with the token in the URL:")
    without = anonymous.get("/46/token/me/")
    query = anonymous.get("/46/token/me/", {"token": KEY})

    assert (header.status_code, header.json()) == (200, {"user": "ann"})
    assert [without.status_code, query.status_code] == [401, 401]
    assert without.json() == query.json() == {"detail": NO_CREDENTIALS}


@claim("Token-based authentication is stateless", verdict=Verdict.DEPENDS)
def test_only_one_class_asks_no_table(stage, ann, anns_token):
    """DRF's token is a row, as a session is. `JWTAuthentication` looks up the user at each request.
    Only `JWTStatelessUserAuthentication` asks no table. Then the view knows what the token says,
    and it does not say the name."""
    rows = []
    for name, headers in {
        "token": by_token(KEY),
        "jwt": bearer(token_of(ann)),
        "stateless": bearer(token_of(ann)),
    }.items():
        with CaptureQueriesContext(connection) as captured:
            response = sent(f"/46/{name}/me/", headers)
        seen = response.json().get("user", "—")
        rows.append([f"/46/{name}/me/", response.status_code, f'"{seen}"', len(captured)])
        rows[-1].append(tables_of(captured.captured_queries))

    stage.table(["GET", "status", "user", "queries", "tables"], rows)
    assert rows == [
        ["/46/token/me/", 200, '"ann"', 1, "authtoken_token, auth_user"],
        ["/46/jwt/me/", 200, '"ann"', 1, "auth_user"],
        ["/46/stateless/me/", 200, '""', 0, "—"],
    ]


@claim("The server keeps no record of the user, only if a token is valid", verdict=Verdict.WRONG)
def test_the_row_of_the_token_names_the_user(anonymous, stage, bob, anns_token):
    """For DRF's token the record is all there is: a row with the key as it is sent, the user and
    the date. No column says when it ends. Write another user into the row, and the same token is
    Bob. Delete the row, and it is nothing."""
    columns = [field.name for field in Token._meta.get_fields()]
    stage.say(f"The columns of authtoken_token: {', '.join(columns)}.")

    issued = anonymous.get("/46/token/me/", headers=by_token(KEY))
    Token.objects.filter(key=KEY).update(user=bob.user)
    stage.say("The row has Bob's user now:")
    moved = anonymous.get("/46/token/me/", headers=by_token(KEY))
    Token.objects.filter(key=KEY).delete()
    stage.say("The row is deleted:")
    deleted = anonymous.get("/46/token/me/", headers=by_token(KEY))

    assert columns == ["key", "user", "created"]
    assert [issued.json(), moved.json()] == [{"user": "ann"}, {"user": "bob"}]
    assert deleted.status_code == 401
    assert deleted.json() == {"detail": "Invalid token."}


@trap("Under a stateless JWT the owner gets 403 on her own order", since="Simple JWT 5.5.1")
def test_the_id_in_a_jwt_is_text(anonymous, stage, ann, bob):
    """Since Simple JWT 5.5.1 the id in the token is the text "1", and 1 == "1" is False. The user
    of a stateless JWT is not a row: it has no permissions, and no row belongs to it. Compare the
    id as text, and filter by it."""
    factories.order.make(reference="A-0001", customer=ann)
    factories.product.make(sku="P-0001")
    headers = bearer(token_of(ann))

    rows = [
        [path, *(sent(f"/46/{name}/{path}", headers).status_code for name in ("jwt", "stateless"))]
        for path in (
            "orders/A-0001/",
            "orders-by-text/A-0001/",
            "products/P-0001/",
            "points/",
            "points-by-id/",
        )
    ]
    stage.say("Ann asks for her own order, a product and her own points:")
    stage.table(["GET /46/…/", "jwt", "stateless"], rows)
    stage.say("Stateless, by the id as text. Then Bob tries it:")
    own = anonymous.get("/46/stateless/orders-by-text/A-0001/", headers=headers)
    foreign = anonymous.get("/46/stateless/orders-by-text/A-0001/", headers=bearer(token_of(bob)))
    points = anonymous.get("/46/stateless/points-by-id/", headers=headers)

    assert rows == [
        ["orders/A-0001/", 200, 403],
        ["orders-by-text/A-0001/", 200, 200],
        ["products/P-0001/", 200, 403],
        ["points/", 200, 404],
        ["points-by-id/", 200, 200],
    ]
    assert (own.json(), points.json()) == ({"reference": "A-0001"}, {"points": 100})
    assert foreign.status_code == 403
    assert sent("/46/jwt/products/P-0001/", headers).json() == {"sku": "P-0001"}
    assert sent("/46/jwt/orders/A-0009/").status_code == 401
    assert sent("/46/jwt/orders-by-text/A-0009/").status_code == 401


@trap("A token after the wrong word is ignored, not refused")
def test_the_word_before_the_token_must_fit(stage, ann, anns_token):
    """The word before the token selects the class. With another word the class looks away, and the
    caller is anonymous: "not provided", although a token was sent. DRF takes the word in any
    case, and Simple JWT does not."""
    jwt = token_of(ann)
    rows = []
    for name, word, value in (
        ("token", "Token", KEY),
        ("token", "token", KEY),
        ("token", "Token", "b" * 40),
        ("token", "Bearer", KEY),
        ("bearer-token", "Bearer", KEY),
        ("jwt", "Bearer", jwt),
        ("jwt", "bearer", jwt),
        ("jwt", "Token", jwt),
    ):
        response = sent(f"/46/{name}/me/", {"Authorization": f"{word} {value}"})
        shown = {KEY: "Ann's token", jwt: "Ann's JWT"}.get(value, "unknown")
        rows.append([f"{name}/me/", f"{word} {shown}", response.status_code])
        rows[-1].append(response.json().get("detail", "—"))

    stage.table(["GET /46/…", "Authorization", "status", "detail"], rows)
    assert rows == [
        ["token/me/", "Token Ann's token", 200, "—"],
        ["token/me/", "token Ann's token", 200, "—"],
        ["token/me/", "Token unknown", 401, "Invalid token."],
        ["token/me/", "Bearer Ann's token", 401, NO_CREDENTIALS],
        ["bearer-token/me/", "Bearer Ann's token", 200, "—"],
        ["jwt/me/", "Bearer Ann's JWT", 200, "—"],
        ["jwt/me/", "bearer Ann's JWT", 401, NO_CREDENTIALS],
        ["jwt/me/", "Token Ann's JWT", 401, NO_CREDENTIALS],
    ]


@trap("A wrong password is 400 at DRF's login")
def test_two_logins_refuse_with_two_statuses(anonymous, passwords):
    """DRF's login is a serializer, so a wrong password is a validation error: 400. The login of
    Simple JWT answers 401 with a challenge. A client of both must know both."""
    wrong = {"username": "ann", "password": "wrong"}

    by_token = anonymous.post("/46/login/token/", wrong)
    by_jwt = anonymous.post("/46/login/jwt/", wrong)

    assert by_token.status_code == 400
    assert by_token.json() == {"non_field_errors": ["Unable to log in with provided credentials."]}
    assert by_jwt.status_code == 401
    assert by_jwt.json() == {"detail": "No active account found with the given credentials"}
    assert by_jwt.headers["WWW-Authenticate"] == 'Bearer realm="api"'


@trap("You cannot change a token by assigning a new key")
def test_the_key_is_the_primary_key(anonymous, stage, ann, anns_token):
    """`key` is the primary key, so `save()` inserts a second row for the same user: IntegrityError,
    and 500. An `update()` changes the row. Of two requests with the old token, the second one
    finds no row: 401."""
    anonymous.raise_request_exception = False

    rotated = anonymous.post("/46/rotate/", headers=by_token(KEY))
    new_key = Token.objects.get().key
    stage.say("The old token, and the new one:")
    old = anonymous.get("/46/token/me/", headers=by_token(KEY))
    new = anonymous.get("/46/token/me/", headers=by_token(new_key))
    late = APIClient()
    late.force_authenticate(ann.user, token=anns_token)
    second = late.post("/46/rotate/")
    rows = Token.objects.count()
    stage.say("By assigning:")
    assigned = anonymous.post("/46/rotate/by-assigning/", headers=by_token(new_key))

    assert rotated.status_code == 200
    assert rotated.json() == {"token": new_key}
    assert new_key != KEY
    assert [old.status_code, new.status_code, second.status_code] == [401, 200, 401]
    assert (new.json(), rows) == ({"user": "ann"}, 1)
    assert assigned.status_code == 500
