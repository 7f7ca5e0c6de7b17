"""Lets the test's own process reach servers by literal URLs, whatever their ports are."""

import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from runner.support.launch import HasPort

PORTS = {"http": 80, "https": 443}


@pytest.fixture
def reach(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, HasPort]], None]:
    """`reach({"https://shop.test": server})`: from then on requests, urllib and sockets of this
    test find the server there. Other names are looked up as ever."""
    known: dict[tuple[str, int], int] = {}
    look_up = socket.getaddrinfo

    def look_here_first(host: Any, port: Any, *args: Any, **options: Any) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else host
        if not (here := known.get((name, port))):
            return look_up(host, port, *args, **options)
        address = ("127.0.0.1", here)
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)]

    def reach(origins: dict[str, HasPort]) -> None:
        for origin, server in origins.items():
            url = urlsplit(origin)
            known[url.hostname, url.port or PORTS[url.scheme]] = server.port

    monkeypatch.setattr(socket, "getaddrinfo", look_here_first)
    monkeypatch.setenv("no_proxy", "*")  # the user's proxy does not know these names
    return reach
