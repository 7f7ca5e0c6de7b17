"""A WSGI application that reports each exchange: what reached it, its SQL, and what it answered.

The report is a line of JSON in a file. Several processes add to one file: the kernel keeps the
lines whole and in order, because each is one write to a file that is open for appending.
"""

import io
import json
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import asdict
from time import perf_counter
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from runner.recording.capture import QueryLog, transactions_announced
from runner.recording.client import describe, name_of
from runner.recording.model import Exchange

LEFT_OUT = {"Cookie", "Host", "Connection", "Content-Length"}  # of the headers of a request


class Reporting(WSGIHandler):
    """Serves as WSGIHandler does."""

    def __init__(self, report: str, server: int) -> None:
        super().__init__()
        self._report = os.open(report, os.O_WRONLY | os.O_APPEND)
        self._server = server
        got_request_exception.connect(self._keep)
        ExitStack().enter_context(transactions_announced())  # for as long as the process lives

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable:
        if environ["PATH_INFO"] == "/favicon.ico":  # a browser wants one of each site, at any time
            start_response("404 Not Found", [])
            return []
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        return super().__call__(
            environ | {"wsgi.input": io.BytesIO(body), BODY: body}, start_response
        )

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        log = QueryLog()
        with log.listening():
            response = super().get_response(request)
        exchange = Exchange(
            method=request.method,
            path=request.get_full_path(),
            status=None,
            queries=log.queries,
            ms=(perf_counter() - log.start) * 1000,
            user=_user_of(request),
            request_body=request.META[BODY].decode(errors="replace"),
            server=self._server,
            origin=_origin_of(request),
            attached=list(request.COOKIES),
        )
        response.wsgi_request = request
        response.exc_info = getattr(request, "exc_info", None)
        describe(exchange, response)
        exchange.request_headers = {
            name: value for name, value in request.headers.items() if value and name not in LEFT_OUT
        }
        if response.cookies:
            exchange.headers["Set-Cookie"] = response.cookies.output(header="", sep="\n")
        os.write(self._report, json.dumps(asdict(exchange)).encode() + b"\n")
        return response

    def _keep(self, request: HttpRequest, **_: Any) -> None:
        request.exc_info = sys.exc_info()


BODY = "runner.body"


def _user_of(request: HttpRequest) -> str | None:
    """The name of who is signed in, where the view has found out; asking would run a query."""
    user = request.__dict__.get("user")
    if isinstance(user, SimpleLazyObject):
        user = request.__dict__.get("_cached_user")
    return name_of(user) or None


def _origin_of(request: HttpRequest) -> str:
    """Where it was sent to, such as "http://shop.test"; empty for the port of this process."""
    host, port = request.META.get("HTTP_HOST", ""), request.META["SERVER_PORT"]
    return "" if host == f"127.0.0.1:{port}" else f"{request.scheme}://{host}"
