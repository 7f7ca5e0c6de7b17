"""TLS for the tests: certificates of an authority made on the spot, and a wire that can be tapped.

trustme makes the certificates. The system trusts none of them; a client of the test does if it is
given `authority.file`.
"""

import datetime
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from runner.support.launch import HasPort

EXPIRED = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)  # noqa: UP017


class Authority:
    """A certificate authority that exists for one test. `file` is its certificate, as PEM."""

    def __init__(self, folder: Path) -> None:
        import trustme

        self._ca = trustme.CA()
        self._folder = Path(tempfile.mkdtemp(dir=folder))
        self.file = str(self._folder / "authority.pem")
        self._ca.cert_pem.write_to_path(self.file)

    def certificate(self, *names: str, expired: bool = False) -> str:
        """The file of a new certificate for these names, with its key: `servers(certificate=…)`.

        An expired one ended with the year 2019.
        """
        issued = self._ca.issue_cert(*names, not_after=EXPIRED if expired else None)
        file = self._folder / f"{len(list(self._folder.iterdir()))}.pem"
        issued.private_key_and_cert_chain_pem.write_to_path(str(file))
        return str(file)


class Wire:
    """A TCP proxy in front of a server that keeps all bytes: what an attacker in between sees.

    It keeps them before it passes them on: who has an answer finds it here as well.
    """

    def __init__(self, server: HasPort) -> None:
        self._server_port = server.port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._listener]
        self.port: int = self._listener.getsockname()[1]
        self.sent = bytearray()
        self.received = bytearray()
        threading.Thread(target=self._accept, daemon=True).start()

    def __contains__(self, part: bytes) -> bool:
        return part in self.sent or part in self.received

    def close(self) -> None:
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads it
            connection.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
                self._open += [client, server]
                for way in ((client, server, self.sent), (server, client, self.received)):
                    threading.Thread(target=_pass_on, args=way, daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket, kept: bytearray) -> None:
    with suppress(OSError):
        while data := source.recv(2**16):
            kept += data
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


class TLS:
    """Makes authorities, and taps wires."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def authority(self) -> Authority:
        return Authority(self._folder)

    @contextmanager
    def tapped(self, server: HasPort) -> Iterator[Wire]:
        """Yield a wire to this server, which stands in for the server itself."""
        wire = Wire(server)
        with ExitStack() as stack:
            stack.callback(wire.close)
            yield wire


@pytest.fixture
def tls() -> Iterator[Any]:
    """`tls.authority()` is a new authority, `tls.tapped(server)` a wire that keeps all bytes."""
    with tempfile.TemporaryDirectory() as folder:
        yield TLS(Path(folder))
