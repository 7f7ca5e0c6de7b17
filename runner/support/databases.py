"""Which database a test runs on: the default one, or the one that its `database` mark names."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import environ
import pytest
from django.db import connections

from runner.marks import database_of, default_database
from runner.support.templates import create_from_template, leave_template


def must_be_swapped(item: pytest.Item) -> bool:
    """Whether the default database is not the one the test asks for.

    A test that asks for SQLite always gets a file of its own: threads cannot share the default
    test database, which lives in memory (Django: topics/testing/overview, the test database).
    """
    if item.get_closest_marker("database") is None:
        return False
    name = database_of(item)
    return name == "sqlite" or default_database() != name


def reason_to_skip(item: pytest.Item) -> str | None:
    """Why a test cannot be tried on the database that the user chose with DB=, if so."""
    mark = item.get_closest_marker("database")
    if mark and "because" in mark.kwargs and os.environ.get("DB") == "sqlite":
        return f"cannot be tried on SQLite: {mark.kwargs['because']}"
    return None


def end_other_connections(connection: Any) -> None:
    """End what else is connected to this PostgreSQL database: the threads of an interrupted test.

    PostgreSQL drops no database that is in use.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


def url_of_database() -> str:
    """The URL of what the `default` connection of this test leads to; empty if it is in memory."""
    connection = connections["default"]
    settings = connection.settings_dict
    name, options = quote(str(settings["NAME"])), urlencode(settings["OPTIONS"])
    if connection.vendor == "sqlite":
        return "" if connection.is_in_memory_db() else f"sqlite:///{name}?{options}"
    user, password = quote(settings["USER"], safe=""), quote(settings["PASSWORD"], safe="")
    server = f"{user}:{password}@{settings['HOST']}:{settings['PORT']}"
    return f"postgresql://{server}/{name}?{options}"


class NamedDatabases:
    """Starts and creates each named database when the first test asks for it."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    @contextmanager
    def as_default(self, name: str) -> Iterator[None]:
        """Inside the block, every thread's `default` connection leads to the named database."""
        if name not in connections.settings:
            self._create(name)
        settings_before, connection_before = connections.settings["default"], connections["default"]
        connections.settings["default"] = connections.settings[name]
        del connections["default"]
        try:
            yield
        finally:
            connections["default"].close()
            connections.settings["default"] = settings_before
            connections["default"] = connection_before

    def _create(self, name: str) -> None:
        from runner.support.launch.shared import POSTGRES_URL

        connections.settings[name] = getattr(self, f"_{name}_settings")()
        connections.configure_settings(connections.settings)
        creation = connections[name].creation
        name_before = connections.settings[name]["NAME"]
        is_shared = name == "postgres" and POSTGRES_URL in os.environ
        if not (is_shared and create_from_template(connections[name])):
            creation.create_test_db(verbosity=0, autoclobber=True, serialize=None)
            if is_shared:
                leave_template(connections[name])
        self._stack.callback(creation.destroy_test_db, name_before, verbosity=0)
        self._stack.callback(end_other_connections, connections[name])

    def _postgres_settings(self) -> dict[str, Any]:
        from runner.support.launch.postgres import postgres
        from runner.support.launch.shared import POSTGRES_URL

        url = os.environ.get(POSTGRES_URL) or self._stack.enter_context(postgres())
        return {**environ.Env.db_url_config(url), "TEST": {"NAME": f"test_shop_{os.getpid()}"}}

    def _sqlite_settings(self) -> dict[str, Any]:
        """SQLite as one would run it under load: a file, write-ahead log, IMMEDIATE
        transactions that wait for their turn (Django: ref/databases, SQLite notes)."""
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="demo-sqlite-"))
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(folder) / "shop.sqlite3",
            "TEST": {"NAME": Path(folder) / "test.sqlite3"},
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
            },
        }


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """pytest-django's test database, which nothing else uses any more when it is dropped."""
    yield
    with django_db_blocker.unblock():
        end_other_connections(connections["default"])


@pytest.fixture(scope="session")
def named_databases(django_db_setup: None, django_db_blocker: Any) -> Iterator[NamedDatabases]:
    stack = ExitStack()
    yield NamedDatabases(stack)
    with django_db_blocker.unblock(), stack:
        pass


@pytest.fixture
def swapped_database(
    request: pytest.FixtureRequest, named_databases: NamedDatabases, django_db_blocker: Any
) -> Iterator[None]:
    with django_db_blocker.unblock(), named_databases.as_default(database_of(request.node)):
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Make each test run on the database that it asks for, or be skipped with the reason."""
    for item in items:
        if reason := reason_to_skip(item):
            item.add_marker(pytest.mark.skip(reason=reason))
        elif must_be_swapped(item):
            # First of all fixtures, so that pytest-django's own work on the named database.
            item.fixturenames.insert(0, "swapped_database")
