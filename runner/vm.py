"""Counts SQLite's work without a clock: the instructions that its virtual machine executes.

A statement over the same rows takes the same number of them on every run and every machine, and
another number on another release of SQLite. So compare two counts; never assert one, never show
one. `sqlite3.Connection.set_progress_handler` is called back after each instruction
(SQLite: c3ref/progress_handler); a connection has one such handler, so these blocks do not nest.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest
from django.db import connection


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
