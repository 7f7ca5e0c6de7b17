"""Real server processes of this project, for what one process alone cannot show.

They report each exchange, with its SQL, before they answer: so a test that has the answer finds
the exchange, and the show tells it like any other.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from typing import IO, Any

import pytest
from django.conf import settings as django_settings

from runner.recording.model import Event, Exchange, event_of
from runner.support.databases import url_of_database
from runner.support.launch.workers import Program

PATIENCE = 30  # seconds for each answer
# What a package reads when it is imported; Simple JWT keeps SECRET_KEY.
AT_IMPORT = ("INSTALLED_APPS", "REST_FRAMEWORK", "SECRET_KEY", "SIMPLE_JWT")


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """A server process that answers at this port of 127.0.0.1."""

    port: int
    received: Callable[..., list[Exchange]]  # what reached the servers since the last look

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        cookies: dict[str, str] | None = None,
    ) -> Answer:
        """Send a request; a body that is no text is sent as JSON.

        `cookies` are sent with it, and what the answer sets is put into the same dictionary.
        """
        headers = dict(headers or {})
        if body is not None and not isinstance(body, str):
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        answer, set_cookies = self._send(method, path, body, headers)
        for line in set_cookies if cookies is not None else ():
            for name, morsel in SimpleCookie(line).items():
                cookies[name] = morsel.value
                if not morsel.value:
                    del cookies[name]
        self.received()
        return answer

    def status_of(self, path: str) -> int:
        """GET `path`; return the status of the answer. It is not recorded."""
        answer, _ = self._send("GET", path, None, {})
        self.received(recorded=False)
        return answer.status

    def _send(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[Answer, list[str]]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request(method, path, body and body.encode(), headers)
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
            answer = Answer(response.status, dict(response.getheaders()), text)
            return answer, response.headers.get_all("Set-Cookie", [])


class Servers:
    """Starts server processes; reads what they report."""

    def __init__(
        self,
        programs: Callable[[str], Program],
        record: Callable[[Event], None] | None,
        report: IO[bytes],
    ) -> None:
        self._programs = programs
        self._record = record
        self._report = report
        self._started: list[Program] = []
        self._count = 0

    def __call__(
        self,
        count: int,
        caches: dict[str, Any] | None = None,
        settings: dict[str, Any] | None = None,
        certificate: str = "",
    ) -> list[Server]:
        """Start `count` servers of this demo, which share the database of the test.

        A database in memory cannot be shared: then each has an empty one. `settings` are put in
        the place of the project's own. `certificate`, a PEM file, makes it HTTPS.
        """
        settings = {
            "CACHES": django_settings.CACHES if caches is None else caches,
            "PASSWORD_HASHERS": django_settings.PASSWORD_HASHERS,
            "SECRET_KEY": django_settings.SECRET_KEY,
            **(settings or {}),
        }
        at_import = {name: settings[name] for name in AT_IMPORT if name in settings}
        program = self._programs(json.dumps(at_import, sort_keys=True))
        self._started.append(program)
        ports = program.start(
            count=count,
            first=self._count + 1,
            settings=settings,
            certificate=str(certificate),
            report=self._report.name,
        )
        self._count += count
        return [Server(port, self.received) for port in ports]

    def received(self, *, recorded: bool = True, script_saw: str = "") -> list[Exchange]:
        """What reached the servers since the last look, in the order in which it was answered."""
        exchanges = [event_of(json.loads(line)) for line in self._report]
        for exchange in exchanges:
            agent = exchange.request_headers.get("User-Agent", "")
            exchange.sent_by = "browser" if agent.startswith("Mozilla/") else ""
        if exchanges:
            exchanges[-1].script_saw = script_saw
        for exchange in exchanges if recorded and self._record else ():
            self._record(exchange)
        return exchanges

    def end(self) -> None:
        """End the servers, and record what no one has looked at."""
        self.received()
        for program in self._started:
            program.start()


@pytest.fixture(scope="module")
def server_programs(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Program]]:
    """The parents of this demo's servers, one for each database and each set of settings."""
    programs: dict[tuple[str, str], Program] = {}
    demo = request.path.parent.name[:2]

    def program(at_import: str) -> Program:
        database = url_of_database() or "sqlite://:memory:"
        if (database, at_import) not in programs:
            programs[database, at_import] = Program(demo, database, at_import)
        return programs[database, at_import]

    yield program
    for program in programs.values():
        program.close()


@pytest.fixture
def servers(
    server_programs: Callable[[str], Program], record: Callable[[Event], None] | None
) -> Iterator[Servers]:
    """Starts server processes of this demo: `servers(2)` starts two. They end with the test."""
    with tempfile.NamedTemporaryFile() as report:
        servers = Servers(server_programs, record, report)
        yield servers
        servers.end()
