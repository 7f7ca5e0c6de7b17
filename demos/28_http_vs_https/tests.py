import shutil
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop import factories, people
from shop.models import Order

from . import clients, policies

pytestmark = [
    pytest.mark.tls,
    pytest.mark.database("sqlite"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.not_about_sql,
]

UNKNOWN = "unable to get local issuer certificate"
PASSWORD = b'"password": "right"'
ANSWER = b'{"signed_in_as":"ann"}'
JSON = {"Content-Type": "application/json"}
GET = b"GET /28/rates/ HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n"


@dataclass
class Site:
    """A shop that answers at http://shop.test and at https://shop.test; both wires are tapped."""

    file: str  # the certificate of the authority that signed its own
    http: Any
    https: Any


@pytest.fixture
def serve(servers, tls, reach):
    """Serves the shop with these settings."""
    with ExitStack() as wires:

        def serve(policy):
            ca = tls.authority()
            [plain] = servers(1, settings=policy)
            [secure] = servers(1, settings=policy, certificate=ca.certificate("shop.test"))
            http, https = (wires.enter_context(tls.tapped(each)) for each in (plain, secure))
            reach({"http://shop.test": http, "https://shop.test": https})
            return Site(ca.file, http, https)

        yield serve


def refused(body):
    return APIClient().post("/28/sign-in/", body).status_code


def found(part, wire):
    return "found" if part in wire else "not found"


def visit_with_requests(urls, site, folder):
    with clients.session(site.file) as visitor:
        for url in urls:
            visitor.get(url)


CURL = ["curl", "-q", "--silent", "--show-error", "--fail", "--noproxy", "*"]


def visit_with_curl(urls, site, folder):
    options = ["--cacert", site.file, "--hsts", str(folder / "hsts.txt")]
    for named, wire in {80: site.http, 443: site.https}.items():
        options += ["--connect-to", f"shop.test:{named}:127.0.0.1:{wire.port}"]
    for url in urls:
        subprocess.run([*CURL, *options, url], check=True, capture_output=True)


def curl_knows_hsts():
    if not shutil.which("curl"):
        return False
    said = subprocess.run(["curl", "-q", "--version"], capture_output=True, text=True).stdout
    return "HSTS" in said.split()


@claim("HTTPS encrypts the data before it is sent, HTTP does not")
def test_the_same_login_is_read_from_one_wire_and_not_from_the_other(
    serve, servers, passwords, stage
):
    """Someone on the way copied both connections. In clear, the copy holds all of it. Under TLS it
    holds the name of the host, because Python's client names it before the encryption begins."""
    site = serve(policies.DEFAULT)

    plain, plain_cookie = clients.sign_in("http://shop.test/28/sign-in/")
    secure, secure_cookie = clients.sign_in(
        "https://shop.test/28/sign-in/", clients.trusting(site.file)
    )

    rows = [["first bytes", str(site.http.sent[:5], "ascii"), site.https.sent[:3].hex(" ")]]
    for name, plain_part, secure_part in (
        ("the password", PASSWORD, PASSWORD),
        ("the session cookie", plain_cookie.encode(), secure_cookie.encode()),
        ("the path", b"/28/sign-in/", b"/28/sign-in/"),
        ("the response", ANSWER, ANSWER),
        ("the host name", b"shop.test", b"shop.test"),
    ):
        rows.append([name, found(plain_part, site.http), found(secure_part, site.https)])
    servers.received()
    stage.table(["in the copy", "http://", "https://"], rows)
    assert (plain, secure) == (200, 200)
    assert refused({}) == 400
    assert refused({"username": "ann", "password": " right"}) == 403
    assert rows == [
        ["first bytes", "POST ", "16 03 01"],
        ["the password", "found", "not found"],
        ["the session cookie", "found", "not found"],
        ["the path", "found", "not found"],
        ["the response", "found", "not found"],
        ["the host name", "found", "found"],
    ]


@claim("HTTPS is HTTP over SSL", verdict=Verdict.OUTDATED)
def test_the_server_refuses_all_versions_before_tls_1_2(serve, stage):
    """SSL is the old name. SSL 3.0 is forbidden since 2015, TLS 1.0 and 1.1 since 2021. By default
    a server of Python refuses them since Python 3.10."""
    site = serve(policies.DEFAULT)

    rows = [
        [name, clients.negotiated("https://shop.test", site.file, version)]
        for name, version in {
            "SSL 3.0": "SSLv3",
            "TLS 1.0": "TLSv1",
            "TLS 1.1": "TLSv1_1",
            "TLS 1.2": "TLSv1_2",
            "TLS 1.3": "TLSv1_3",
        }.items()
    ]

    stage.table(["a client that knows only", "the handshake"], rows)
    assert rows == [
        ["SSL 3.0", "refused"],
        ["TLS 1.0", "refused"],
        ["TLS 1.1", "refused"],
        ["TLS 1.2", "TLSv1.2"],
        ["TLS 1.3", "TLSv1.3"],
    ]


@claim(
    "HTTP operates at the application layer, HTTPS at the transport layer", verdict=Verdict.WRONG
)
def test_the_same_message_goes_through_a_plain_and_a_wrapped_socket(serve, servers, stage):
    """Both are HTTP, at the application layer. The same bytes are sent and come back. TLS lies
    between HTTP and TCP: wrapping the socket is the whole difference, and the view sees none."""
    site = serve(policies.DEFAULT)

    plain = clients.say("http://shop.test", GET, site.file)
    secure = clients.say("https://shop.test", GET, site.file)

    def without_date(response):
        return [line for line in response.splitlines() if not line.startswith(b"Date:")]

    servers.received()
    stage.say(f"On the wire, in clear: {site.http.sent[:23].decode()}…")
    stage.say(f"On the wire, under TLS: {site.https.sent[:3].hex(' ')}…")
    assert without_date(plain) == without_date(secure)
    assert plain.endswith(b'\r\n\r\n{"standard":"5.00"}')
    assert site.http.sent == GET
    assert GET not in site.https


@claim("HTTP sends data over port 80, HTTPS over port 443", verdict=Verdict.DEPENDS)
def test_the_ports_are_only_defaults(servers, tls, reach, stage):
    """They are the ports if the URL names none. The scheme says whether TLS is used, the port does
    not: here it is the other way round."""
    ca = tls.authority()
    [plain] = servers(1)
    [secure] = servers(1, certificate=ca.certificate("shop.test"))
    rows = []
    for served in (
        {"http://shop.test": plain, "https://shop.test": secure},
        {"http://shop.test:443": plain, "https://shop.test:80": secure},
    ):
        reach(served)
        for url in served:
            with clients.session(ca.file) as client:
                response = client.get(f"{url}/28/connection/")
            rows.append([url, response.json()["scheme"]])

    servers.received()
    stage.table(["URL", "Django says"], rows)
    assert rows == [
        ["http://shop.test", "http"],
        ["https://shop.test", "https"],
        ["http://shop.test:443", "http"],
        ["https://shop.test:80", "https"],
    ]


@claim("HTTPS requires a certificate that is signed by a CA", verdict=Verdict.DEPENDS)
def test_the_encryption_needs_no_authority_but_the_client_does(serve, servers, passwords, stage):
    """The client decides. By default it trusts public CAs and refuses all others, before it sends
    anything. It can trust a private CA, or anyone: the same server then encrypts just as well. The
    signature does not encrypt. It says who answers."""
    site = serve(policies.DEFAULT)

    rows = []
    for name, context in {
        "the public CAs": None,
        "this private CA": clients.trusting(site.file),
        "anyone": clients.trusting_anyone(),
    }.items():
        result, _ = clients.sign_in("https://shop.test/28/sign-in/", context)
        rows.append([name, result, found(PASSWORD, site.https)])

    servers.received()
    stage.table(["the client trusts", "result", "the password in a copy"], rows)
    assert rows == [
        ["the public CAs", UNKNOWN, "not found"],
        ["this private CA", 200, "not found"],
        ["anyone", 200, "not found"],
    ]


@claim("HTTPS requires at least domain validation", verdict=Verdict.DEPENDS)
def test_the_client_checks_the_signature_the_name_and_the_dates(
    servers, tls, reach, passwords, stage
):
    """That is the duty of a public CA, once, before it signs. The CA of this test validated
    nothing. The client cannot see that. In each handshake it checks three things: who signed, for
    which name, and until when."""
    ca, other = tls.authority(), tls.authority()
    rows = []
    for name, certificate in {
        "all is right": ca.certificate("shop.test"),
        "by an unknown CA": other.certificate("shop.test"),
        "for evil.test": ca.certificate("evil.test"),
        "ended in 2020": ca.certificate("shop.test", expired=True),
    }.items():
        [server] = servers(1, certificate=certificate)
        reach({"https://shop.test": server})
        result, _ = clients.sign_in("https://shop.test/28/sign-in/", clients.trusting(ca.file))
        rows.append([name, result])

    servers.received()
    stage.table(["certificate", "result"], rows)
    assert rows == [
        ["all is right", 200],
        ["by an unknown CA", UNKNOWN],
        ["for evil.test", "Hostname mismatch, certificate is not valid for 'shop.test'."],
        ["ended in 2020", "certificate has expired"],
    ]


@claim("A redirect from http:// to https:// makes it secure", verdict=Verdict.DEPENDS)
def test_the_redirect_comes_after_the_first_request(serve, servers, passwords, stage, bob):
    """It makes the second request secure. The first one was already sent in clear, with the
    password. The client then sends a GET instead of the POST: it gets 200, and no order is saved.
    Write https:// into the client."""
    site = serve(policies.REDIRECTS)
    factories.order.make(reference="B-0001", customer=bob)
    order, ann = {"reference": "A-0001"}, people.basic("ann")

    with clients.session(site.file) as client:
        followed = client.post("http://shop.test/28/orders/", json=order, headers=ann)
        orders = Order.objects.filter(customer__name="Ann").count()
        direct = client.post("https://shop.test/28/orders/", json=order, headers=ann)

    credentials = ann["Authorization"].encode()
    servers.received()
    stage.say(f"The password in the copy of http://: {found(credentials, site.http)}.")
    stage.say(f"The password in the copy of https://: {found(credentials, site.https)}.")
    assert [each.status_code for each in followed.history] == [301]
    assert (followed.status_code, followed.json(), orders) == (200, [], 0)
    assert (followed.request.method, followed.url) == ("GET", "https://shop.test/28/orders/")
    assert (direct.status_code, direct.json()) == (201, {"reference": "A-0001"})
    assert Order.objects.filter(customer__name="Ann").count() == 1
    assert credentials in site.http.sent
    assert b'{"reference": "A-0001"}' in site.http.sent
    assert credentials not in site.https


@trap("Without verification, anyone can be shop.test")
def test_a_client_that_checks_nothing_signs_in_at_the_attacker(
    servers, tls, reach, passwords, stage
):
    """With `verify=False` the connection is encrypted, but to whom? An attacker in the Wi-Fi
    answers for shop.test with another certificate, and reads the password. The client gets its 200.
    A client that verifies sends nothing."""
    ours, attackers = tls.authority(), tls.authority()
    [attacker] = servers(1, certificate=attackers.certificate("shop.test"))
    reach({"https://shop.test": attacker})

    verified, _ = clients.sign_in("https://shop.test/28/sign-in/", clients.trusting(ours.file))
    nothing = servers.received()
    stage.say(f"A client that verifies: {verified}. Requests at the attacker: {len(nothing)}.")
    unverified, _ = clients.sign_in("https://shop.test/28/sign-in/", clients.trusting_anyone())
    seen = servers.received()

    assert verified == UNKNOWN
    assert nothing == []
    assert unverified == 200
    assert [each.request_body for each in seen] == ['{"username": "ann", "password": "right"}']


@trap("A cookie without Secure also goes over http://")
@pytest.mark.parametrize(
    ("policy", "cookie"),
    [(policies.DEFAULT, "found"), (policies.SECURE_COOKIES, "not found")],
    ids=["default", "SESSION_COOKIE_SECURE"],
)
def test_one_link_with_http_shows_the_session_cookie(
    serve, servers, passwords, stage, policy, cookie
):
    """Ann signed in over HTTPS. Then one link says http://, and the client sends her session cookie
    in clear. Django does not set Secure by default. With `SESSION_COOKIE_SECURE` the client keeps
    the cookie for https://."""
    site = serve(policy)

    with clients.session(site.file) as client:
        signed_in = client.post("https://shop.test/28/sign-in/", clients.LOGIN, headers=JSON)
        linked = client.get("http://shop.test/28/rates/")

    session_cookie = f"sessionid={client.cookies.get('sessionid')}".encode()
    servers.received()
    stage.say(f"The session cookie in the copy of http://: {found(session_cookie, site.http)}.")
    assert (signed_in.status_code, linked.status_code) == (200, 200)
    assert found(session_cookie, site.http) == cookie


@trap("HSTS works only in a client that remembers it")
@pytest.mark.parametrize(
    ("visit", "origins"),
    [
        (visit_with_requests, ["http", "https", "http"]),
        pytest.param(
            visit_with_curl,
            ["http", "https", "https"],
            marks=pytest.mark.skipif(
                not curl_knows_hsts(), reason="There is no curl that knows HSTS."
            ),
        ),
    ],
    ids=["requests", "curl --hsts"],
)
def test_the_second_visit_is_upgraded_if_the_client_remembers(
    serve, servers, stage, tmp_path, visit, origins
):
    """`Strict-Transport-Security` says: use only https:// from now on. curl with `--hsts` remembers
    it after one visit over HTTPS, so the next request does not go out in clear. requests does not
    remember it."""
    site = serve(policies.HSTS)
    urls = ["http://shop.test/28/rates/", "https://shop.test/28/rates/"]

    visit([*urls, "http://shop.test/28/rates/"], site, tmp_path)

    seen = servers.received()
    rows = [
        [url, each.origin, each.headers.get("Strict-Transport-Security", "—")]
        for url, each in zip([*urls, urls[0]], seen, strict=True)
    ]
    stage.table(["the client is told", "it uses", "the response says"], rows)
    assert [each.origin for each in seen] == [f"{scheme}://shop.test" for scheme in origins]
    assert [header for _, _, header in rows] == [
        "max-age=31536000" if scheme == "https" else "—" for scheme in origins
    ]


@trap("Behind a proxy that ends TLS, Django sees http://")
def test_without_the_setting_the_redirect_is_a_loop(anonymous, settings):
    """The user asked for https://, and the proxy passed it on in clear. Django ignores
    `X-Forwarded-Proto` by default, so it redirects to the very URL that the user asked for: a
    loop."""
    settings.ALLOWED_HOSTS = ["shop.test", "testserver"]
    for name, value in policies.REDIRECTS.items():
        setattr(settings, name, value)

    response = anonymous.get(
        "/28/connection/", headers={"Host": "shop.test", "X-Forwarded-Proto": "https"}
    )

    assert response.status_code == 301
    assert response.headers["Location"] == "https://shop.test/28/connection/"


@trap("With SECURE_PROXY_SSL_HEADER the header decides, not the connection")
def test_django_believes_the_header_from_anyone(serve, servers, stage):
    """Now Django writes links with https://. But it believes the header from anyone who reaches it,
    and the header even overrules real TLS. So the proxy must overwrite it, and Django must be
    reachable only through the proxy."""
    site = serve(policies.BEHIND_A_PROXY)

    rows, bodies = [], []
    with clients.session(site.file) as client:
        for origin, header in (
            ("http://shop.test", "https"),
            ("http://shop.test", "http"),
            ("https://shop.test", "http"),
            ("https://shop.test", "https"),
        ):
            response = client.get(
                f"{origin}/28/connection/",
                headers={"X-Forwarded-Proto": header},
                allow_redirects=False,
            )
            body = response.json() if response.content else {}
            bodies.append(body)
            rows.append([origin, header, response.status_code, body.get("scheme", "")])

    servers.received()
    stage.table(["connection", "X-Forwarded-Proto", "status", "Django says"], rows)
    assert rows == [
        ["http://shop.test", "https", 200, "https"],
        ["http://shop.test", "http", 301, ""],
        ["https://shop.test", "http", 301, ""],
        ["https://shop.test", "https", 200, "https"],
    ]
    secure = {"scheme": "https", "link": "https://shop.test/28/connection/"}
    assert bodies == [secure, {}, {}, secure]
