"""A cache on a Redis that other programs may use too."""

from django.core.cache.backends.redis import RedisCache


class OwnKeysCache(RedisCache):
    """Django's Redis cache, except that `clear()` removes only the keys below KEY_PREFIX.

    Django's own `clear()` sends FLUSHDB, which empties the whole database of the server.
    """

    def clear(self) -> bool:
        """Remove every key of this cache; return True, as Django's own does."""
        client = self._cache.get_client(None, write=True)
        for key in client.scan_iter(f"{self.key_prefix}:*"):
            client.delete(key)
        return True
