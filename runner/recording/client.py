"""The APIClient that the demos' `api` fixture hands out while a recording is made.

It takes no part: a test gets the same result with it as with APIClient. So it reads only what the
request and the response hold already, and calls nothing that might run a query.
"""

from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter
from typing import Any

from django.contrib.auth.models import User
from django.utils.encoding import force_bytes
from rest_framework.serializers import BaseSerializer
from rest_framework.test import APIClient
from rest_framework.utils.serializer_helpers import ReturnDict, ReturnList

from runner.recording.capture import QueryLog
from runner.recording.loading import places_in_demos
from runner.recording.model import Exchange


def new_client(record: Callable[[Exchange], None] | None) -> APIClient:
    """A client with nobody signed in; what it sends goes to `record` where one is given."""
    return RecordingClient(record) if record else APIClient()


def signed_in(record: Callable[[Exchange], None] | None) -> APIClient:
    """A client whose requests come from the user "ann", who exists in no table: no query."""
    client = new_client(record)
    client.force_authenticate(User(username="ann"))
    return client


class RecordingClient(APIClient):
    """Sends as APIClient does, and passes an Exchange to `record` after each response.

    A request that ends in an exception is recorded too, then the exception goes on. The SQL of a
    streamed response is added to its exchange while the stream is read.
    """

    def __init__(self, record: Callable[[Exchange], None], **defaults: Any) -> None:
        super().__init__(**defaults)
        self._record = record
        self._query_string = ""  # of the request that is being sent

    def generic(self, method: str, path: Any, data: Any = "", *args: Any, **extra: Any) -> Any:
        log = QueryLog()
        exchange = Exchange(
            method=method,
            path=str(path),  # it can be lazy
            status=None,
            queries=log.queries,
            ms=0,
            user=name_of(getattr(self.handler, "_force_user", None)),
            request_body=_text(data),
        )
        self._query_string = exchange.path.partition("?")[2]
        try:
            with log.listening():
                response = super().generic(method, path, data, *args, **extra)
        except BaseException as error:
            _describe_error(exchange, error)
            raise
        else:
            describe(exchange, response)
            if response.streaming and not response.is_async:
                response._iterator = _listened_to(response._iterator, log)
        finally:
            exchange.ms = (perf_counter() - log.start) * 1000
            address = exchange.path.partition("?")[0]
            exchange.path = f"{address}?{self._query_string}" if self._query_string else address
            self._record(exchange)
        return response

    def request(self, **environ: Any) -> Any:
        self._query_string = environ.get("QUERY_STRING", "")
        return super().request(**environ)


def _listened_to(stream: Iterator[Any], log: QueryLog) -> Iterator[Any]:
    while True:
        with log.listening():
            try:
                part = next(stream)
            except StopIteration:
                return
        yield part


def name_of(user: Any) -> str | None:
    if user is None:
        return None
    get_username = getattr(user, "get_username", None)
    return str(get_username()) if get_username else type(user).__name__


def _text(body: Any) -> str:
    return body if isinstance(body, str) else force_bytes(body).decode("utf-8", "replace")


def described(error: BaseException) -> str:
    """The type of the exception, a colon, and its whole text where it has one."""
    text = text_of(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def text_of(error: BaseException) -> str:
    """What `str()` makes of an exception; empty where that fails."""
    try:
        return str(error)
    except Exception:  # the __str__ of a foreign exception may raise anything
        return ""


def _describe_error(exchange: Exchange, error: BaseException) -> None:
    exchange.error = described(error)
    places = [place for place in places_in_demos(error) if "/tests.py:" not in place]
    exchange.error_where = places[-1] if places else None


NOT_THE_TESTS_DOING = {"Cookie", "Content-Type", "Content-Length", "Host"}


def describe(exchange: Exchange, response: Any) -> None:
    """Note what the response and its request hold: a response as Django's test client makes it."""
    exchange.status = response.status_code
    exchange.headers = dict(response.headers)
    exchange.request_headers = {
        name: str(value)
        for name, value in response.wsgi_request.headers.items()
        if name not in NOT_THE_TESTS_DOING and value
    }
    if not response.streaming:
        exchange.body = _text(response.content)
    if response.exc_info:
        _describe_error(exchange, response.exc_info[1])
    data = getattr(response, "data", None)
    page = data.get("results") if isinstance(data, dict) else data
    if isinstance(page, list) and response.status_code < 400:
        exchange.rows = len(page)
    # What the handler resolved itself: `response.resolver_match` would resolve a second time. It
    # is None where a middleware answered.
    match = response.wsgi_request.resolver_match
    if match:
        exchange.route = match.route
        exchange.view = view_name(match.func)
        exchange.serializers = serializer_names(match.func, page, data)


def view_name(view: Any) -> str:
    """The dotted name of the class or function behind the callable of a route."""
    view = _behind(view)
    # `@api_view` gives the class that it makes the name of the function, as `__name__` alone.
    renamed = view.__qualname__.rpartition(".")[2] != view.__name__
    return f"{view.__module__}.{view.__name__ if renamed else view.__qualname__}"


def _behind(view: Any) -> Any:
    while isinstance(view, partial):
        view = view.func
    view = getattr(view, "cls", None) or getattr(view, "view_class", None) or view
    return view if hasattr(view, "__qualname__") else type(view)


def serializer_names(view: Any, *bodies: Any) -> list[str]:
    """The serializer that made the body and those nested in it, outermost first.

    DRF leaves it on what it serialized (`ReturnDict.serializer`); else it is the one that
    `as_view()` was given, or the one of the view's class.
    """
    made = [body.serializer for body in bodies if isinstance(body, ReturnDict | ReturnList)]
    own = getattr(view, "initkwargs", {}).get("serializer_class")
    found = (*made, own, getattr(_behind(view), "serializer_class", None))
    waiting = [_class_of(serializer) for serializer in found if _is_serializer(serializer)][:1]
    names: list[str] = []
    while waiting:
        serializer = waiting.pop(0)
        name = f"{serializer.__module__}.{serializer.__qualname__}"
        if name in names:
            continue
        names.append(name)
        for field in getattr(serializer, "_declared_fields", {}).values():
            if isinstance(field, BaseSerializer):
                waiting.append(_class_of(field))
    return names


def _is_serializer(found: Any) -> bool:
    return isinstance(found, BaseSerializer) or (
        isinstance(found, type) and issubclass(found, BaseSerializer)
    )


def _class_of(serializer: Any) -> type:
    return (
        serializer
        if isinstance(serializer, type)
        else type(getattr(serializer, "child", serializer))
    )
