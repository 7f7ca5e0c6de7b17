import jwt
import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from runner import Verdict, claim, trap
from shop import factories
from shop.people import bearer, token_of

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

LOGIN = {"username": "ann", "password": "right"}


@pytest.fixture(autouse=True)
def orders(ann, bob):
    factories.order.make(reference="A-0001", customer=ann)
    factories.order.make(reference="A-0002", customer=bob)


def signed(customer, **claims):
    """The header with an access token of the customer that has these claims too."""
    token = token_of(customer)
    token.payload |= claims
    return bearer(token)


def status(url, headers):
    return APIClient().get(url, headers=headers).status_code


@claim(
    "When a user logs in, the authorization server issues an access token",
    verdict=Verdict.DEPENDS,
)
def test_a_password_endpoint_issues_it_without_a_server_for_that(anonymous, passwords, stage):
    """That is OAuth. With Simple JWT the login is a view of the same project: it gets the password
    and issues the token. No other server takes part, and no one asks the user for consent. The
    token names no issuer, no audience and no scope."""
    login = anonymous.post("/55/tokens/", LOGIN)
    wrong = APIClient().post("/55/tokens/", LOGIN | {"password": "wrong"})

    claims = AccessToken(login.json()["access"]).payload
    stage.say(f"In the access token: {', '.join(sorted(claims))}")
    assert (login.status_code, sorted(login.json())) == (200, ["access", "refresh"])
    assert sorted(claims) == ["exp", "iat", "jti", "token_type", "user_id"]
    assert round((claims["exp"] - claims["iat"]) / 60) == 5  # minutes; two clocks may differ by 1 s
    assert wrong.status_code == 401


@claim("It is used to make secure calls to an API server", verdict=Verdict.WRONG)
def test_nothing_in_the_token_makes_the_call_secure(anonymous, ann, stage):
    """The token is text in a header. Over plain HTTP anyone on the way can read it and use it, and
    the view accepts it as over HTTPS. What makes the call secure is HTTPS."""
    headers = bearer(token_of(ann))

    stage.say("Over HTTP, then over HTTPS:")
    plain = anonymous.get("/55/orders/any-token/", headers=headers)
    secure = anonymous.get("/55/orders/any-token/", headers=headers, secure=True)

    assert (plain.wsgi_request.scheme, secure.wsgi_request.scheme) == ("http", "https")
    assert plain.status_code == secure.status_code == 200
    assert plain.json() == secure.json() == [{"reference": "A-0001"}]


@claim("The client accesses protected resources on behalf of a user")
def test_the_token_says_whose_orders_they_are(anonymous, ann, bob, stage):
    """`request.user` is the user of the token, whichever client sends it. A refresh token is not
    accepted here: it has another type, and it is only good for new access tokens."""
    anns = anonymous.get("/55/orders/any-token/", headers=bearer(token_of(ann)))
    bobs = anonymous.get("/55/orders/any-token/", headers=bearer(token_of(bob)))
    stage.say("With Ann's refresh token, then with none:")
    refresh = bearer(RefreshToken.for_user(ann.user))
    refused = anonymous.get("/55/orders/any-token/", headers=refresh)
    none = anonymous.get("/55/orders/any-token/")

    assert anns.json() == [{"reference": "A-0001"}]
    assert bobs.json() == [{"reference": "A-0002"}]
    assert refused.status_code == none.status_code == 401
    assert refused.json()["messages"][0]["message"] == "Token has wrong type"


@claim("It signals that the user allowed the client certain tasks", verdict=Verdict.DEPENDS)
def test_only_a_scope_says_which_tasks(offstage, ann, stage):
    """It does if the token has a scope, and the view asks for it. A token of Simple JWT has none:
    it allows all that the user may do. DRF answers 403 to a scope that is missing, without the
    header WWW-Authenticate that RFC 6750 describes."""
    tokens = {
        "no scope": signed(ann),
        "cart:write": signed(ann, scope="cart:write"),
        "cart:write orders:read": signed(ann, scope="cart:write orders:read"),
        "no token": {},
    }

    rows = [
        [name, *(status(f"/55/orders/{view}/", headers) for view in ("any-token", "scoped"))]
        for name, headers in tokens.items()
    ]
    refused = APIClient().get("/55/orders/scoped/", headers=tokens["no scope"])

    stage.table(["scope of the token", "IsAuthenticated", "and orders:read"], rows)
    assert rows == [
        ["no scope", 200, 403],
        ["cart:write", 200, 403],
        ["cart:write orders:read", 200, 200],
        ["no token", 401, 401],
    ]
    assert "WWW-Authenticate" not in refused.headers
    assert offstage.get("/55/orders/scoped/").status_code == 403


@claim("Or that it may access certain resources", verdict=Verdict.DEPENDS)
def test_a_token_for_billing_opens_the_shop(ann, stage):
    """A token has an audience for that, and by default Simple JWT does not look at it. So two
    services with one key accept each other's tokens. AUDIENCE closes that. ISSUER is another
    setting, and it says who must have issued the token."""
    tokens = {
        "shop-api, by shop": signed(ann, aud="shop-api", iss="shop"),
        "both, by shop": signed(ann, aud=["shop-api", "billing"], iss="shop"),
        "billing, by billing": signed(ann, aud="billing", iss="billing"),
        "billing, by shop": signed(ann, aud="billing", iss="shop"),
        "shop-api, by billing": signed(ann, aud="shop-api", iss="billing"),
        "neither": signed(ann),
    }
    views = ["any-token", "for-shop", "for-shop-by-shop"]

    rows = [
        [name, *(status(f"/55/orders/{view}/", headers) for view in views)]
        for name, headers in tokens.items()
    ]

    stage.table(["aud and iss", "default", "AUDIENCE", "and ISSUER"], rows)
    assert rows == [
        ["shop-api, by shop", 200, 200, 200],
        ["both, by shop", 200, 200, 200],
        ["billing, by billing", 200, 401, 401],
        ["billing, by shop", 200, 401, 401],
        ["shop-api, by billing", 200, 200, 401],
        ["neither", 200, 401, 401],
    ]
    billing = tokens["billing, by billing"]["Authorization"].removeprefix("Bearer ")
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(billing, settings.SECRET_KEY, algorithms=["HS256"])


@trap("A user id of another service is a 500")
def test_the_lookup_expects_an_id_of_this_database(anonymous, ann, stage):
    """Billing numbers its users in another way. The signature fits, so Simple JWT looks the user up
    with an id that is no number, and the ValueError is not caught. A number would be another user
    of the shop. With AUDIENCE, the token is refused before the lookup."""
    headers = signed(ann, user_id="abc", aud="billing", iss="billing")
    anonymous.raise_request_exception = False

    checked = anonymous.get("/55/orders/for-shop/", headers=headers)
    crashed = anonymous.get("/55/orders/any-token/", headers=headers)

    assert (checked.status_code, crashed.status_code) == (401, 500)
    assert checked.json() == {"detail": "Token is invalid", "code": "token_not_valid"}


@trap("A scope is a list of words and not a text to search")
def test_a_longer_word_holds_the_shorter_one(ann, stage):
    """The claim is one text with spaces. Python's `in` also finds orders:read inside of
    orders:read-count. Split the text, and compare whole words."""
    scopes = ["orders:read", "orders:read-count", "reorders:read", "cart:write"]

    rows = [
        [
            scope,
            *(
                status(f"/55/orders/{view}/", signed(ann, scope=scope))
                for view in ("scope-text", "scoped")
            ),
        ]
        for scope in scopes
    ]

    stage.table(["scope of the token", "in the text", "in the list"], rows)
    assert rows == [
        ["orders:read", 200, 200],
        ["orders:read-count", 200, 403],
        ["reorders:read", 200, 403],
        ["cart:write", 403, 403],
    ]


@trap("A scope gives no right that the user does not have")
def test_a_scope_limits_the_client_and_not_the_user(ann, bob, stage):
    """The scope says what the user lets the client do. Whether the user may do it is another
    question. A view that only asks for the scope shows Ann the report of the staff. It needs both
    checks."""
    type(bob.user).objects.filter(pk=bob.user.pk).update(is_staff=True)
    callers = {
        "Ann, a customer": signed(ann, scope="reports:read"),
        "Bob, of the staff": signed(bob, scope="reports:read"),
        "Bob, with another scope": signed(bob, scope="orders:read"),
    }

    rows = [
        [name, *(status(f"/55/reports/{view}/", headers) for view in ("scope", "scope-and-staff"))]
        for name, headers in callers.items()
    ]

    stage.table(["token of", "scope", "scope and is_staff"], rows)
    assert rows == [
        ["Ann, a customer", 200, 403],
        ["Bob, of the staff", 200, 200],
        ["Bob, with another scope", 403, 403],
    ]


@trap("A claim in the refresh token is as old as the login")
def test_a_new_access_token_has_the_old_role(offstage, anonymous, passwords, ann, stage):
    """The refresh copies the claims of the refresh token into each new access token. So the role is
    that of the login: Ann stays a manager until the refresh token ends. Ask the database for what
    can change."""
    managers = Group.objects.create(name="managers")
    ann.user.groups.add(managers)
    login = anonymous.post("/55/tokens/with-role/", LOGIN).json()
    before = bearer(login["access"])

    ann.user.groups.set([Group.objects.create(name="tasters")])
    refreshed = RefreshToken(login["refresh"]).access_token
    again = APIClient().post("/55/tokens/with-role/", LOGIN).json()
    tokens = {
        "of the login": before,
        "of a refresh": bearer(refreshed),
        "of a new login": bearer(again["access"]),
    }
    views = ["says-manager", "is-manager"]
    rows = [
        [name, *(status(f"/55/reports/{view}/", headers) for view in views)]
        for name, headers in tokens.items()
    ]

    stage.say("Ann is no longer in the group managers. Her access token:")
    stage.table(["access token", "role in the token", "role in the database"], rows)
    roles = [refreshed.get("role"), AccessToken(again["access"]).get("role")]
    assert roles == ["manager", "customer"]
    assert rows == [
        ["of the login", 200, 403],
        ["of a refresh", 200, 403],
        ["of a new login", 403, 403],
    ]
    ann.user.groups.add(managers)
    report = APIClient().get("/55/reports/is-manager/", headers=before)
    assert (report.status_code, report.json()) == (200, {"orders": 2})
    assert offstage.get("/55/reports/says-manager/").status_code == 403
