"""Runs a server so that nothing of it outlives this process, however this process ends.

A watchdog, which is a few lines of shell, makes the temporary folder and leads a process group
that every process of the service joins. It waits for a line on its standard input, and this
process holds the only other end of that pipe. When the block ends, the line comes; after a crash
or SIGKILL the kernel closes the pipe instead. Either way the watchdog signals its own group and
removes the folder. So there is one way of cleaning up, it covers a server whose start was
interrupted, and it uses no process id that may belong to somebody else by then.

Ctrl-C reaches the terminal's foreground process group, and the service's group never is that:
neither the servers nor the cleaning up are disturbed. (A new session would do the same, but a
process can only join a group of its own session: POSIX, setpgid.)
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from runner.services import ServiceError, free_port

START_SECONDS = 30
STOP_SECONDS = 10
PORT_ATTEMPTS = 5

# A dying server may still write to the folder while rm is at it, hence the further tries. The
# second signal is for a process that ignored the first one or joined the group just after it.
WATCHDOG = r"""
trap '' HUP INT QUIT TERM PIPE
folder=$(mktemp -d "$1") || exit
printf '%s\n' "$folder"
read -r _
kill -"$2" 0
for pause in 1 2 4; do rm -rf "$folder" && break; sleep $pause; done
kill -"$3" 0
"""

Command = Sequence[str | Path]


@dataclass(frozen=True)
class Service:
    """What tells one server from another."""

    name: str
    wheel: str
    variable: str  # of the environment, with the URL of a server of the user's own
    signals: tuple[str, str]  # to stop it with; the second one once its folder is gone

    def error(self, reason: str, remedy: str = "") -> ServiceError:
        """Return the error whose sentence gives the reason and the ways out."""
        ways_out = f"{remedy} or set" if remedy else "set"
        return ServiceError(
            f"{self.name} did not start ({reason}): "
            f"{ways_out} {self.variable} to the URL of a server of your own."
        )

    def package(self) -> Path:
        """Return the folder of the wheel's package, which is found but never imported."""
        spec = find_spec(self.wheel.replace("-", "_"))
        if spec is None or spec.origin is None:
            raise self.error("its wheel is missing", f"run `pip install {self.wheel}`")
        return Path(spec.origin).resolve().parent


class Scope:
    """The folder and the processes of one service, which all end together.

    They belong to the caller's account, or to `nobody` where the caller is root.
    """

    def __init__(self, service: Service, folder: Path, group: int) -> None:
        self.service = service
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self._log = folder / "log"
        self._group = group
        self._nobody = _nobody() if os.geteuid() == 0 else None
        if self._nobody:
            os.chown(folder, *self._nobody)

    def within_reach(self, program: Path) -> Path:
        """Return `program`, or its twin in a copy of the wheel if `nobody` cannot get at it."""
        if self._nobody is None or _open_to_all(program):
            return program
        package = self.service.package()
        copy = self.folder / "wheel"
        # On Linux a wheel has its shared libraries beside the package, where auditwheel puts them.
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.is_dir():
                shutil.copytree(part, copy / part.name)
        for path in (copy, *copy.rglob("*")):
            os.chown(path, *self._nobody)
        return copy / program.relative_to(package.parent)

    def run(self, command: Command) -> None:
        """Run `command` to its end; raise ServiceError if it fails or takes too long."""
        try:
            status = self._start(command).wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            raise self._too_slow() from None
        if status != 0:
            raise self._died()

    def serve(self, command: Callable[[int], Command], ready: Callable[[int, int], bool]) -> int:
        """Start the server `command(port)`, wait until it is ready, and return the port.

        `ready(pid, port)` tells whether that very process accepts connections. A port that
        another program takes first is given up for a new one, PORT_ATTEMPTS times in all.
        """
        for _ in range(PORT_ATTEMPTS):
            port = free_port()
            server = self._start(command(port))
            deadline = time.monotonic() + START_SECONDS
            while server.poll() is None:
                if ready(server.pid, port):
                    return port
                if time.monotonic() > deadline:
                    raise self._too_slow()
                time.sleep(0.01)
            if "Address already in use" not in self._log_text():
                raise self._died()
        raise self.service.error(f"other programs took all of {PORT_ATTEMPTS} free ports")

    def _start(self, command: Command) -> subprocess.Popen[bytes]:
        account: dict[str, Any] = {}
        if self._nobody:
            user, group = self._nobody
            account = {"user": user, "group": group, "extra_groups": []}
        with self._log.open("wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                # For the log's language; on macOS PostgreSQL insists on a valid LC_ALL as well.
                env={**os.environ, "LC_ALL": "C"},
                process_group=self._group,
                **account,
            )
        self.processes.append(process)
        return process

    def _too_slow(self) -> ServiceError:
        return self.service.error(f"it was not ready after {START_SECONDS} seconds")

    def _died(self) -> ServiceError:
        lines = [line.strip() for line in self._log_text().splitlines() if line.strip()]
        telling = [line for line in lines if "FATAL" in line or "PANIC" in line]
        last = (telling or lines or ["nothing"])[-1]
        return self.service.error(f'its last words were "{last}"')

    def _log_text(self) -> str:
        return self._log.read_text(errors="replace")


@contextmanager
def running(service: Service, start: Callable[[Scope], int]) -> Iterator[int]:
    """Yield the port that `start(scope)` returns; afterwards stop and remove all of it.

    Raises ServiceError if the service cannot be started.
    """
    template = _temporary_folder(service) / f"demo-{service.name.lower()}.XXXXXX"
    watchdog = subprocess.Popen(
        ["/bin/sh", "-c", WATCHDOG, "watchdog", template, *service.signals],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    processes: list[subprocess.Popen[bytes]] = []
    try:
        folder = os.fsdecode(watchdog.stdout.readline().rstrip(b"\n"))
        if not folder:
            raise _no_folder(service)
        try:
            scope = Scope(service, Path(folder), group=watchdog.pid)
            processes = scope.processes
            port = start(scope)
        except OSError as error:
            raise service.error(str(error)) from error
        yield port
    finally:
        # A line, since closing the pipe is not enough where a forked child holds it too.
        watchdog.communicate(b"\n")
        for process in processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _temporary_folder(service: Service) -> Path:
    """Return the folder for temporary files; for root, one that `nobody` can enter as well."""
    try:
        usual = Path(tempfile.gettempdir())
    except FileNotFoundError:
        raise _no_folder(service) from None
    if os.geteuid() != 0:
        return usual
    for place in (usual, Path("/tmp"), Path("/var/tmp")):
        if place.is_dir() and _open_to_all(place.resolve()):
            return place
    raise _no_folder(service)


def _no_folder(service: Service) -> ServiceError:
    remedy = "set TMPDIR to a folder that you may write to"
    if os.geteuid() == 0:
        remedy += " and others may enter,"
    return service.error("there is no place for its files", remedy)


def _open_to_all(path: Path) -> bool:
    """Whether everybody may enter the folders down to `path`, and enter or run `path` itself."""
    return all(step.stat().st_mode & 0o001 for step in (path, *path.parents))


def _nobody() -> tuple[int, int]:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return entry.pw_uid, entry.pw_gid
