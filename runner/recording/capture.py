"""Listens to the SQL of a request without taking part in it.

`Connection.execute_wrapper()` (Django: topics/db/instrumentation) sees every statement that goes
through a cursor, with DEBUG on or off, and runs none of its own; Django's debug cursor does run
some, to show parameters. BEGIN, COMMIT and ROLLBACK bypass the cursor and are announced only to
`debug_transaction`, which is therefore listened to as well. So the count is the one that
`CaptureQueriesContext` and `django_assert_num_queries` come to.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter
from typing import Any

from django.db import connections
from django.db.backends.base import base

from runner.recording.model import Query


class QueryLog(list[Query]):
    """An execute wrapper that keeps what passes through it."""

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        start = perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.append(Query(_text(sql), (perf_counter() - start) * 1000))


def _text(sql: Any) -> str:
    """The statement as SQL: `str()` of one that psycopg.sql composed is Python code."""
    return sql.as_string(None) if hasattr(sql, "as_string") else str(sql)


@contextmanager
def captured_queries() -> Iterator[QueryLog]:
    """Collect what this thread's connections execute inside the block."""
    log = QueryLog()
    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(log))
        yield log


@contextmanager
def transactions_announced() -> Iterator[None]:
    """Inside the block, every QueryLog also hears of BEGIN, COMMIT and ROLLBACK."""
    original = base.debug_transaction

    @contextmanager
    def debug_transaction(connection: Any, sql: str) -> Iterator[None]:
        start = perf_counter()
        try:
            with original(connection, sql):
                yield
        finally:
            for wrapper in connection.execute_wrappers:
                if isinstance(wrapper, QueryLog):
                    wrapper.append(Query(sql, (perf_counter() - start) * 1000))

    base.debug_transaction = debug_transaction
    try:
        yield
    finally:
        base.debug_transaction = original
