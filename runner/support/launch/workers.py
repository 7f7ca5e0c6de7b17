"""The parent of server processes, as the test's process sees it (`wsgi_workers` is its program).

The standard input of the parent is a pipe whose other end only the test's process holds. All
processes end when it is closed: by the end of the tests, or by the kernel after a crash or SIGKILL.
Ctrl-C does not reach them, since they are a separate process group. (`launch.process` is for other
servers: as root it runs them as `nobody`, and `nobody` may not be able to read the checkout.)
"""

import json
import os
import select
import subprocess
import sys
import tempfile
from typing import Any

from runner.catalogue import ROOT
from runner.support.launch import ServiceError

WORKERS = "runner.support.launch.wsgi_workers"
PATIENCE = 30  # seconds for the servers to start


class Program:
    """The parent of server processes; it has loaded the project and forks workers."""

    def __init__(self, demo: str, database: str, at_import: str) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", WORKERS, at_import],
            cwd=ROOT,
            env={
                **os.environ,
                "DEMO": demo,
                "DATABASE_URL": database,  # never the user's
                "DJANGO_SETTINGS_MODULE": "config.settings",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            process_group=0,
        )
        self._ports()

    def start(self, **asked: Any) -> list[int]:
        """Start workers; return their ports. Without arguments, end all of them."""
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        self._process.stdin.flush()
        return self._ports()

    def close(self) -> None:
        """End the parent and its workers."""
        self._process.communicate()
        self._log.close()

    def _ports(self) -> list[int]:
        """Wait until the servers have told their ports, on which they listen by then."""
        told, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        if not told:
            self._process.kill()
            raise ServiceError(f"The servers of this demo were not ready after {PATIENCE} seconds.")
        ports = self._process.stdout.readline()
        if not ports:
            self._log.seek(0)
            said = self._log.read().decode(errors="replace").strip().splitlines() or ["nothing"]
            raise ServiceError(f'The servers of this demo did not start: "{said[-1]}".')
        return json.loads(ports)
