"""What a test may ask for."""

import pytest

pytest_plugins = [
    "runner.support.databases",
    "runner.support.race",
    "runner.support.work",
    "runner.support.cache",
    "runner.support.worker",
    "runner.support.servers",
]


@pytest.fixture
def api(record):
    """An APIClient signed in as "ann", who exists in no table, so that nothing adds a query.

    As APIClient does, it raises the exception of a view instead of answering 500; a test that is
    about the 500 sets `api.raise_request_exception = False`.
    """
    from runner.recording.client import signed_in

    return signed_in(record)


@pytest.fixture
def anonymous(record):
    """An APIClient with nobody signed in."""
    from runner.recording.client import new_client

    return new_client(record)
