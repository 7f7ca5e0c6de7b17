"""Certificates are as good as a test says, and a tapped wire keeps what was sent."""

from runner.recording.model import Recording

VIEWS = """
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

@csrf_exempt
def view(request):
    return HttpResponse(f"{request.scheme} {request.get_host()}")
"""
URLS = """
from django.urls import path
from . import views

urlpatterns = [path("view/", views.view)]
"""
TESTS = """
import socket
import urllib.request
import pytest
import requests
from runner import claim

pytestmark = pytest.mark.tls

@claim("TLS hides what is sent")
def test_tls(servers, tls, reach, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    ca, other = tls.authority(), tls.authority()
    [shop] = servers(1, certificate=ca.certificate("shop.test"))
    [old] = servers(1, certificate=ca.certificate("shop.test", expired=True))
    [plain] = servers(1)

    with tls.tapped(shop) as wire, tls.tapped(plain) as open_wire:
        reach({
            "https://shop.test": wire,
            "https://other.test": shop,
            "https://shop.test:8443": old,
            "http://shop.test": open_wire,
        })
        hidden = requests.post("https://shop.test/05/view/", "card=4111", verify=ca.file)
        seen = urllib.request.urlopen("http://shop.test/05/view/", b"card=4111").read()
        for url, file, reason in (
            ("https://shop.test/05/view/", other.file, "unable to get local issuer|self.signed"),
            ("https://other.test/05/view/", ca.file, "Hostname mismatch"),
            ("https://shop.test:8443/05/view/", ca.file, "certificate has expired"),
        ):
            with pytest.raises(requests.exceptions.SSLError, match=reason):
                requests.get(url, verify=file)

    assert hidden.text == "https shop.test"
    assert seen == b"http shop.test"
    assert b"card=4111" not in wire
    assert b"https shop.test" not in wire
    assert wire.sent.startswith(b"\\x16\\x03\\x01")
    assert b"shop.test" in wire.sent  # the name in the handshake
    assert b"card=4111" in open_wire.sent
    assert b"http shop.test" in open_wire.received
    assert open_wire.port != plain.port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", wire.port))
    assert socket.getaddrinfo("127.0.0.1", 80)[0][4] == ("127.0.0.1", 80)
"""


def test_certificates_and_wires(house):
    house.write("views.py", VIEWS)
    house.write("urls.py", URLS)
    house.write("tests.py", TESTS)
    file = house.folder / "recording.json"

    run = house.pytest(f"--recording={file}")

    assert "1 passed" in run.stdout, run.stdout
    events = Recording.from_json(file.read_text()).scenes[0].events
    assert [(e.method, e.origin, e.server) for e in events] == [
        ("POST", "https://shop.test", 1),
        ("POST", "http://shop.test", 3),
    ]


def test_what_it_needs_is_known_by_its_mark(house):
    house.write("tests.py", TESTS)

    run = house.run_module("runner.catalogue", "needs", "05")

    assert run.stdout == "tls\n"
