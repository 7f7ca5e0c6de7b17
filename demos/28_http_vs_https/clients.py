"""Clients of the shop. What they trust is theirs to say: the server has no part in it."""

import json
import shutil
import socket
import ssl
import subprocess
import warnings
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import requests

LOGIN = json.dumps({"username": "ann", "password": "right"}).encode()
CURL = ["curl", "-q", "--silent", "--show-error", "--fail", "--noproxy", "*"]
PORTS = {"http": 80, "https": 443}


# What a client trusts


def trusting(file):
    """Checks the signature, the name and the dates; trusts this authority."""
    return ssl.create_default_context(cafile=file)


def trusting_the_public_authorities():
    """The default of Python: those that come with the system."""
    return ssl.create_default_context()


def trusting_anyone():
    """Checks nothing, as `verify=False` of requests does."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


# urllib


def sign_in(url, context=None):
    """Sign in as Ann; return the status and the session cookie, or why it is refused."""
    request = Request(url, LOGIN, {"Content-Type": "application/json"})
    try:
        with urlopen(request, context=context) as response:
            cookies = response.headers.get_all("Set-Cookie", [])
            return response.status, next(
                (cookie.partition(";")[0] for cookie in cookies if cookie.startswith("sessionid=")),
                "no cookie",
            )
    except URLError as error:
        return getattr(error.reason, "verify_message", str(error.reason)), "no cookie"


# A socket


def say(url, message, file):
    """Send these bytes, and return all bytes of the response; over TLS if the URL says https."""
    with connected(url, trusting(file)) as connection:
        connection.sendall(message)
        return b"".join(iter(lambda: connection.recv(2**16), b""))


def connected(url, context):
    parts = urlsplit(url)
    plain = socket.create_connection((parts.hostname, PORTS[parts.scheme]))
    if parts.scheme == "http":
        return plain
    with plain:
        return context.wrap_socket(plain, server_hostname=parts.hostname)


def negotiated(url, file, version):
    """The version that a client and the server agree on, if the client knows only this one."""
    context = trusting(file)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # OpenSSL would not even offer the old ones
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
        with connected(url, context) as connection:
            return connection.version()
    except (ssl.SSLError, ValueError):
        return "refused"


# Clients that go on


def session(file):
    """A session of requests, which keeps cookies."""
    session = requests.Session()
    session.verify = file
    session.trust_env = False  # REQUESTS_CA_BUNDLE would win over `verify`
    return session


def visit_with_requests(urls, site, folder):
    with session(site.file) as visitor:
        for url in urls:
            visitor.get(url)


def visit_with_curl(urls, site, folder):
    ports = {80: site.http.port, 443: site.https.port}
    options = ["--cacert", site.file, "--hsts", str(folder / "hsts.txt")]
    for named, port in ports.items():
        options += ["--connect-to", f"shop.test:{named}:127.0.0.1:{port}"]
    for url in urls:
        subprocess.run([*CURL, *options, url], check=True, capture_output=True)


def curl_knows_hsts():
    curl = shutil.which("curl")
    if not curl:
        return False
    said = subprocess.run([curl, "-q", "--version"], capture_output=True, text=True).stdout
    return "HSTS" in said.split()
