"""Leads a browser to the servers of a test: an HTTP proxy that knows a few origins and no others.

So a test says http://shop.test, whatever the port of its server is, and no page reaches anything
but the servers of its test.
"""

import asyncio
import contextlib
from urllib.parse import urlsplit

UNKNOWN = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
PORTS = {"http": 80, "https": 443}


class Gateway:
    """The proxy of one visit. `routes` are the ports of 127.0.0.1 behind each origin."""

    def __init__(self) -> None:
        self.routes: dict[str, int] = {}

    async def start(self) -> str:
        """Listen; return the URL of the proxy."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        self._server.close()

    async def _carry(self, browser: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError), contextlib.closing(back):
            head = await browser.readuntil(b"\r\n\r\n")
            first_line, _, headers = head.partition(b"\r\n")
            method, target, version = first_line.decode("latin-1").split(" ")
            if method == "CONNECT":
                port = self.routes.get(_origin("https", target)) or self.routes.get(
                    _origin("http", target)
                )
                forward = b""
            else:
                url = urlsplit(target)
                port = self.routes.get(_origin(url.scheme, url.netloc))
                path = target.partition(url.netloc)[2] or "/"
                forward = f"{method} {path} {version}\r\n".encode() + _for_one_request(headers)
            if port is None:
                back.write(UNKNOWN)
                await back.drain()
                return
            server, to_server = await asyncio.open_connection("127.0.0.1", port)
            with contextlib.closing(to_server):
                if forward:
                    to_server.write(forward)
                else:
                    back.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                there = asyncio.ensure_future(_copy(browser, to_server))
                await _copy(server, back)
                there.cancel()


def _origin(scheme: str, netloc: str) -> str:
    host, _, port = netloc.partition(":")
    return f"{scheme}://{host}" if port in ("", str(PORTS[scheme])) else f"{scheme}://{netloc}"


def _for_one_request(headers: bytes) -> bytes:
    """The headers of a request without those for the proxy; the connection is for it alone."""
    lines = headers.split(b"\r\n")
    kept = [line for line in lines if not line.lower().startswith((b"proxy-", b"connection:"))]
    return b"\r\n".join([b"Connection: close", *kept])


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(2**16):
            target.write(data)
            await target.drain()
