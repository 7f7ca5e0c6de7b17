"""A real browser for the tests that ask for one. It runs in a process of its own
(`launch/browsing.py`), so a test may use the ORM beside it.

Each test has a fresh profile. What the browser sends to the servers of the test is recorded, with
what the script got to see.
"""

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest

from runner.recording.model import Event, Exchange, Note
from runner.support.launch import HasPort
from runner.support.launch.chromium import NoBrowser, chromium
from runner.support.launch.shared import BROWSER, NO_BROWSER
from runner.support.page import Page, Seen
from runner.support.servers import Servers

PATIENCE = 60  # seconds for each call


class Browser:
    """One test's visit: its tabs share cookies and storage, which no other test sees."""

    def __init__(
        self,
        connection: socket.socket,
        received: Callable[..., list[Exchange]],
        record: Callable[[Event], None] | None,
    ) -> None:
        self._lines = connection.makefile("rwb")
        self._received = received
        self._record = record
        self._has_begun = False
        self._origins: set[str] = set()
        self.log: list[Exchange] = []  # all that it has sent so far

    def serve(self, origins: dict[str, HasPort], *, any_certificate: bool = False) -> None:
        """Let the browser find servers at these origins, such as "http://shop.test".

        It finds nothing else. Names end in .test or .localhost. Browsers trust .localhost as much
        as HTTPS. With `any_certificate` no certificate is checked.
        """
        self._begin(any_certificate)
        self.call("serve", {origin: server.port for origin, server in origins.items()})
        self._origins |= set(origins)

    def tab(self) -> Page:
        """A new, empty tab."""
        self._begin(any_certificate=False)
        return Page(self, self.call("open"))

    def open(self, url: str) -> Page:
        """A new tab that shows this URL, which must be a page that is there."""
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        if origin not in self._origins:
            raise LookupError(f"No server is at {origin}; browser.serve() says which one is.")
        page = self.tab()
        seen = page.goto(url)
        if seen.error or seen.status >= 400:
            raise LookupError(f"There is no page at {url}: {seen.error or seen.status}.")
        return page

    def cookies(self) -> list[dict[str, Any]]:
        """The cookies that it keeps: name, value, domain, path, httpOnly, secure, sameSite."""
        return self.call("cookies")

    def add_cookie(self, url: str, name: str, value: str, **attributes: Any) -> None:
        """Keep a cookie as if this URL had set it; `httpOnly=True`, `sameSite="Lax"`."""
        self._begin(any_certificate=False)
        self.call("add_cookie", {"url": url, "name": name, "value": value, **attributes})

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a method of `browsing.Visit`. Raises RuntimeError where the browser cannot do it."""
        self.received()  # what was sent before
        self._lines.write(json.dumps([name, *arguments]).encode() + b"\n")
        self._lines.flush()
        answer = json.loads(self._lines.readline() or '{"error": "The browser is gone."}')
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

    def received(self, script_saw: str = "") -> list[Exchange]:
        """What the browser has sent to the servers since the last look."""
        exchanges = self._received(script_saw=script_saw)
        self.log += exchanges
        return exchanges

    def seen(self, result: dict[str, Any], *, by_script: bool = False) -> Seen:
        seen = Seen(**result)
        seen.exchanges.extend(self.received(str(seen) if by_script else ""))
        if seen.error and not seen.exchanges and self._record:
            self._record(Note(f"The browser sends nothing and says: {seen.error}."))
        return seen

    def _begin(self, any_certificate: bool) -> None:
        if not self._has_begun:
            self.call("begin", any_certificate)
            self._has_begun = True


@pytest.fixture(scope="session")
def browser_socket(pytestconfig: pytest.Config) -> Iterator[str]:
    """The socket of the one browser of this run. Where none can be had, the tests are skipped."""

    def announce(sentence: str) -> None:
        capture = pytestconfig.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            print(sentence, flush=True)

    if reason := os.environ.get(NO_BROWSER):
        pytest.skip(reason)
    with ExitStack() as services:
        try:
            yield os.environ.get(BROWSER) or services.enter_context(chromium(announce))
        except NoBrowser as error:
            pytest.skip(str(error))


@pytest.fixture
def browser(
    browser_socket: str, servers: Servers, record: Callable[[Event], None] | None
) -> Iterator[Browser]:
    """A browser with a fresh profile: `browser.serve({"http://shop.test": server})`, then
    `page = browser.open("http://shop.test/32/page/")`."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(browser_socket)
        yield Browser(connection, servers.received, record)
