"""A browser without a window: one that is there, else one that is installed for it.

`BROWSER` names the program of Chrome, Chromium or Edge. Without it, a headless shell is taken: one
on the PATH, or Playwright's own. That is Chromium without all that draws windows: for the same
tests it needs a third of the processor time. Else a whole browser is taken. Where there is none, a
headless shell is installed: by apt-get where root runs this on Debian, else by Playwright.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from runner.catalogue import ROOT
from runner.support.launch import ServiceError
from runner.support.launch.process import Scope, running
from runner.support.launch.service import Service

BROWSING = "runner.support.launch.browsing"
VARIABLE = "BROWSER"
SHELLS = ("chrome-headless-shell", "chromium-headless-shell")
NAMES = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "microsoft-edge")
IN_MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
PLAYWRIGHTS_OWN = ""
PLAYWRIGHT = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
APT = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "-qq"]
PACKAGE = ["--no-install-recommends", "chromium-headless-shell"]
PACKAGES = Path("/var/lib/dpkg")


class NoBrowser(ServiceError):
    """There is none, and none can be installed: the tests that ask for one cannot be tried."""


class BrowserService(Service):
    """It reads the checkout as this process does, so it keeps the caller's account."""

    def error(self, reason: str, remedy: str = "") -> ServiceError:
        if chosen := os.environ.get(VARIABLE):
            return ServiceError(
                f"BROWSER={chosen} is not a browser that the demos can use ({reason}): name the "
                "program of Chrome, Chromium or Edge, or unset BROWSER to use one that is found."
            )
        return NoBrowser(
            f"No browser could be started ({reason}): "
            f"{remedy or 'install Chrome or Chromium'}, or set BROWSER to the program of one."
        )


CHROMIUM = BrowserService("Browser", "playwright", VARIABLE, stop_signal="TERM", as_nobody=False)


def try_browser() -> None:
    """Raise UserError where BROWSER names no program."""
    chosen = os.environ.get(VARIABLE)
    if chosen and not shutil.which(chosen):
        raise CHROMIUM.error("there is no such program")


@contextmanager
def chromium(announce: Callable[[str], object]) -> Iterator[str]:
    """Yield the path of the socket of a browser (see `browsing`), which is gone after the block.

    `announce` says what takes long. Raises NoBrowser where there is none, ServiceError where the
    one that the user chose cannot be used.
    """
    CHROMIUM.package()
    try_browser()
    with ExitStack() as stack:
        yield _started(stack, announce)


def _started(stack: ExitStack, announce: Callable[[str], object]) -> str:
    for _ in _attempts(announce):
        try:
            return stack.enter_context(_running())
        except ServiceError as error:
            last = error
    raise last


def _attempts(announce: Callable[[str], object]) -> Iterator[None]:
    """One attempt with what is there, and one after each installation that worked."""
    yield
    if not os.environ.get(VARIABLE):
        for install in (_install_package, _install_playwrights_own):
            if install(announce):
                yield


@contextmanager
def _running() -> Iterator[str]:
    sockets: list[Path] = []

    def start(scope: Scope) -> int:
        sockets.append(scope.folder / "s")
        command = ["env", f"PYTHONPATH={ROOT}", sys.executable, "-m", BROWSING]
        command += [sockets[0], *programs()]
        return scope.serve(lambda port: command, lambda pid, port: _answers(sockets[0]))

    with running(CHROMIUM, start):
        yield str(sockets[0])


def programs() -> list[str]:
    """The programs to try, the one that the user chose alone; empty for Playwright's own."""
    if chosen := os.environ.get(VARIABLE):
        return [shutil.which(chosen)]
    shells, whole = (filter(None, map(shutil.which, names)) for names in (SHELLS, NAMES + IN_MACOS))
    return [*shells, PLAYWRIGHTS_OWN, *whole]


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


def _install_package(announce: Callable[[str], object]) -> bool:
    """Install Debian's headless shell; returns whether it is there."""
    if os.geteuid() != 0 or not _is_debian():
        return False
    lock = os.open(PACKAGES, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            announce("Another command is installing a browser; waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if shutil.which("chromium-headless-shell"):
            return True
        announce("There is no browser; installing Chromium with apt-get, for about a minute …")
        return _done([*APT, "update"], lock) and _done([*APT, "install", "-y", *PACKAGE], lock)
    finally:
        os.close(lock)


def _is_debian() -> bool:
    with suppress(OSError):
        return "ID=debian" in Path("/etc/os-release").read_text("utf-8").splitlines()
    return False


def _install_playwrights_own(announce: Callable[[str], object]) -> bool:
    announce("There is no browser; Playwright fetches one …")
    return _done(PLAYWRIGHT)


def _done(command: list[str], *held: int) -> bool:
    """Run a command that installs. It goes on if this process ends, and holds these locks."""
    return not subprocess.Popen(
        command,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
        pass_fds=held,
    ).wait()
