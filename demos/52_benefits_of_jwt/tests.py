import hmac
import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import escape
from urllib.parse import quote

import jwt
import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.tokens import RefreshToken

from runner import Verdict, claim, trap
from shop.people import bearer

from . import device, keys
from .tokens import EncodedToken, IssuedToken, VerifiedToken, WeakToken, token_for

pytestmark = pytest.mark.not_about_sql


def part(data):
    """A part of a JWT: base64url of JSON or bytes, without padding."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed_by_hand(key, header, payload):
    message = f"{part(header)}.{part(payload)}"
    return f"{message}.{part(hmac.digest(key.encode(), message.encode(), 'sha256'))}"


def status(url, token):
    return APIClient().get(url, headers=bearer(token)).status_code


@claim("JSON is compact, so a JWT is smaller than a simple token", verdict=Verdict.WRONG)
@pytest.mark.tls
@pytest.mark.django_db
def test_the_shortest_jwt_is_six_times_as_long_as_a_simple_token(stage):
    """JSON is shorter than XML, but a simple token is neither. It is a random key and holds no
    data: 40 characters. A JWT carries its data and a signature, and the signature of a key pair is
    longer than an HMAC."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

    session = SessionStore()
    session.create()
    payload = token_for("1").payload
    issued = {
        "session key": session.session_key,
        "DRF's token": Token.generate_key(),
        "JWT, HS256": token_for("1"),
        "JWT, ES256": TokenBackend("ES256", generate_private_key(SECP256R1())).encode(payload),
        "JWT, RS256, 2048 bits": token_for("1", IssuedToken),
    }

    rows = [
        [name, len(str(token)), len(str(token).rpartition(".")[2]) if "JWT" in name else "—"]
        for name, token in issued.items()
    ]

    stage.table(["", "characters", "of which signature"], rows)
    assert list(payload) == ["token_type", "exp", "iat", "jti", "user_id"]
    assert rows == [
        ["session key", 32, "—"],
        ["DRF's token", 40, "—"],
        ["JWT, HS256", 231, 43],
        ["JWT, ES256", 274, 86],
        ["JWT, RS256, 2048 bits", 530, 342],
    ]


@claim("So it is a good choice to be passed in HTML and HTTP", verdict=Verdict.DEPENDS)
def test_each_claim_makes_it_longer_until_it_does_not_fit(stage):
    """No character of it needs an escape in a URL or in HTML. But a token with a list of
    permissions grows until it does not fit: into a cookie of 4096 bytes, then into a header of
    8190 bytes, which is the default limit of Apache."""
    rows = []
    for permissions in (0, 10, 100, 150, 300):
        token = str(token_for("1", permissions=["shop.change_product"] * permissions))
        assert quote(token, safe="") == escape(token) == token
        cookie, header = len("access") + len(token), len("Authorization: Bearer ") + len(token)
        rows.append(
            [
                *(permissions, len(token)),
                "fits" if cookie <= 4096 else "dropped",
                "fits" if header <= 8190 else "refused",
            ]
        )
    role = len(str(token_for("1", role="manager")))

    stage.table(["permissions in it", "characters", "cookie", "header"], rows)
    stage.say(f"With a role in it, which the server translates: {role} characters.")
    assert rows == [
        [0, 253, "fits", "fits"],
        [10, 545, "fits", "fits"],
        [100, 3185, "fits", "fits"],
        [150, 4652, "dropped", "fits"],
        [300, 9052, "dropped", "refused"],
    ]
    assert role == 253


@claim("It is more secure: it can be signed with a key pair", verdict=Verdict.DEPENDS)
@pytest.mark.tls
def test_a_service_with_the_public_key_verifies_and_cannot_sign(anonymous, stage):
    """It is safer only where one server issues tokens and others verify them. Those have the public
    key alone: nothing that they hold makes a token. If one server does both, a secret is
    enough, and the token is shorter."""
    stage.say("Issued with the private key, and verified with the public key:")
    issued = anonymous.get("/52/me/key-pair/", headers=bearer(token_for("7", IssuedToken)))
    stage.say("The service that verifies tries to issue one for user 999:")
    with pytest.raises(TypeError) as error:
        str(token_for("999", VerifiedToken))
    stage.say(f"{error.typename}: it has no key to sign with.")
    with pytest.raises(AttributeError, match="no attribute 'sign'"):
        jwt.encode({"user_id": "999"}, keys.public_pem(), algorithm="RS256")

    assert (issued.status_code, issued.json()) == (200, {"user_id": "7"})


@claim("It can also be signed with a shared secret, using HMAC")
def test_everyone_who_can_verify_it_can_sign_it(anonymous, stage):
    """That is the default of Simple JWT: HS256 with SECRET_KEY. The third part is the HMAC of the
    first two, so the same secret signs and verifies. Each service that verifies can make a token
    for any user."""
    token = str(token_for("7"))
    header, payload, signature = token.split(".")
    by_hand = signed_by_hand(
        settings.SECRET_KEY, {"alg": "HS256", "typ": "JWT"}, token_for("999").payload
    )

    stage.say("As it was issued, then edited, then signed by a service that only had to verify:")
    issued = anonymous.get("/52/me/shared-secret/", headers=bearer(token))
    edited = f"{header}.{part(device.read(token) | {'user_id': '999'})}.{signature}"
    refused = anonymous.get("/52/me/shared-secret/", headers=bearer(edited))
    minted = anonymous.get("/52/me/shared-secret/", headers=bearer(by_hand))

    message = f"{header}.{payload}".encode()
    assert signature == part(hmac.digest(settings.SECRET_KEY.encode(), message, "sha256"))
    assert (issued.status_code, issued.json()) == (200, {"user_id": "7"})
    assert refused.status_code == 401
    assert (minted.status_code, minted.json()) == (200, {"user_id": "999"})


@claim("JSON parsers are common, because they map directly to objects", verdict=Verdict.DEPENDS)
def test_what_json_does_not_know_comes_back_as_text(stage):
    """It maps text, numbers, lists and yes or no. It knows no Decimal and no date: Simple JWT
    raises TypeError when the token is made. With DjangoJSONEncoder as JSON_ENCODER both are written
    as text, and text is what the reader gets."""
    values = ["ann", 3, True, ["tea"], Decimal("10.00"), datetime(2026, 1, 31, tzinfo=UTC)]

    def comes_back(value, **token_class):
        try:
            return device.read(token_for("1", **token_class, value=value))["value"]
        except TypeError:
            return "TypeError"

    rows = [
        [
            type(value).__name__,
            repr(comes_back(value)),
            repr(comes_back(value, token_class=EncodedToken)),
        ]
        for value in values
    ]

    stage.table(["a claim of type", "by default", "with DjangoJSONEncoder"], rows)
    assert rows == [
        ["str", "'ann'", "'ann'"],
        ["int", "3", "3"],
        ["bool", "True", "True"],
        ["list", "['tea']", "['tea']"],
        ["Decimal", "'TypeError'", "'10.00'"],
        ["datetime", "'TypeError'", "'2026-01-31T00:00:00Z'"],
    ]


@claim("It is easy to process on the user's device, especially mobile", verdict=Verdict.DEPENDS)
def test_the_device_reads_what_the_server_refuses(anonymous, stage):
    """Reading it takes base64 and JSON, without a key. Verifying needs the key, and a shared secret
    must not be on a device. So an app may show what the token says, and only the server can decide
    by it."""
    token = str(token_for("7", is_staff=False))
    header, _, signature = token.split(".")
    edited = f"{header}.{part(device.read(token) | {'is_staff': True})}.{signature}"

    seen = [device.read(each)["is_staff"] for each in (token, edited)]
    stage.say(f"The device reads: is_staff is {seen[0]}, and in the edited token {seen[1]}.")
    honest = anonymous.get("/52/reports/strong-secret/", headers=bearer(token))
    refused = anonymous.get("/52/reports/strong-secret/", headers=bearer(edited))

    assert seen == [False, True]
    assert honest.status_code == 403
    assert refused.status_code == 401


@trap("A token can be signed with the server's public key")
@pytest.mark.tls
def test_a_verifier_that_believes_the_header_takes_the_public_key_as_a_secret(stage):
    """The header says HS256, so the naive code uses its only key as the secret of an HMAC. That key
    is public. The server must choose the algorithm, and not the token. PyJWT also refuses a PEM key
    for HMAC, and Simple JWT allows the one algorithm of its settings."""
    payload = token_for("999").payload
    forged = signed_by_hand(keys.public_pem(), {"alg": "HS256", "typ": "JWT"}, payload)
    nonsense = signed_by_hand("another key", {"alg": "HS256", "typ": "JWT"}, payload)
    issued = token_for("7", IssuedToken)

    rows, answers = [], []
    for name in ("by-hand", "both-algorithms", "key-pair"):
        url = f"/52/me/{name}/"
        rows.append([name, *(status(url, token) for token in (issued, nonsense, forged))])
        answers.append(APIClient().get(url, headers=bearer(forged)).json())

    stage.table(["GET /52/me/…", "issued", "another key", "the public key"], rows)
    stage.say(f"by-hand, signed with the public key: {answers[0]}")
    stage.say(f"both-algorithms: {answers[1]['detail']}")
    assert rows == [
        ["by-hand", 200, 401, 200],
        ["both-algorithms", 200, 401, 401],
        ["key-pair", 200, 401, 401],
    ]
    assert answers[0] == {"user_id": "999"}
    assert answers[1]["detail"].startswith("The specified key is an asymmetric key")
    assert answers[2] == {"detail": "Token is invalid", "code": "token_not_valid"}


@trap("A signature that fits is not the whole check")
@pytest.mark.tls
def test_a_signed_token_can_be_expired_or_of_another_type(stage):
    """A signature says who made the token, and not that it is still good for this. The naive code
    accepts one that expired, and a refresh token. PyJWT checks the expiry, if there is one. Simple
    JWT demands an expiry, and checks the type."""
    expired, eternal, refresh = (token_for("7", IssuedToken) for _ in range(3))
    expired.set_exp(lifetime=-timedelta(minutes=1))
    del eternal["exp"]
    refresh["token_type"] = RefreshToken.token_type

    rows = [
        [name, *(status(f"/52/me/{name}/", token) for token in (expired, eternal, refresh, "a.b"))]
        for name in ("by-hand", "both-algorithms", "key-pair")
    ]

    stage.table(["GET /52/me/…", "expired", "no expiry", "a refresh token", "no JWT"], rows)
    assert rows == [
        ["by-hand", 200, 200, 200, 401],
        ["both-algorithms", 401, 200, 200, 401],
        ["key-pair", 401, 401, 401, 401],
    ]


@trap("A weak secret is guessed without asking the server")
@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
def test_three_guesses_make_an_administrator(anonymous, stage):
    """One token is enough: the attacker signs it again with each word of a list, and compares.
    No request is sent, so no throttle counts. PyJWT only warns of a key below 32 bytes. A random
    SECRET_KEY is in no list."""
    tokens = {"weak-secret": token_for("7", WeakToken), "strong-secret": token_for("7")}
    words = ["password", "shop", "secret"]

    def guess(token):
        message, _, signature = str(token).rpartition(".")
        for word in words:
            if part(hmac.digest(word.encode(), message.encode(), "sha256")) == signature:
                return word
        return None

    secrets = {name: guess(token) for name, token in tokens.items()}
    stage.say(f"Found with {len(words)} words, offline: {secrets['weak-secret']}")
    admin = token_for("7").payload | {"is_staff": True}
    minted = bearer(signed_by_hand("secret", {"alg": "HS256", "typ": "JWT"}, admin))
    before = anonymous.get("/52/reports/weak-secret/", headers=bearer(tokens["weak-secret"]))
    stage.say("An administrator, signed with it:")
    weak = anonymous.get("/52/reports/weak-secret/", headers=minted)
    strong = anonymous.get("/52/reports/strong-secret/", headers=minted)

    assert secrets == {"weak-secret": "secret", "strong-secret": None}
    assert before.status_code == 403
    assert (weak.status_code, weak.json()) == (200, {"orders": 0})
    assert strong.status_code == 401
    with pytest.warns(jwt.InsecureKeyLengthWarning, match="below the minimum"):
        str(token_for("7", WeakToken))
