"""The fixtures that all demos share; `stage` and `race` come from the runner."""

import pytest


@pytest.fixture
def api(record):
    """An APIClient signed in as "ann", who exists in no table, so that nothing adds a query.

    As APIClient does, it raises the exception of a view instead of answering 500; a test that is
    about the 500 sets `api.raise_request_exception = False`.
    """
    from runner.client import signed_in

    return signed_in(record)


@pytest.fixture
def anonymous(record):
    """An APIClient with nobody signed in."""
    from runner.client import new_client

    return new_client(record)
