from base64 import b64decode, b64encode

import pytest
from django.contrib.auth.models import User
from rest_framework.settings import DEFAULTS
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop.people import basic

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.not_about_sql,
    pytest.mark.usefixtures("passwords"),
]

GUESS = basic("ann", "guess")


@pytest.fixture(autouse=True)
def ann_is_staff(ann, passwords):
    ann.user.is_staff = True
    ann.user.save()


def sent(url, headers=None):
    """The response to a GET by a client that is not recorded: a table shows it."""
    return APIClient().get(url, headers=headers or {})


def header(credentials):
    """A header with these bytes as they are, right or wrong."""
    return {"Authorization": f"Basic {b64encode(credentials).decode()}"}


@claim("The client is forced to send credentials", verdict=Verdict.DEPENDS)
def test_a_permission_demands_credentials_and_basic_does_not(stage, bob):
    """The permission class forces it, not `BasicAuthentication`. With `AllowAny` the same class
    lets an anonymous caller in. But a wrong password is refused there too, because authentication
    comes first. A view that does not list the class ignores the password."""
    rows = [
        [name, *(sent(url, headers).status_code for headers in ({}, GUESS, basic("ann")))]
        for name, url in {
            "Basic, IsAuthenticated": "/42/me/basic/",
            "Basic, AllowAny": "/42/public/basic/",
            "Session, AllowAny": "/42/public/session/",
        }.items()
    ]
    ignored = sent("/42/public/session/", basic("ann"))
    by_session = APIClient()
    by_session.force_login(bob.user)

    stage.table(["view", "no credentials", "wrong password", "right password"], rows)
    stage.say(f"Session, AllowAny, right password: {ignored.content.decode()}")
    assert rows == [
        ["Basic, IsAuthenticated", 401, 401, 200],
        ["Basic, AllowAny", 200, 401, 200],
        ["Session, AllowAny", 200, 200, 200],
    ]
    assert ignored.json() == {"user": None}
    assert by_session.get("/42/public/session/").json() == {"user": "bob"}


@claim("The server answers 401 with a WWW-Authenticate header", verdict=Verdict.DEPENDS)
def test_the_first_class_writes_the_challenge(stage):
    """DRF takes the challenge from the first authentication class. It names Basic only if
    `BasicAuthentication` is first. A session has no challenge, so DRF's own default answers 403
    without the header."""
    rows = []
    for classes in ("basic", "basic-session", "session-basic", "token-basic", "session"):
        url = f"/42/staff/{classes}/"
        answers = [sent(url, headers) for headers in ({}, GUESS, basic("bob"), basic("ann"))]
        challenges = {answer.headers.get("WWW-Authenticate", "—") for answer in answers[:2]}
        assert [answer.has_header("WWW-Authenticate") for answer in answers[2:]] == [False, False]
        statuses = [answer.status_code for answer in answers]
        rows.append([classes.replace("-", ", "), *statuses, *challenges])
    default = [path.rpartition(".")[2] for path in DEFAULTS["DEFAULT_AUTHENTICATION_CLASSES"]]

    stage.say("A view for the staff. Bob and Ann send the right password, and Ann is staff:")
    stage.table(["classes", "nothing", "wrong", "Bob", "Ann", "WWW-Authenticate"], rows)
    stage.say(f"DRF's default: {', '.join(default)}")
    assert rows == [
        ["basic", 401, 401, 403, 200, 'Basic realm="api"'],
        ["basic, session", 401, 401, 403, 200, 'Basic realm="api"'],
        ["session, basic", 403, 403, 403, 200, "—"],
        ["token, basic", 401, 401, 403, 200, "Token"],
        ["session", 403, 403, 403, 403, "—"],
    ]
    assert default == ["SessionAuthentication", "BasicAuthentication"]


@claim("The credentials are the unencrypted base64 of username:password")
def test_anyone_decodes_the_header(stage):
    """Base64 is an encoding. It has no key, so one call gives the password back. Only TLS keeps the
    header secret on the way."""
    sends = basic("ann")["Authorization"]
    credentials = sends.removeprefix("Basic ")

    decoded = b64decode(credentials).decode()
    answer = sent("/42/me/basic/", header(decoded.encode()))

    stage.say(f"The header of Ann is {sends}")
    stage.say(f'b64decode("{credentials}") is "{decoded}"')
    assert (sends, decoded) == ("Basic YW5uOnJpZ2h0", "ann:right")
    assert answer.json() == {"user": "ann"}


@claim("The server checks the credentials and answers 200 or 403", verdict=Verdict.WRONG)
def test_wrong_credentials_are_401_and_403_is_about_the_permission(anonymous, stage):
    """Wrong credentials are 401 again, with the same challenge. 403 is for a caller whom the server
    knows: Bob's password is right, but Bob is not staff. That answer has no challenge, because
    other credentials are not asked for."""
    stage.say("A wrong password, Bob's password, and Ann's, who is staff:")
    wrong = anonymous.get("/42/staff/basic/", headers=GUESS)
    bobs = anonymous.get("/42/staff/basic/", headers=basic("bob"))
    anns = anonymous.get("/42/staff/basic/", headers=basic("ann"))

    assert (wrong.status_code, wrong.json()) == (401, {"detail": "Invalid username/password."})
    assert wrong.headers.get("WWW-Authenticate") == 'Basic realm="api"'
    assert bobs.status_code == 403
    assert bobs.json() == {"detail": "You do not have permission to perform this action."}
    assert (anns.status_code, anns.json()) == (200, {"user": "ann"})


@claim("Once approved, the client sends the credentials with all future requests")
def test_the_server_remembers_nothing(anonymous, stage):
    """It must, because the server keeps nothing and sets no cookie. The request without the header
    is refused again. A client can also send the header with its very first request, as here,
    without waiting for a 401."""
    first = anonymous.get("/42/me/basic/", headers=basic("ann"))
    without = anonymous.get("/42/me/basic/")
    again = anonymous.get("/42/me/basic/", headers=basic("ann"))

    assert [answer.status_code for answer in (first, without, again)] == [200, 401, 200]
    assert dict(first.cookies) == {}
    assert first.json() == again.json() == {"user": "ann"}


@trap("Beside a session, a wrong password is not noticed")
def test_the_first_class_that_finds_a_user_ends_the_search(stage, bob):
    """DRF asks the classes in their order and stops at the first user. With the session first, the
    header does not count: Bob's cookie does, and a POST needs Bob's CSRF token. With Basic first,
    the header counts, and a POST needs no token."""
    rows = []
    for classes in ("session-basic", "basic-session"):
        for name, headers in {"no header": {}, "Ann's": basic("ann"), "wrong": GUESS}.items():
            client = APIClient(enforce_csrf_checks=True)
            client.force_login(bob.user)
            url = f"/42/me/{classes}/"
            get = client.get(url, headers=headers)
            post = client.post(url, headers=headers)
            seen = get.json().get("user", "—")
            rows.append([classes.replace("-", ", "), name, get.status_code, seen, post.status_code])

    stage.say("Bob's session cookie, and an Authorization header:")
    stage.table(["classes", "header", "GET", "user", "POST without CSRF token"], rows)
    assert rows == [
        ["session, basic", "no header", 200, "bob", 403],
        ["session, basic", "Ann's", 200, "bob", 403],
        ["session, basic", "wrong", 200, "bob", 403],
        ["basic, session", "no header", 200, "bob", 403],
        ["basic, session", "Ann's", 200, "ann", 204],
        ["basic, session", "wrong", 401, "—", 401],
    ]


@trap("A header of another scheme is not an attempt, a broken one is")
def test_only_a_basic_header_is_read(stage):
    """A header of another scheme is ignored, so the caller stays anonymous on a public page. A
    broken Basic header is 401 even there. The case of the scheme does not count, and Python's
    `b64decode()` skips characters that are not base64."""
    rows = []
    for value in (
        "Bearer YW5uOnJpZ2h0",
        "Basic",
        "Basic ann:right",
        "Basic YW5u OnJpZ2h0",
        "basic YW5uOnJpZ2h0",
        "Basic !!YW5u!!OnJp!!Z2h0",
    ):
        answer = sent("/42/public/basic/", {"Authorization": value})
        body = answer.json()
        said = (
            body.get("detail", "").removeprefix("Invalid basic header. ")
            or body["user"]
            or "anonymous"
        )
        rows.append([value, answer.status_code, said])

    stage.table(["Authorization, to a public view", "status", "detail or user"], rows)
    assert rows == [
        ["Bearer YW5uOnJpZ2h0", 200, "anonymous"],
        ["Basic", 401, "No credentials provided."],
        ["Basic ann:right", 401, "Credentials not correctly base64 encoded."],
        ["Basic YW5u OnJpZ2h0", 401, "Credentials string should not contain spaces."],
        ["basic YW5uOnJpZ2h0", 200, "ann"],
        ["Basic !!YW5u!!OnJp!!Z2h0", 200, "ann"],
    ]


@trap("The first colon ends the username, and the bytes have no fixed encoding")
def test_a_colon_belongs_to_the_password(stage):
    """The password may have colons, but a username with a colon can never sign in. DRF reads the
    bytes as UTF-8 and, if that fails, as Latin-1. It does not tell the client which one it
    expects: its challenge has no charset."""
    for username, password in (("tea:pot", "right"), ("kim", "pa:ss"), ("josé", "right")):
        User.objects.create_user(username, password=password)
    rows = [
        [credentials, encoding, sent("/42/me/basic/", header(sends)).status_code]
        for credentials, encoding, sends in (
            ("kim:pa:ss", "ASCII", b"kim:pa:ss"),
            ("tea:pot:right", "ASCII", b"tea:pot:right"),
            ("josé:right", "UTF-8", b"jos\xc3\xa9:right"),
            ("josé:right", "Latin-1", b"jos\xe9:right"),
        )
    ]
    challenge = sent("/42/me/basic/").headers.get("WWW-Authenticate")

    stage.table(["credentials", "sent as", "status"], rows)
    stage.say(f"The challenge: {challenge}")
    assert rows == [
        ["kim:pa:ss", "ASCII", 200],
        ["tea:pot:right", "ASCII", 401],
        ["josé:right", "UTF-8", 200],
        ["josé:right", "Latin-1", 200],
    ]
    assert challenge == 'Basic realm="api"'


@trap("There is no logout")
def test_a_logout_ends_nothing(anonymous, stage, ann):
    """The same view calls Django's `logout()`. It ends the session, and the Basic header opens
    again: the server keeps nothing that it could end. `is_active = False` ends it,
    with the answer of a wrong password."""
    rows = []
    for name, headers in {"session cookie": {}, "Basic header": basic("ann")}.items():
        client = APIClient()
        if not headers:
            client.force_login(ann.user)
        url = "/42/me/session-basic/"
        before = client.get(url, headers=headers).status_code
        signed_out = client.post(url, headers=headers).status_code
        rows.append([name, before, signed_out, client.get(url, headers=headers).status_code])
    ann.user.is_active = False
    ann.user.save()

    stage.table(["Ann comes with", "before", "logout", "afterwards"], rows)
    stage.say("Ann's account is deactivated:")
    inactive = anonymous.get("/42/me/basic/", headers=basic("ann"))

    assert rows == [["session cookie", 200, 204, 403], ["Basic header", 200, 204, 200]]
    assert inactive.status_code == 401
    assert inactive.json() == {"detail": "Invalid username/password."}
