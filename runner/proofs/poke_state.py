"""The rows behind a request that a test sends, so that other requests can be sent from there."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

WRITES = re.compile(r'^\s*(?:INSERT (?:OR IGNORE )?INTO|UPDATE|DELETE FROM) "(\w+)"', re.IGNORECASE)


@contextmanager
def unseen() -> Iterator[None]:
    """What the block asks the database is not counted by the test."""
    from django.db import connections

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections["default"], "force_debug_cursor", False)
        patch.setattr(connections["default"], "execute_wrappers", [])
        yield


class State:
    """The rows of all tables, as they are now."""

    def __init__(self) -> None:
        from django.db import connection

        self.rows: dict[str, list[tuple[Any, ...]]] = {}
        with unseen(), connection.cursor() as cursor:
            for table in connection.introspection.django_table_names(only_existing=True):
                cursor.execute(f'SELECT * FROM "{table}"')
                self.rows[table] = cursor.fetchall()

    def restore(self, tables: set[str]) -> None:
        """Put the rows of these tables back; foreign keys are checked at the commit."""
        from django.core.cache import caches
        from django.db import connection, transaction

        for one in caches.all(initialized_only=True):
            with suppress(Exception):  # a cache that the test took down holds nothing
                one.clear()
        if not tables:
            return
        with transaction.atomic(), connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f'DELETE FROM "{table}"')
                if rows := self.rows[table]:
                    places = ", ".join(["%s"] * len(rows[0]))
                    cursor.executemany(f'INSERT INTO "{table}" VALUES ({places})', rows)


@contextmanager
def tables_written() -> Iterator[set[str]]:
    """The tables that statements inside the block have written."""
    from django.db import connection

    tables: set[str] = set()

    def look(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if found := WRITES.match(str(sql)):
            tables.add(found[1])
        return execute(sql, *rest)

    with connection.execute_wrapper(look):
        yield tables
