"""A cache on a Redis that other programs may use too."""

from typing import Any

from django.core.cache.backends.redis import RedisCache


def remove_keys(redis: Any, prefix: str) -> None:
    """Remove every key that begins with `prefix` from the server behind this client."""
    for key in redis.scan_iter(f"{prefix}*"):
        redis.delete(key)


class OwnKeysCache(RedisCache):
    """Django's Redis cache, except that `clear()` removes only the keys below KEY_PREFIX.

    Django's own `clear()` sends FLUSHDB, which empties the whole database of the server.
    """

    def clear(self) -> bool:
        """Remove every key of this cache; return True, as Django's own does."""
        remove_keys(self._cache.get_client(write=True), f"{self.key_prefix}:")
        return True
