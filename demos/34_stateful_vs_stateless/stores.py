"""Where a server keeps its sessions, as settings, and what stands in a cookie."""

import json
import zlib

from django.core.signing import b64_decode

# The cache is that of Django's default settings: LocMemCache, which each process has for itself.
CACHE = {"SESSION_ENGINE": "django.contrib.sessions.backends.cache"}
DATABASE = {"SESSION_ENGINE": "django.contrib.sessions.backends.db"}
CACHED_DATABASE = {"SESSION_ENGINE": "django.contrib.sessions.backends.cached_db"}
SIGNED_COOKIES = {"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"}


def read_without_a_key(cookie):
    """What anyone reads in a session cookie: a key as it is, or the data of a signed cookie."""
    data, signed, _ = cookie.partition(":")
    if not signed:
        return data
    if data.startswith("."):
        return json.loads(zlib.decompress(b64_decode(data[1:].encode())))
    return json.loads(b64_decode(data.encode()))
