"""What any client may send: from one request that a demo's test sent, the ways to get it wrong."""

import json
from base64 import b64encode
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

JSON = "application/json"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
TOO_LONG = "x" * 300
BEYOND_INTEGER = 2**31
BEYOND_ANY_COLUMN = 10**20
NUL = "a\0b"
EDGE_OF_TIME = "0001-01-01T00:00:00+14:00"
TEXTS = ("", TOO_LONG, NUL, str(BEYOND_ANY_COLUMN), "-1", EDGE_OF_TIME)
VALUES = (
    None,
    "",
    TOO_LONG,
    NUL,
    BEYOND_INTEGER,
    BEYOND_ANY_COLUMN,
    -1,
    [],
    {},
    EDGE_OF_TIME,
)
BODIES = ({}, [], [{}], None, "x", 1)
CURSORS = tuple(b64encode(text).decode() for text in (b"p=a\0b", b"p=x", b"o=-1", b"r=1&p=1"))
# Sent together, those of a line; a bad offset would hide what a bad limit does.
PARAMETERS = (("limit", "page_size", "cursor", "ordering", "search"), ("offset", "page"))


@dataclass(frozen=True)
class Request:
    """One request: `path` is quoted, `parameters` are the parts of it that its route names."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)  # as in WSGI: HTTP_IF_MATCH
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        """The body as JSON means it; None where it is not JSON."""
        try:
            return json.loads(self.body) if JSON in self.content_type else None
        except (ValueError, RecursionError):
            return None

    def sending(self, value: Any) -> "Request":
        return replace(self, body=json.dumps(value).encode(), content_type=JSON)

    def __str__(self) -> str:
        url = f"{self.path}?{self.query}" if self.query else self.path
        body = self.body.decode("utf-8", "replace")
        headers = " ".join(f"{name}={value}" for name, value in self.headers.items())
        shown = " ".join(part for part in (self.method, url, body, headers) if part)
        return shown if len(shown) <= 400 else f"{shown[:400]}…"


def pokes(request: Request) -> Iterator[Request]:
    """The request itself, then what differs from it in one thing; harmless methods come first."""
    yield request
    yield from _wrong_paths(request)
    yield from _wrong_queries(request)
    for name in (name for name in request.headers if name.startswith("HTTP_")):
        for text in ("", TOO_LONG):
            yield replace(request, headers=request.headers | {name: text})
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        yield from _wrong_bodies(request)


def repetitions(request: Request) -> Iterator[Request]:
    """The request with one value changed each time, to send after it: another row like its row."""
    body = request.json
    if isinstance(body, dict):
        for key, value in body.items():
            if isinstance(value, str):
                yield request.sending({**body, key: f"{value}x"})


def pokes_of_route(request: Request, allowed: Collection[str]) -> Iterator[Request]:
    """What any route may get, whatever its tests send: each method, each usual parameter."""
    for method in ("HEAD", "OPTIONS"):
        yield replace(request, method=method, body=b"")
    if "GET" in allowed:
        bare = replace(request, method="GET", body=b"")
        yield from _wrong_paths(bare)
        given = parse_qsl(request.query)
        for names in PARAMETERS:
            for text in TEXTS:
                query = urlencode([*given, *((name, text) for name in names)])
                yield replace(bare, query=query)
        for cursor in CURSORS:
            yield replace(bare, query=urlencode([*given, ("cursor", cursor)]))
    for method in METHODS:
        if method != request.method and method in allowed:
            yield replace(request, method=method)
            yield replace(request, method=method).sending({})


def shape(value: Any) -> Any:
    """The keys of a body without its values; two requests of one shape are poked once."""
    if isinstance(value, dict):
        return tuple(sorted((key, shape(inner)) for key, inner in value.items()))
    if isinstance(value, list):
        return ("list", *(shape(inner) for inner in value[:1]))
    return ""


def _wrong_paths(request: Request) -> Iterator[Request]:
    for value in request.parameters.values():
        for text in TEXTS[1:]:
            segments = [
                quote(text, safe="") if unquote(segment) == value else segment
                for segment in request.path.split("/")
            ]
            yield replace(request, path="/".join(segments))


def _wrong_queries(request: Request) -> Iterator[Request]:
    given = parse_qsl(request.query, keep_blank_values=True)
    for index, (name, value) in enumerate(given):
        before, after = given[:index], given[index + 1 :]
        yield replace(request, query=urlencode([*before, *after]))
        yield replace(request, query=urlencode([*given, (name, value)]))
        for text in TEXTS:
            yield replace(request, query=urlencode([*before, (name, text), *after]))


def _wrong_bodies(request: Request) -> Iterator[Request]:
    yield replace(request, body=b"", content_type=JSON)
    yield replace(request, body=b"{", content_type=JSON)
    yield replace(request, body=b"a=1", content_type="application/x-www-form-urlencoded")
    for body in BODIES:
        yield request.sending(body)
    body = request.json
    if isinstance(body, dict | list):
        yield request.sending([body])
        for wrong in _changed_once(body):
            yield request.sending(wrong)


def _changed_once(body: Any) -> Iterator[Any]:
    """Copies of a body, each with one thing changed somewhere within it."""
    if isinstance(body, dict):
        for key, inner in body.items():
            yield {other: value for other, value in body.items() if other != key}
            yield from ({**body, key: value} for value in VALUES)
            yield from ({**body, key: value} for value in _changed_once(inner))
    elif isinstance(body, list) and body:
        yield [*body, body[0]]
        yield from ([value, *body[1:]] for value in VALUES)
        yield from ([value, *body[1:]] for value in _changed_once(body[0]))
