"""Counts work without a clock.

Django: the objects that it makes from rows. PostgreSQL: the rows that it reads, by its own count.
SQLite: its plan for a query, and the instructions that its virtual machine executes.

A statement over the same rows takes the same number of those instructions on every run and every
machine, and another number on another release of SQLite. So compare two counts; never assert one,
never show one. `sqlite3.Connection.set_progress_handler` is called back after each instruction
(SQLite: c3ref/progress_handler); a connection has one such handler, so the blocks of `vm_steps` do
not nest.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.db.models.signals import post_init

Statement = tuple[str, Any]  # the SQL and its parameters


@contextmanager
def statements_run() -> Iterator[list[Statement]]:
    """Collect what this thread's default connection executes inside the block."""
    ran: list[Statement] = []

    def keep(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        ran.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        yield ran


def plan_of(statement: Statement, explain: str) -> Any:
    """The first row of what the database answers to `explain`, such as "EXPLAIN", and this."""
    sql, params = statement
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql}", params)
        return cursor.fetchone()


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
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
    read: list[int] = []
    with statements_run() as ran:
        yield read
    for statement in ran:
        [[answer]] = plan_of(statement, "EXPLAIN (ANALYZE, FORMAT JSON)")
        read.append(_rows_of_scan(answer["Plan"]))


def _rows_of_scan(plan: dict[str, Any]) -> int:
    """What the scan, the innermost step of the plan, took from the table or skipped in it."""
    while "Plans" in plan:
        [plan] = plan["Plans"]
    return round(plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0))


@pytest.fixture
def rows_read() -> Callable[[], AbstractContextManager[list[int]]]:
    """Counts PostgreSQL's work: `with rows_read() as read: …` lists the rows of each query."""
    return counted_rows


@contextmanager
def explained_by_sqlite() -> Iterator[list[str]]:
    """Collect, after the block, how SQLite goes about each query that ran inside it: "SCAN" reads
    the whole table, "SEARCH" goes through an index (SQLite: eqp).

    Raises RuntimeError on another database.
    """
    if connection.vendor != "sqlite":
        raise RuntimeError(
            'Only SQLite says SCAN or SEARCH: mark the test with @pytest.mark.database("sqlite").'
        )
    plans: list[str] = []
    with statements_run() as ran:
        yield plans
    for statement in ran:
        _, _, _, detail = plan_of(statement, "EXPLAIN QUERY PLAN")
        plans.append(detail.split()[0])


@pytest.fixture
def sqlite_plans() -> Callable[[], AbstractContextManager[list[str]]]:
    """Tells SQLite's plans: `with sqlite_plans() as plans: …` lists "SCAN" or "SEARCH" for the
    outermost table of each query. Such tests are marked `@pytest.mark.database("sqlite")`."""
    return explained_by_sqlite


@contextmanager
def instances_made(model: type[Model]) -> Iterator[list[Model]]:
    """Collect the objects of this model that are made inside the block, by a query or by hand."""
    made: list[Model] = []

    def keep(instance: Model, **_: Any) -> None:
        made.append(instance)

    post_init.connect(keep, sender=model)
    try:
        yield made
    finally:
        post_init.disconnect(keep, sender=model)


@pytest.fixture
def made_from_rows() -> Callable[[type[Model]], AbstractContextManager[list[Model]]]:
    """Counts Django's work: `with made_from_rows(Product) as made: …` lists the objects."""
    return instances_made


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
