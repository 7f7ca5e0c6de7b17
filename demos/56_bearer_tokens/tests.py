from datetime import timedelta

import pytest
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from runner import Verdict, claim, trap
from shop.people import basic, bearer, token_of

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

MISSING = "Authentication credentials were not provided."
INVALID = "Given token not valid for any token type"
WITHOUT_USER = "Token contained no recognizable user identification"
MALFORMED = "Authorization header must contain two space-delimited values"


def sent(url, authorization=None, **extra):
    """The response to a GET by a client that is not recorded: a table shows it."""
    headers = {"Authorization": authorization} if authorization else {}
    return APIClient(**extra).get(url, headers=headers)


@pytest.fixture
def key(ann):
    """The key of Ann's DRF token."""
    return Token.objects.create(user=ann.user).key


@claim("Anyone who holds a bearer token can use it")
def test_the_same_token_works_from_anywhere(stage, ann, key):
    """The bearer is anyone who sends it. Neither class looks at the address or at the program. Both
    can use it at the same time, and as often as they like."""
    jwt = token_of(ann)
    callers = {
        "Ann's browser": {"REMOTE_ADDR": "203.0.113.7", "HTTP_USER_AGENT": "Firefox"},
        "a thief": {"REMOTE_ADDR": "198.51.100.9", "HTTP_USER_AGENT": "curl"},
        "Ann's browser again": {"REMOTE_ADDR": "203.0.113.7", "HTTP_USER_AGENT": "Firefox"},
    }

    rows = []
    for name, client in callers.items():
        by_jwt = sent("/56/jwt/", f"Bearer {jwt}", **client)
        by_key = sent("/56/token/", f"Token {key}", **client)
        users = [answer.json().get("user") for answer in (by_jwt, by_key)]
        rows.append([name, client["REMOTE_ADDR"], *users])

    stage.table(["who sends it", "from", "the JWT says", "DRF's token says"], rows)
    assert rows == [
        ["Ann's browser", "203.0.113.7", "ann", "ann"],
        ["a thief", "198.51.100.9", "ann", "ann"],
        ["Ann's browser again", "203.0.113.7", "ann", "ann"],
    ]


@claim("It is a credential, and it does not identify its bearer", verdict=Verdict.DEPENDS)
def test_what_a_token_says_depends_on_what_is_in_it(stage, ann, django_assert_num_queries):
    """An access token stands for an authorization, and it needs no name: a token can say only what
    its bearer may do. But `for_user()` puts the id of a user into it, and `JWTAuthentication` takes
    the bearer for that user. It refuses a token that names no one."""
    of_ann, voucher = str(token_of(ann)), AccessToken()
    voucher["scope"] = "discount"

    rows = []
    for token, url, queries in (
        (of_ann, "/56/jwt/", 1),
        (of_ann, "/56/stateless-jwt/", 0),
        (of_ann, "/56/discount/", 0),
        (voucher, "/56/jwt/", 0),
        (voucher, "/56/discount/", 0),
    ):
        with django_assert_num_queries(queries):
            response = sent(url, f"Bearer {token}")
        name = "a user" if token == of_ann else "a discount"
        rows.append([name, url, response.status_code, queries, response.json()])
    anonymous = sent("/56/discount/")

    stage.table(["the token holds", "GET", "status", "queries"], [row[:4] for row in rows])
    forbidden = {"detail": "You do not have permission to perform this action."}
    assert rows == [
        ["a user", "/56/jwt/", 200, 1, {"user": "ann"}],
        ["a user", "/56/stateless-jwt/", 200, 0, {"user": None}],
        ["a user", "/56/discount/", 403, 0, forbidden],
        ["a discount", "/56/jwt/", 401, 0, {"detail": WITHOUT_USER, "code": "token_not_valid"}],
        ["a discount", "/56/discount/", 200, 0, {"percent": 10, "for": "anyone"}],
    ]
    assert anonymous.status_code == 401


@claim("It is sent as Authorization: Bearer, in any case", verdict=Verdict.DEPENDS)
def test_simple_jwt_compares_the_scheme_byte_for_byte(stage, ann, key):
    """RFC 9110 says that the name of a scheme is case-insensitive. DRF's token class follows it,
    and its scheme is `Token`. Simple JWT takes `Bearer` and no other spelling."""
    rows = []
    for spell in (str.capitalize, str.lower, str.upper):
        schemes = [spell("Bearer"), spell("Token")]
        by_jwt = f"{schemes[0]} {token_of(ann)}"
        answers = [
            sent("/56/jwt/", by_jwt),
            sent("/56/standard-jwt/", by_jwt),
            sent("/56/token/", f"{schemes[1]} {key}"),
        ]
        rows.append([" / ".join(schemes), *(answer.status_code for answer in answers)])

    stage.table(["scheme", "Simple JWT", "a subclass of it", "DRF's token"], rows)
    assert rows == [
        ["Bearer / Token", 200, 200, 200],
        ["bearer / token", 401, 200, 200],
        ["BEARER / TOKEN", 401, 200, 200],
    ]


@claim("The 401 says in WWW-Authenticate what is wrong", verdict=Verdict.DEPENDS)
def test_the_challenge_is_the_same_for_every_mistake(stage, ann):
    """RFC 6750 has `error="invalid_token"` for that. Simple JWT sends one challenge for all, and
    the reason is only in the body. For another scheme the body says that nothing was sent. Override
    `authenticate_header()`, and the challenge tells them apart."""
    token = token_of(ann)
    headers = {
        "nothing": None,
        "Bearer, expired": f"Bearer {token_of(ann, -timedelta(minutes=1))}",
        "Bearer alone": "Bearer",
        "Bearer and two": f"Bearer {token} {token}",
        "another scheme": f"Token {token}",
    }

    rows, standard = [], []
    for name, authorization in headers.items():
        response = sent("/56/jwt/", authorization)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'
        rows.append([name, response.json()["detail"]])
        response = sent("/56/standard-jwt/", authorization)
        assert response.status_code == 401
        standard.append(response.headers["WWW-Authenticate"])

    stage.say('Simple JWT answers 401 to all, with WWW-Authenticate: Bearer realm="api"')
    stage.table(["Authorization", "detail in the body"], rows)
    errors = [value.removeprefix('Bearer realm="shop"').lstrip(", ") or "—" for value in standard]
    stage.say("The subclass says in the challenge:")
    stage.table(["Authorization", "error"], list(zip(headers, errors, strict=True)))
    assert rows == [
        ["nothing", MISSING],
        ["Bearer, expired", INVALID],
        ["Bearer alone", MALFORMED],
        ["Bearer and two", MALFORMED],
        ["another scheme", MISSING],
    ]
    wrong = 'Bearer realm="shop", error="invalid_token"'
    assert standard == ['Bearer realm="shop"', wrong, wrong, wrong, 'Bearer realm="shop"']


@claim("Nothing can bind it to the client that it was given to", verdict=Verdict.WRONG)
def test_a_token_can_need_a_cookie_beside_it(anonymous, stage, passwords):
    """The login sets a random value in an HttpOnly cookie, and its digest is in the token. A copy
    of the token alone is refused. This is a mitigation: a script in Ann's page sends her cookie
    too. DPoP and mutual TLS bind a token to a key of the client."""
    login = anonymous.post("/56/login/", headers=basic("ann"))
    token = bearer(login.data["access"])
    stage.say("Beside it: Set-Cookie: fingerprint=…; HttpOnly; SameSite=Strict; Secure")
    stage.say("Ann's browser sends both:")
    owner = anonymous.get("/56/bound-jwt/", headers=token)
    stage.say("The thief has the token alone:")
    del anonymous.cookies["fingerprint"]
    thief = anonymous.get("/56/bound-jwt/", headers=token)
    other_cookie = APIClient()
    other_cookie.post("/56/login/", headers=basic("bob"))
    stranger = other_cookie.get("/56/bound-jwt/", headers=token)

    cookie = login.cookies["fingerprint"]
    assert owner.status_code == 200
    assert owner.json() == {"user": "ann"}
    assert thief.status_code == stranger.status_code == 401
    assert thief.json() == {"detail": "This token belongs to another client."}
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Strict")
    assert len(cookie.value) == 43
    assert cookie.value not in login.data["access"]


@trap("A token is bound only where the binding is checked")
def test_one_endpoint_that_forgets_the_cookie_takes_the_copy(stage, passwords, ann):
    """The claim in the token does nothing by itself. An endpoint with another class takes the copy,
    and one with the binding refuses a token that has no claim. Put the class into
    DEFAULT_AUTHENTICATION_CLASSES."""
    browser, no_cookie = APIClient(), APIClient()
    bound = bearer(browser.post("/56/login/", headers=basic("ann")).data["access"])
    unbound = bearer(token_of(ann))

    rows = []
    for name, client, token in (
        ("bound, with the cookie", browser, bound),
        ("bound, a copy", no_cookie, bound),
        ("from another login", browser, unbound),
        ("no token", browser, {}),
    ):
        answers = [client.get(f"/56/{url}/", headers=token) for url in ("jwt", "bound-jwt")]
        rows.append([name, *(answer.status_code for answer in answers)])

    stage.table(["the token", "/56/jwt/", "/56/bound-jwt/"], rows)
    assert rows == [
        ["bound, with the cookie", 200, 200],
        ["bound, a copy", 200, 401],
        ["from another login", 200, 401],
        ["no token", 401, 401],
    ]


@trap("A misspelt scheme makes the caller anonymous, silently")
def test_an_open_endpoint_forgets_ann(stage, ann):
    """A class that does not know the scheme returns None: that is no error. Where the permissions
    let anonymous callers in, Ann gets 200, and the view does not know her. An expired token gets
    401 there."""
    token, expired = token_of(ann), token_of(ann, -timedelta(minutes=1))

    rows = []
    for name, authorization in (
        ("Bearer <token>", f"Bearer {token}"),
        ("bearer <token>", f"bearer {token}"),
        ("JWT <token>", f"JWT {token}"),
        ("<token>", str(token)),
        ("Bearer <expired token>", f"Bearer {expired}"),
    ):
        response = sent("/56/open/", authorization)
        rows.append([name, response.status_code, response.json().get("user", "—")])

    stage.table(["Authorization", "status", "the user is"], rows)
    assert rows == [
        ["Bearer <token>", 200, "ann"],
        ["bearer <token>", 200, None],
        ["JWT <token>", 200, None],
        ["<token>", 200, None],
        ["Bearer <expired token>", 401, "—"],
    ]


@trap("Two classes with the scheme Bearer: the first refuses the other's token")
def test_the_first_class_that_knows_the_scheme_decides(stage, ann, key):
    """DRF asks the classes in order. A class that knows the scheme must accept the token or raise,
    so the next class is never asked. With two schemes, each class leaves the other's header
    alone."""
    jwt = token_of(ann)

    rows = []
    for url, scheme in (
        ("/56/bearer-token-first/", "Bearer"),
        ("/56/bearer-token-last/", "Bearer"),
        ("/56/token-and-jwt/", "Token"),
    ):
        by_key, by_jwt = sent(url, f"{scheme} {key}"), sent(url, f"Bearer {jwt}")
        rows.append([url, f"{scheme} {by_key.status_code}", f"Bearer {by_jwt.status_code}"])

    stage.table(["GET", "DRF's token", "JWT"], rows)
    assert rows == [
        ["/56/bearer-token-first/", "Bearer 200", "Bearer 401"],
        ["/56/bearer-token-last/", "Bearer 401", "Bearer 200"],
        ["/56/token-and-jwt/", "Token 200", "Bearer 200"],
    ]
