"""`make serve`: fills the playground, prints the address, and answers until Ctrl-C."""

import asyncio
import os
import socket
import tempfile
from pathlib import Path

from runner.errors import UserError
from runner.recording.loading import load

PORT = 8000


def serve(host: str, port: str) -> int:
    """Serve on this address and port ("" for the defaults); returns 0 when it was stopped.

    Raises UserError where the port is no number, or taken.
    """
    host, number = host or "127.0.0.1", _number(port)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, number))
        except OSError as error:
            raise UserError(
                f"{host}:{number} cannot be used ({error.strerror}); choose another port: "
                f"make serve PORT={number + 1}"
            ) from error
        with tempfile.TemporaryDirectory(prefix="playground-") as folder:
            _load(host, Path(folder) / "shop.sqlite3")
            asyncio.run(_answer(listening, host))
    return 0


def _number(port: str) -> int:
    if not port:
        return PORT
    if not port.isdecimal() or int(port) > 65535:
        raise UserError(f"PORT={port} is no port: give a number up to 65535.")
    return int(port)


def _load(host: str, database: Path) -> None:
    """Set Django up for the pages, on a playground of its own.

    Raises UserError where a file of a demo cannot be imported.
    """
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "runner.live.settings",
        "DATABASE_URL": f"sqlite:///{database}",
        "LIVE_HOST": host,
        "DEBUG": "1" if host in ("127.0.0.1", "localhost", "::1") else "",
    }
    load()
    from runner.live import playground

    playground.fill()


def _say(host: str, port: int) -> None:
    from django.conf import settings

    from runner.live.state import room

    shown = f"[{host}]" if ":" in host else host
    if not settings.LIVE_IS_OPEN:
        print(f"http://{shown}:{port}/ for this machine alone; Ctrl-C stops it.", flush=True)
        return
    name = _address() if host in ("0.0.0.0", "::") else shown
    print(f"for the class   http://{name}:{port}/class/")
    print(f"for you alone   http://{name}:{port}/presenter/{room.key}/")
    print("Ctrl-C stops it.", flush=True)


def _address() -> str:
    """The address under which others on the network find this machine; its name if there is none.

    A datagram socket that is connected has one, and nothing is sent.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737: an address for documentation
        except OSError:
            return socket.gethostname()
        return probe.getsockname()[0]


async def _answer(listening: socket.socket, host: str) -> None:
    import uvicorn

    from runner.live.state import jobs, room

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            _say(host, listening.getsockname()[1])

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            """End what streams first: uvicorn waits for it, and complains."""
            room.end()
            await jobs.end()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        "runner.live.app:application",
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    await Server(config).serve(sockets=[listening])
