"""Runs a server so that nothing of it outlives this process, however this process ends.

A watchdog, which is a few lines of shell, makes the temporary folder and leads a process group
that every process of the service joins. Two pipes tell it what happens:

- Its standard input, whose other end only this process holds. When the block ends, a line comes;
  after a crash or SIGKILL the kernel closes the pipe instead. The watchdog then signals its group.
- One whose other end every process of the service holds. When the last of them is gone, it
  closes, and the watchdog removes the folder.

So there is one way of cleaning up, it covers a start that was interrupted, and it relies on no
process id, which might belong to another process by then.

Ctrl-C reaches the terminal's foreground process group, and the service's group never is that:
neither the servers nor the cleaning up are disturbed. (A new session would do the same, but a
process can only join a group of its own session: POSIX, setpgid.)
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from runner.support.launch import ServiceError, free_port
from runner.support.launch.accounts import no_folder, nobody, open_to_all, temporary_folder
from runner.support.launch.service import Service

START_SECONDS = 30
STOP_SECONDS = 10
PORT_ATTEMPTS = 5

# Nothing is signalled before the server is due: initdb ends by itself in a second, whereas its
# bootstrap process, if interrupted, leaves a shared memory segment behind. What is still there
# after STOP_SECONDS is killed, and so, at the very end, is the clock that waits for that moment.
WATCHDOG = r"""
trap '' HUP INT QUIT TERM PIPE
folder=$(mktemp -d "$1") || exit
printf '%s\n' "$folder"
read -r order
[ "$order" = serve ] && { read -r order; kill -"$2" 0; }
(sleep "$3"; rm -rf "$folder"; kill -KILL 0) &
read -r order <"/dev/fd/$4"
rm -rf "$folder"
kill -KILL 0
"""

Command = Sequence[str | Path]


class Scope:
    """The folder and the processes of one service, which all end together.

    They belong to the caller's account, or to `nobody` where the caller is root.
    """

    def __init__(
        self, service: Service, watchdog: subprocess.Popen[bytes], life: IO[bytes]
    ) -> None:
        self.service = service
        self.processes: list[subprocess.Popen[bytes]] = []
        self._watchdog = watchdog
        self._life = life
        self._nobody = nobody() if service.as_nobody and os.geteuid() == 0 else None

    def settle(self) -> None:
        """Take over the folder that the watchdog made."""
        name = self._watchdog.stdout.readline().rstrip(b"\n")
        if not name:
            raise no_folder(self.service)
        self.folder = Path(os.fsdecode(name))
        self._log = self.folder / "log"
        if self._nobody:
            os.chown(self.folder, *self._nobody)

    def within_reach(self, program: Path) -> Path:
        """Return `program`, or its twin in a copy of the wheel if `nobody` cannot get at it."""
        if self._nobody is None or open_to_all(program):
            return program
        package = self.service.package()
        copy = self.folder / "wheel"
        # On Linux a wheel has its shared libraries beside the package, where auditwheel puts them.
        # The C headers in `include`, half of all the files, are of no use to a server.
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.is_dir():
                shutil.copytree(part, copy / part.name, ignore=shutil.ignore_patterns("include"))
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
        self._watchdog.stdin.write(b"serve\n")
        self._watchdog.stdin.flush()
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
                process_group=self._watchdog.pid,
                pass_fds=[self._life.fileno()],
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
        return self.service.error(f"its last words were: {last}")

    def _log_text(self) -> str:
        return self._log.read_text(errors="replace")


@contextmanager
def running(service: Service, start: Callable[[Scope], int]) -> Iterator[int]:
    """Yield the port that `start(scope)` returns; afterwards stop and remove all of it.

    Raises ServiceError if the service cannot be started.
    """
    template = temporary_folder(service) / f"demo-{service.name.lower()}.XXXXXX"
    read_end, write_end = os.pipe()
    with open(write_end, "wb") as life:
        with open(read_end, "rb"):
            parameters = [template, service.stop_signal, str(STOP_SECONDS), str(read_end)]
            watchdog = subprocess.Popen(
                ["/bin/sh", "-c", WATCHDOG, "watchdog", *parameters],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=[read_end],
                process_group=0,
            )
        scope = Scope(service, watchdog, life)
        try:
            try:
                scope.settle()
                port = start(scope)
            except OSError as error:
                raise service.error(str(error)) from error
            finally:
                life.close()
            yield port
        finally:
            # A line, since closing the pipe is not enough where a forked child holds it too.
            watchdog.communicate(b"end\n")
            for process in scope.processes:
                process.kill()
                process.wait()
