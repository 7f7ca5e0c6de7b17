"""Tries the servers that the user chose before the first test runs."""

import pytest

from runner.errors import UserError
from runner.support.launch.chosen import broker_variable, remove_database, try_postgres, try_redis
from runner.support.launch.chromium import try_browser


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """End the run with one sentence where a server that a test asks for cannot be used."""
    tests = [item for item in session.items if not item.get_closest_marker("skip")]
    asked = {name for test in tests for name in test.fixturenames}
    asked |= {mark.name for test in tests for mark in test.iter_markers()}
    try:
        if asked & {"db", "django_db"} and (database := try_postgres()):
            # Django leaves its test database if the run is interrupted while that is made.
            session.config.add_cleanup(lambda: remove_database(database))
        if "redis_server" in asked:
            try_redis("REDIS_URL")
        if "module_worker" in asked:
            try_redis(broker_variable())
        if "browser_socket" in asked:
            try_browser()
    except UserError as error:
        pytest.exit(str(error), returncode=2)
