"""Real servers for the demos: started when one is asked for, gone when its block ends.

`postgres.postgres()` and `valkey.valkey()` are context managers that yield the server's URL.
"""

import socket
from typing import Protocol

from runner.errors import UserError


class HasPort(Protocol):
    """A server at a port of 127.0.0.1, or what listens in front of one."""

    port: int


class ServiceError(UserError):
    """A service could not be started. The message is one sentence that says what to do."""


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody used a moment ago.

    Another program may take it before the caller does, so be ready to ask again.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
