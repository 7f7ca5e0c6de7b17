"""A pytest plugin that pokes the demos: `pytest demos -p runner.proofs.poking --poked=FILE`.

It lets each test run, then sends what any client may send, from the state of the database before
each of the test's requests. The verdicts of such a run mean nothing: there is no race, no worker
and no second database in it.
"""

import json
import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy, deepcopy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock
from urllib.parse import parse_qsl, quote, unquote

import pytest

from runner.proofs.pokes import METHODS, Request, pokes, pokes_of_route, repetitions, shape

WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"', re.IGNORECASE)
# These need other processes; what they ask is asked by other tests, or borrowed.
LEFT_OUT = {"servers", "no_broker"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--poked", metavar="FILE", help="poke the demos and write to FILE what broke")


def pytest_configure(config: pytest.Config) -> None:
    os.environ["CELERY_BROKER_URL"] = "memory://"
    # Registered last, so that its fixtures take the place of those of runner.support.
    config.pluginmanager.register(OneProcess())
    config.pluginmanager.register(Poker(Path(config.option.poked)))


class OneProcess:
    """Everything on one database, on one connection, in one process."""

    @pytest.hookimpl(trylast=True)  # pytest-django sorts too
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if not LEFT_OUT & set(item.fixturenames)]
        # The first test of a demo comes last: it has no special settings, and what no test asks
        # is poked as the last test leaves it.
        items.sort(key=lambda item: (str(item.path), item.reportinfo()[1] or 0))
        firsts = {str(item.path): item for item in reversed(items)}
        items.sort(key=lambda item: (str(item.path), item is firsts[str(item.path)]))
        for item in items:
            # As a server would: without a transaction around the test.
            item.add_marker(pytest.mark.django_db(transaction=True), append=False)

    @pytest.fixture
    def swapped_database(self) -> None:
        """The test stays on the database of the run."""

    @pytest.fixture
    def race(self) -> Callable[..., list[Any]]:
        """No race: its requests are remembered and not sent, as some hold the others up."""
        from runner.recording.client import signed_in

        def race(*sends: Callable[[Any], Any]) -> list[Any]:
            client = signed_in(None)
            client.is_only_remembered = True
            for send in sends:
                send(client)
            pytest.skip("nobody races")

        return race

    @pytest.fixture
    def worker(self) -> MagicMock:
        """No worker: tasks are sent, and nobody takes them."""
        return MagicMock()


@contextmanager
def unseen() -> Iterator[None]:
    """What the block asks the database is not counted by the test."""
    from django.db import connections

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections["default"], "force_debug_cursor", False)
        patch.setattr(connections["default"], "execute_wrappers", [])
        yield


class State:
    """The rows of all tables, as they are now."""

    def __init__(self) -> None:
        from django.db import connection

        self.rows: dict[str, list[tuple[Any, ...]]] = {}
        with unseen(), connection.cursor() as cursor:
            for table in connection.introspection.django_table_names(only_existing=True):
                cursor.execute(f'SELECT * FROM "{table}"')
                self.rows[table] = cursor.fetchall()

    def restore(self, tables: set[str]) -> None:
        """Put the rows of these tables back; foreign keys are checked at the commit."""
        from django.core.cache import caches
        from django.db import connection, transaction

        for one in caches.all(initialized_only=True):
            one.clear()
        if not tables:
            return
        with transaction.atomic(), connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f'DELETE FROM "{table}"')
                if rows := self.rows[table]:
                    places = ", ".join(["%s"] * len(rows[0]))
                    cursor.executemany(f'INSERT INTO "{table}" VALUES ({places})', rows)


@dataclass(frozen=True)
class Sent:
    """A request that a test sent: from which client and state, and what the answer was."""

    client: Any
    request: Request
    state: State
    route: str
    status: int | None  # None where an exception reached the test

    @property
    def went_well(self) -> bool:
        return self.status is not None and self.status < 400


class Poker:
    """Remembers what the tests send, and pokes at the end of each test."""

    def __init__(self, report: Path) -> None:
        self.report = report
        self.demos: dict[str, Poked] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            self.demos.setdefault(number_of(item), Poked()).tests_left += 1

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        forget_what_a_migration_does()
        number = number_of(item)
        poked = self.demos[number]
        poked.tests_left -= 1
        sent: list[Sent] = []
        try:
            with remembering(sent, leave_after_first="worker" in item.fixturenames):
                return (yield)
        finally:
            with quiet():
                if "race" in item.fixturenames:
                    poked.lenders += sent
                else:
                    for one in sent:
                        poked.poke(one)
                if not poked.tests_left:
                    poked.poke_what_no_test_asked(routes_below(f"/{number}/"))

    def pytest_sessionfinish(self) -> None:
        report = {number: poked.report() for number, poked in self.demos.items()}
        self.report.write_text(json.dumps(report), "utf-8")


class Poked:
    """What was sent to one demo, and what broke."""

    def __init__(self) -> None:
        self.tests_left = 0
        self.requests = 0
        self.crashes: dict[tuple[str, str], str] = {}  # by request and error: an example
        self.done: set[tuple[Any, ...]] = set()
        self.lenders: list[Sent] = []  # requests of tests, one for each method and route
        self.tested: set[str] = set()  # what a test asked and found
        self.found: set[str] = set()  # what was poked and found

    def report(self) -> dict[str, Any]:
        return {
            "crashes": [[*key, example] for key, example in sorted(self.crashes.items())],
            "missed": sorted(self.tested - self.found),
            "requests": self.requests,
        }

    def poke(self, sent: Sent) -> None:
        """Poke with what differs from this request, where none of its kind was poked before."""
        request, route = sent.request, sent.route
        if sent.status not in (None, 404):
            self.tested.add(f"{request.method} {route}")
        if self._is_new(sent, request.method, route):
            self.lenders.append(sent)
        names = tuple(name for name, _ in parse_qsl(request.query))
        if self._is_new(sent, request.method, route, shape(request.json), names):
            self._send_all(sent, pokes(request))
            self._send_all(sent, repetitions(request), after=request)
        if self._is_new(sent, route):
            self._send_all(sent, pokes_of_route(request, allowed(sent)))

    def poke_what_no_test_asked(self, routes: list[str]) -> None:
        """Poke each method of each route that no test asked, as another one was asked."""
        if not self.lenders:
            return
        for route in routes:
            for method in allowed(self._borrowed("GET", route)):
                if f"{method} {route}" not in self.tested:
                    self.poke(self._borrowed(method, route))

    def _borrowed(self, method: str, route: str) -> Sent:
        """A request that a test sent elsewhere, the one that fits best, sent to this route."""
        names = re.findall(r"<(\w+)>", route)

        def fit(sent: Sent) -> tuple[bool, ...]:
            same_names = set(names) <= set(sent.request.parameters)
            return sent.route == route, sent.request.method == method, same_names, sent.went_well

        lender = max(self.lenders, key=fit)
        values = {name: lender.request.parameters.get(name, "1") for name in names}
        path = re.sub(r"<(\w+)>", lambda found: quote(values[found[1]]), route)
        request = replace(lender.request, method=method, path=path, parameters=values)
        return replace(lender, request=request, route=route, status=None)

    def _is_new(self, sent: Sent, *kind: Any) -> bool:
        """Whether no request of this kind was poked, or only those that had been refused."""
        is_new = (kind, True) not in self.done and (kind, sent.went_well) not in self.done
        self.done.add((kind, sent.went_well))
        return is_new

    def _send_all(
        self, sent: Sent, requests: Iterator[Request], after: Request | None = None
    ) -> None:
        sent.state.restore(set(sent.state.rows))
        for request in requests:
            with tables_written() as tables:
                if after:
                    answer(sent.client, after)
                status, error = answer(sent.client, request)
            sent.state.restore(tables)
            self.requests += 1
            # Django answers HEAD as it answers GET.
            named = f"{request.method.replace('HEAD', 'GET')} {sent.route}"
            if status != 404 and request.path == sent.request.path:
                self.found.add(named)
            if error:
                self.crashes.setdefault((named, error), str(request))


def number_of(item: pytest.Item) -> str:
    return item.path.parent.name[:2]


def allowed(sent: Sent) -> list[str]:
    """Which of METHODS this route answers: all of them where it does not say."""
    options = replace(sent.request, method="OPTIONS", body=b"")
    try:
        allow = send(sent.client, options).headers.get("Allow", "")
    except Exception:  # the poke of the same request reports it
        allow = ""
    return [method for method in METHODS if not allow or method in allow.split(", ")]


def send(client: Any, request: Request) -> Any:
    extra = {"QUERY_STRING": request.query} if request.query else {}
    url, body = request.path, request.body
    return client.generic(
        request.method, url, body, request.content_type, **extra, **request.headers
    )


def answer(client: Any, request: Request) -> tuple[int, str]:
    """Send the request; returns the status, and the type of the exception or the 5xx, if any."""
    try:
        response = send(client, request)
    except Exception as error:  # any that escapes would end the connection of a real server
        return 500, type(error).__name__
    if response.status_code < 500:
        return response.status_code, ""
    raised = getattr(response, "exc_info", None)
    return response.status_code, type(raised[1]).__name__ if raised else str(response.status_code)


def forget_what_a_migration_does() -> None:
    """Each test empties the database, and then Django would make all permissions again."""
    from django.contrib.auth import management as of_auth
    from django.contrib.contenttypes.management import create_contenttypes
    from django.db.models.signals import post_migrate

    post_migrate.disconnect(dispatch_uid=f"{of_auth.__name__}.create_permissions")
    post_migrate.disconnect(create_contenttypes)


@contextmanager
def tables_written() -> Iterator[set[str]]:
    """The tables that statements inside the block have written."""
    from django.db import connection

    tables: set[str] = set()

    def look(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if found := WRITES.match(str(sql)):
            tables.add(found[1])
        return execute(sql, *rest)

    with connection.execute_wrapper(look):
        yield tables


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing is logged or warned of, as a server would not end a request for a warning; and
    passwords are hashed fast."""
    from django.conf import settings
    from django.test import override_settings

    fast = "django.contrib.auth.hashers.MD5PasswordHasher"
    logging.disable()
    with (
        warnings.catch_warnings(),
        override_settings(PASSWORD_HASHERS=[fast, *settings.PASSWORD_HASHERS]),
    ):
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


@contextmanager
def remembering(sent: list[Sent], *, leave_after_first: bool) -> Iterator[None]:
    """Keep what test clients send inside the block.

    A test that needs a worker is left after its first answer: it would wait for the worker.
    """
    from django.test.client import Client, RequestFactory

    generic = RequestFactory.generic

    def generic_that_remembers(client: Any, method: str, path: str, *args: Any, **extra: Any):
        if not isinstance(client, Client):
            return generic(client, method, path, *args, **extra)
        copied, state = copy_of(client), State()
        if hasattr(client, "is_only_remembered"):
            request, route = described(method, path, *args, **extra)
            sent.append(Sent(copied, request, state, route, None))
            return MagicMock()
        status = None
        try:
            response = generic(client, method, path, *args, **extra)
            status = response.status_code
        finally:
            request, route = described(method, path, *args, **extra)
            sent.append(Sent(copied, request, state, route, status))
        if leave_after_first:
            pytest.skip("there is no worker")
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RequestFactory, "generic", generic_that_remembers)
        yield


def copy_of(client: Any) -> Any:
    """A client that stays signed in as this one is now, and never raises a view's exception."""
    copied = copy(client)
    copied.handler = copy(client.handler)
    copied.cookies = deepcopy(client.cookies)
    copied.raise_request_exception = False
    return copied


def described(
    method: str,
    url: str,
    data: Any = b"",
    content_type: str = "",
    secure: bool = False,
    *,
    headers: dict[str, str] | None = None,
    query_params: Any = None,
    **extra: Any,
) -> tuple[Request, str]:
    """The arguments of `Client.generic` as a Request, and the route that it leads to."""
    from django.test.client import HttpHeaders
    from django.urls import Resolver404, resolve

    path, _, query = str(url).partition("?")
    environ = extra | (HttpHeaders.to_wsgi_names(headers) if headers else {})
    environ.pop("CONTENT_TYPE", None)
    query = environ.pop("QUERY_STRING", "") or query
    body = data if isinstance(data, bytes) else str(data).encode()
    content_type = str(content_type or "")
    try:
        match = resolve(unquote(path))
    except Resolver404:
        return Request(method, path, query, body, content_type, environ), path
    parameters = {name: str(value) for name, value in match.kwargs.items()}
    route = routes().get(match.route, path)
    return Request(method, path, query, body, content_type, environ, parameters), route


def routes_below(prefix: str) -> list[str]:
    return sorted({route for route in routes().values() if route.startswith(prefix)})


def routes() -> dict[str, str]:
    """Every route of the URLconf, such as /03/orders/<reference>/, by Django's name for it."""
    from django.conf import settings

    return _routes_of(str(settings.ROOT_URLCONF))


@cache
def _routes_of(urlconf: str) -> dict[str, str]:
    from django.urls import get_resolver

    return dict(_leaves(get_resolver(urlconf).url_patterns, "", "/"))


def _leaves(patterns: list[Any], name: str, path: str) -> Iterator[tuple[str, str]]:
    from django.utils.regex_helper import normalize

    for pattern in patterns:
        written, parameters = normalize(pattern.pattern.regex.pattern)[0]
        own = path + written % {parameter: f"<{parameter}>" for parameter in parameters}
        if hasattr(pattern, "url_patterns"):
            yield from _leaves(pattern.url_patterns, name + str(pattern.pattern), own)
        else:
            yield name + str(pattern.pattern), own
