"""Listens to the SQL of a request without taking part in it.

`Connection.execute_wrapper()` (Django: topics/db/instrumentation) sees every statement that goes
through a cursor, with DEBUG on or off, and runs none of its own; Django's debug cursor does run
some, to show parameters. BEGIN, COMMIT and ROLLBACK bypass the cursor and are announced only to
`debug_transaction`, which is therefore listened to as well. So the count is the one that
`CaptureQueriesContext` and `django_assert_num_queries` come to.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from django.db import connections
from django.db.backends.base import base

from runner.recording.model import Query


@dataclass
class Turn:
    """When a statement of a race began, and the lanes whose locks it waited for."""

    number: int
    began: float
    waits_for: list[int] = field(default_factory=list)


class Listener:
    """An execute wrapper that is also told of BEGIN, COMMIT and ROLLBACK."""

    def around(self, sql: str, context: dict[str, Any]) -> AbstractContextManager[None]:
        """A block that the statement runs in. Listeners of one statement share the context."""
        raise NotImplementedError

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,
        context: dict[str, Any],
    ) -> Any:
        with self.around(_text(sql), context):
            return execute(sql, params, many, context)


class QueryLog(Listener):
    """Keeps what the connections that it listens to execute, since `start`."""

    def __init__(self) -> None:
        self.queries: list[Query] = []
        self.start = perf_counter()

    @contextmanager
    def around(self, sql: str, context: dict[str, Any]) -> Iterator[None]:
        turn: Turn | None = context.get("turn")
        began = turn.began if turn else perf_counter()
        try:
            yield
        finally:
            query = Query(sql, (perf_counter() - began) * 1000, (began - self.start) * 1000)
            if turn:
                query.turn, query.waits_for = turn.number, turn.waits_for
            self.queries.append(query)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Collect what this thread's connections execute inside the block."""
        with ExitStack() as stack:
            for connection in connections.all():
                stack.enter_context(connection.execute_wrapper(self))
            yield


@contextmanager
def transactions_announced() -> Iterator[None]:
    """Inside the block, every Listener also hears of BEGIN, COMMIT and ROLLBACK."""
    original = base.debug_transaction
    if original is _announced:
        yield
        return
    base.debug_transaction = _announced
    try:
        yield
    finally:
        base.debug_transaction = original


_silent = base.debug_transaction


@contextmanager
def _announced(connection: Any, sql: str) -> Iterator[None]:
    context = {"connection": connection}
    with ExitStack() as stack:
        for wrapper in connection.execute_wrappers:
            if isinstance(wrapper, Listener):
                stack.enter_context(wrapper.around(sql, context))
        with _silent(connection, sql):
            yield


def _text(sql: Any) -> str:
    """The statement as SQL: `str()` of one that psycopg.sql composed is Python code."""
    return sql.as_string(None) if hasattr(sql, "as_string") else str(sql)
