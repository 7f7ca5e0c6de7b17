"""The APIClient that the demos' `api` fixture hands out while a recording is made."""

import re
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter
from typing import Any

from django.contrib.auth.models import User
from django.urls import Resolver404
from rest_framework.serializers import BaseSerializer
from rest_framework.test import APIClient

from runner.recording.capture import captured_queries
from runner.recording.model import Exchange


def new_client(record: Callable[[Exchange], None] | None) -> APIClient:
    """A client with nobody signed in; what it sends goes to `record` where one is given."""
    return RecordingClient(record) if record else APIClient()


def signed_in(record: Callable[[Exchange], None] | None) -> APIClient:
    """A client whose requests come from the user "ann", who exists in no table: no query."""
    client = new_client(record)
    client.force_authenticate(User(username="ann"))
    return client


LONGEST_BODY = 2_000  # characters kept of a body


class RecordingClient(APIClient):
    """Sends as APIClient does, and passes an Exchange to `record` after each response.

    A request that ends in an exception is recorded too, then the exception goes on.
    """

    def __init__(self, record: Callable[[Exchange], None], **defaults: Any) -> None:
        super().__init__(**defaults)
        self._record = record

    def generic(self, method: str, path: str, data: Any = "", *args: Any, **extra: Any) -> Any:
        user = getattr(self.handler, "_force_user", None)
        exchange = Exchange(
            method=method,
            path=_with_query_string(path, extra),
            status=None,
            queries=[],
            ms=0,
            user=user and user.get_username(),
            request_body=_text(data),
        )
        start = perf_counter()
        try:
            with captured_queries() as exchange.queries:
                response = super().generic(method, path, data, *args, **extra)
        except BaseException as error:
            exchange.error = _described(error)
            raise
        else:
            _describe(exchange, response)
        finally:
            exchange.ms = (perf_counter() - start) * 1000
            self._record(exchange)
        return response


def _with_query_string(path: str, extra: dict[str, Any]) -> str:
    query_string = extra.get("QUERY_STRING")
    return f"{path.partition('?')[0]}?{query_string}" if query_string else path


def _text(body: str | bytes) -> str:
    text = body if isinstance(body, str) else body.decode("utf-8", "replace")
    return text if len(text) <= LONGEST_BODY else text[:LONGEST_BODY] + "…"


def _described(error: BaseException) -> str:
    # A dotted path into the demo's folder says nothing that the scene does not say.
    lines = re.sub(r"\bdemos\.\d\d_\w+\.", "", str(error)).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


NOT_THE_TESTS_DOING = {"Cookie", "Content-Type", "Content-Length", "Host"}


def _describe(exchange: Exchange, response: Any) -> None:
    exchange.status = response.status_code
    exchange.headers = dict(response.headers)
    exchange.request_headers = {
        name: value
        for name, value in response.wsgi_request.headers.items()
        if name not in NOT_THE_TESTS_DOING and value
    }
    if not response.streaming:
        exchange.body = _text(response.content)
    if response.exc_info:
        exchange.error = _described(response.exc_info[1])
    data = getattr(response, "data", None)
    page = data.get("results") if isinstance(data, dict) else data
    if isinstance(page, list) and response.status_code < 400:
        exchange.rows = len(page)
    with suppress(Resolver404):  # the URL is looked up only now, and may lead nowhere
        view = response.resolver_match.func
        view_class = getattr(view, "cls", None) or getattr(view, "view_class", None) or view
        exchange.view = f"{view_class.__module__}.{view_class.__qualname__}"
        own = getattr(view, "initkwargs", {}).get("serializer_class")
        exchange.serializers = _serializers(page, data, own, view_class)


def _serializers(page: Any, data: Any, own: type | None, view_class: Any) -> list[str]:
    """The serializer that made the body and those nested in it, outermost first.

    DRF leaves it on what it serialized (`ReturnDict.serializer`); else it is the one that
    `as_view()` was given, or the one of the view's class.
    """
    found = (
        getattr(page, "serializer", None)
        or getattr(data, "serializer", None)
        or own
        or getattr(view_class, "serializer_class", None)
    )
    if found is None:
        return []
    outermost = found if isinstance(found, type) else type(getattr(found, "child", found))
    names: list[str] = []
    waiting: list[type] = [outermost]
    while waiting:
        serializer = waiting.pop(0)
        name = f"{serializer.__module__}.{serializer.__qualname__}"
        if name in names:
            continue
        names.append(name)
        for field in getattr(serializer, "_declared_fields", {}).values():
            if isinstance(field, BaseSerializer):
                waiting.append(type(getattr(field, "child", field)))
    return names
