"""A Redis for the tests that ask for one: the user's (`REDIS_URL`), or a throwaway Valkey.

A server of the user may hold real data: each test works below its own key prefix, and removes only
the keys below it.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import uuid4

import pytest

from runner.support.launch.owner import prefix_of_run


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The URL of a Redis, such as redis://127.0.0.1:6379/0. (`chosen_servers` has tried it.)"""
    from runner.support.launch.shared import REDIS_URL as SHARED_URL
    from runner.support.launch.valkey import valkey

    with ExitStack() as services:
        url = os.environ.get("REDIS_URL") or os.environ.get(SHARED_URL)
        yield url or services.enter_context(valkey())


@pytest.fixture
def redis_cache(settings: Any, redis_server: str) -> Iterator[str]:
    """Django's default cache on a real Redis, empty; returns the URL of the server.

    `cache.clear()` removes what this test put there, and nothing else.
    """
    from redis import Redis

    from runner.support.own_keys import remove_keys

    prefix = f"{prefix_of_run()}{uuid4().hex}"
    settings.CACHES = {
        "default": {
            "BACKEND": "runner.support.own_keys.OwnKeysCache",
            "LOCATION": redis_server,
            "KEY_PREFIX": prefix,
        }
    }
    with _connections_closed():
        yield redis_server
    with Redis.from_url(redis_server) as redis:
        remove_keys(redis, f"{prefix}:")


@pytest.fixture
def empty_cache() -> Iterator[None]:
    """Django's default cache is empty before and after the test."""
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


@contextmanager
def _connections_closed() -> Iterator[None]:
    """Close the connections to Redis that are opened inside the block.

    Django keeps a pool of them for every thread and never closes it. The garbage collector would,
    with a warning, in the middle of some later test.
    """
    from redis import ConnectionPool

    pools: list[ConnectionPool] = []
    init = ConnectionPool.__init__

    def init_and_remember(pool: ConnectionPool, *args: Any, **kwargs: Any) -> None:
        pools.append(pool)
        init(pool, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ConnectionPool, "__init__", init_and_remember)
        yield
    for pool in pools:
        pool.disconnect()
