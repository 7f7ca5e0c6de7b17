"""Reads what a credential carries as anyone can: signed data needs no key to be read."""

import json
import zlib
from base64 import urlsafe_b64decode
from typing import Any

from django.core.signing import b64_decode


def payload_of_jwt(token: str) -> dict[str, Any]:
    """Return the claims of a JWT: its second part is JSON in base64url (RFC 7519)."""
    payload = token.split(".")[1]
    return json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def payload_of_session(signed: str) -> dict[str, Any]:
    """Return the data of a session, from a cookie of signed_cookies or a row of django_session.

    Before the first colon it is JSON in base64url, compressed where it begins with a dot
    (`django.core.signing.dumps`).
    """
    data = signed.partition(":")[0]
    if data.startswith("."):
        return json.loads(zlib.decompress(b64_decode(data[1:].encode())))
    return json.loads(b64_decode(data.encode()))
