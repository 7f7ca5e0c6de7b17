"""Counts PostgreSQL's work without a clock: the rows that it reads, by its own count."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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
