"""Clients of the shop. What they trust is theirs to say: the server has no part in it."""

import json
import socket
import ssl
import warnings
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import requests

LOGIN = json.dumps({"username": "ann", "password": "right"}).encode()
PORTS = {"http": 80, "https": 443}


# What a client trusts


def trusting(file):
    """Checks the signature, the name and the dates; trusts this authority."""
    return ssl.create_default_context(cafile=file)


def trusting_anyone():
    """Checks nothing, as `verify=False` of requests does."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


# urllib


def sign_in(url, context=None):
    """Sign in as Ann; return the status and the session cookie, or why the client refuses.

    Without a context it trusts the public CAs that come with the system.
    """
    request = Request(url, LOGIN, {"Content-Type": "application/json"})
    try:
        with urlopen(request, context=context) as response:
            cookies = response.headers.get_all("Set-Cookie", [])
            session = [cookie for cookie in cookies if cookie.startswith("sessionid=")]
            return response.status, "".join(session).partition(";")[0]
    except URLError as error:
        return error.reason.verify_message, ""


# A socket


def say(url, message, file):
    """Send these bytes, and return all bytes of the response; over TLS if the URL says https."""
    with connected(url, trusting(file)) as connection:
        connection.sendall(message)
        with connection.makefile("rb") as response:
            return response.read()


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
    except ssl.SSLError:
        return "refused"


# requests


def session(file):
    """A session of requests, which keeps cookies."""
    session = requests.Session()
    session.verify = file
    session.trust_env = False  # REQUESTS_CA_BUNDLE would win over `verify`
    return session
