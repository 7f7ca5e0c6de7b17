"""Real server processes of this project, for what one process alone cannot show.

The program is `launch/wsgi_workers.py`. The standard input of its processes is a pipe whose other
end only the test's process holds. They end when it is closed: by the end of the test, or by the
kernel after a crash or SIGKILL. Ctrl-C does not reach them, since they are a separate process
group. (`launch.process` is for other servers: as root it runs them as `nobody`, and `nobody` may
not be able to read the checkout.)
"""

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import IO, Any

import pytest

from runner.catalogue import ROOT
from runner.support.launch import ServiceError

WORKERS = "runner.support.launch.wsgi_workers"
PATIENCE = 30  # seconds, for the servers to start and for each of their answers


@dataclass(frozen=True)
class Server:
    """A server process that answers at this port of 127.0.0.1."""

    port: int

    def status_of(self, path: str) -> int:
        """GET `path`; return the status of the answer."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request("GET", path)
            return connection.getresponse().status


@pytest.fixture
def servers(request: pytest.FixtureRequest) -> Iterator[Callable[..., list[Server]]]:
    """Starts server processes of this demo: `servers(2, settings.CACHES)` starts two that answer,
    with these caches and an empty database in memory. They end with the test."""
    environment = {
        **os.environ,
        "DEMO": request.path.parent.name[:2],
        "DATABASE_URL": "sqlite://:memory:",  # never the user's
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    with tempfile.TemporaryFile() as log, ExitStack() as stack:

        def servers(count: int, caches: dict[str, Any]) -> list[Server]:
            process = subprocess.Popen(
                [sys.executable, "-m", WORKERS, str(count), json.dumps(caches)],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                process_group=0,
            )
            stack.enter_context(process)  # closes the pipe at the end, and waits
            return [Server(int(port)) for port in _ports(process, log)]

        yield servers


def _ports(process: subprocess.Popen[bytes], log: IO[bytes]) -> list[bytes]:
    """Wait until the servers have told their ports, on which they listen by then."""
    told, _, _ = select.select([process.stdout], [], [], PATIENCE)
    if not told:
        process.kill()
        raise ServiceError(f"The servers of this demo were not ready after {PATIENCE} seconds.")
    ports = process.stdout.readline().split()
    if not ports:
        log.seek(0)
        last = (log.read().decode(errors="replace").strip().splitlines() or ["nothing"])[-1]
        raise ServiceError(f'The servers of this demo did not start: "{last}".')
    return ports
