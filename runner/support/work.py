"""Counts a database's work without a clock.

PostgreSQL: the rows that it reads, by its own count. SQLite: the instructions that its virtual
machine executes. A statement over the same rows takes the same number of them on every run and
every machine, and another number on another release of SQLite. So compare two counts; never
assert one, never show one. `sqlite3.Connection.set_progress_handler` is called back after each
instruction (SQLite: c3ref/progress_handler); a connection has one such handler, so the blocks of
`vm_steps` do not nest.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection


@contextmanager
def counted_rows() -> Iterator[list[int]]:
    """Collect, after the block, the rows read by each query that ran inside it (EXPLAIN ANALYZE;
    PostgreSQL: using-explain).

    PostgreSQL is told to sort nothing, so that it walks through a small table as through a large
    one: in the order of an index. Raises RuntimeError on another database.
    """
    if connection.vendor != "postgresql":
        raise RuntimeError(
            "Only PostgreSQL counts the rows that it reads: mark the test with "
            '@pytest.mark.database("postgres", because=…).'
        )
    ran: list[tuple[str, Any]] = []
    read: list[int] = []

    def keep(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        ran.append((sql, params))
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
    with connection.execute_wrapper(keep):
        yield read
    with connection.cursor() as cursor:
        for sql, params in ran:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
            read.append(_rows_of_scan(cursor.fetchone()[0][0]["Plan"]))


def _rows_of_scan(plan: dict[str, Any]) -> int:
    """What the scan, the innermost step of the plan, took from the table or skipped in it."""
    while "Plans" in plan:
        [plan] = plan["Plans"]
    return round(plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0))


@pytest.fixture
def rows_read() -> Callable[[], AbstractContextManager[list[int]]]:
    """Counts PostgreSQL's work: `with rows_read() as read: …` lists the rows of each query."""
    return counted_rows


@dataclass
class Steps:
    """How many instructions have been executed in the block so far."""

    count: int = 0

    def add_one(self) -> None:
        self.count += 1


@contextmanager
def counted_steps() -> Iterator[Steps]:
    """Count what this thread's default connection executes inside the block.

    Raises RuntimeError where that is no SQLite.
    """
    if connection.vendor != "sqlite":
        raise RuntimeError(
            "Only SQLite counts the steps of its virtual machine: mark the test with "
            '@pytest.mark.database("sqlite").'
        )
    connection.ensure_connection()
    sqlite = connection.connection
    steps = Steps()
    sqlite.set_progress_handler(steps.add_one, 1)
    try:
        yield steps
    finally:
        sqlite.set_progress_handler(None, 1)


@pytest.fixture
def vm_steps() -> Callable[[], AbstractContextManager[Steps]]:
    """Counts SQLite's work: `with vm_steps() as steps: …`, then compare `steps.count` with that
    of another block. Such tests are marked `@pytest.mark.database("sqlite")`."""
    return counted_steps
