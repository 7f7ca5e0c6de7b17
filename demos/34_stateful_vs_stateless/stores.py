"""Where a server keeps its sessions, as settings, and what stands in a cookie."""

import json
import zlib

from django.core.signing import b64_decode

# Each process has its own LocMemCache. It is the cache of Django's default settings.
OWN_MEMORY = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

CACHE = {"SESSION_ENGINE": "django.contrib.sessions.backends.cache", "CACHES": OWN_MEMORY}
DATABASE = {"SESSION_ENGINE": "django.contrib.sessions.backends.db"}
CACHED_DATABASE = {
    "SESSION_ENGINE": "django.contrib.sessions.backends.cached_db",
    "CACHES": OWN_MEMORY,
}
SIGNED_COOKIES = {"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"}


def read_without_a_key(cookie):
    """What anyone reads in a session cookie: a key as it is, or the data of a signed cookie."""
    data, signed, _ = cookie.partition(":")
    if not signed:
        return data
    if data.startswith("."):
        return json.loads(zlib.decompress(b64_decode(data[1:].encode())))
    return json.loads(b64_decode(data.encode()))
