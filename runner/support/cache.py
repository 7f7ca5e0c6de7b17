"""A Redis for the tests that ask for one: the user's own (`REDIS_URL`), or a Valkey of their own.

A server of the user's may hold what is dear to him: each test works below a key prefix of its
own, and takes away only what it put there.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import uuid4

import pytest

from runner.support.launch import ServiceError


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The URL of a Redis that answers, such as redis://127.0.0.1:6379/0."""
    from redis import Redis, RedisError

    from runner.support.launch.shared import REDIS_URL as SHARED_URL
    from runner.support.launch.valkey import valkey

    with ExitStack() as services:
        url = os.environ.get("REDIS_URL") or os.environ.get(SHARED_URL)
        try:
            url = url or services.enter_context(valkey())
            Redis.from_url(url).ping()
        except RedisError as error:
            raise ServiceError(
                f"The Redis that REDIS_URL names does not answer ({error}); start it, or unset "
                "REDIS_URL to use the Valkey that comes along."
            ) from error
        yield url


@pytest.fixture
def empty_cache() -> Iterator[None]:
    """Django's default cache is empty before and after the test."""
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def redis_cache(settings: Any, redis_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Django's default cache on a real Redis, empty; returns the URL of the server.

    `cache.clear()` takes away what this test put there: Django's own would send FLUSHDB, whatever
    the key prefix, and empty a Redis of the user's.
    """
    from django.core.cache.backends.redis import RedisCache
    from redis import Redis

    prefix = f"demo-{uuid4().hex}"

    def remove_own_keys(cache: Any = None) -> None:
        with Redis.from_url(redis_server) as redis:
            for key in redis.scan_iter(f"{prefix}:*"):
                redis.delete(key)

    monkeypatch.setattr(RedisCache, "clear", remove_own_keys)
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": redis_server,
            "KEY_PREFIX": prefix,
        }
    }
    with _connections_closed():
        yield redis_server
    remove_own_keys()


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
