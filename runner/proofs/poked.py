"""Sends the pokes of one demo, and keeps what broke."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from runner.proofs.poke_state import State, tables_written
from runner.proofs.pokes import METHODS, Request, pokes, pokes_of_route, repetitions, shape


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
            self.tested.add(f"{request.method.replace('HEAD', 'GET')} {route}")
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
        # As Django joins the routes of a match: URLResolver._join_route().
        joined = name + (str(pattern.pattern).removeprefix("^") if name else str(pattern.pattern))
        if hasattr(pattern, "url_patterns"):
            yield from _leaves(pattern.url_patterns, joined, own)
        else:
            yield joined, own
