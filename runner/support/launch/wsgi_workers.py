"""The server processes of a demo: `python -m runner.support.launch.wsgi_workers SETTINGS`.

As a pre-forking server does, a parent loads the project once and forks workers. SETTINGS, as JSON,
are those that must be there when it is loaded. Then the parent reads lines of JSON:

- `{"count": 2, "first": 1, "settings": {…}, "certificate": "…", "report": "…"}` forks two workers,
  numbered from 1, with these settings. Each answers with wsgiref on 127.0.0.1 and a port that the
  kernel gave it, a thread for each request. The parent prints the ports as a list, on which the
  workers listen by then. A certificate, which is a PEM file with its key, makes it HTTPS.
- `{}` ends all workers; the parent prints an empty list.

Each worker adds a line to the file `report` for each request, before it sends the response: so
anyone who has the response finds the line. All of them end when standard input is closed.
"""

import importlib
import json
import os
import signal
import ssl
import sys
import threading
from socketserver import ThreadingMixIn
from typing import Any, NoReturn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.conf import settings

# Names below .test belong to no one (RFC 6761): a browser is told that they are here.
HOSTS = [".test", ".localhost", "127.0.0.1"]


class Server(ThreadingMixIn, WSGIServer):
    """A browser opens connections before it needs them: each gets a thread of its own."""

    daemon_threads = True
    request_queue_size = 100


class Handler(WSGIRequestHandler):
    def get_environ(self) -> dict[str, Any]:
        environ = super().get_environ()
        if "Content-Type" not in self.headers:
            environ["CONTENT_TYPE"] = ""  # wsgiref says text/plain, which nobody has sent
        if isinstance(self.connection, ssl.SSLSocket):
            environ["HTTPS"] = "on"
        return environ

    def log_message(self, *args: object) -> None:
        """Write no log."""


def main(at_import: str) -> None:
    use({"ALLOWED_HOSTS": HOSTS, **json.loads(at_import)})
    importlib.import_module("config.wsgi")
    importlib.import_module("config.urls")
    importlib.import_module("runner.support.launch.reports")
    life, hold = os.pipe()
    workers: list[int] = []
    answer([])
    for line in sys.stdin:
        asked = json.loads(line)
        if not asked:
            end(workers)
        servers = [listening(asked["certificate"]) for _ in range(asked.get("count", 0))]
        for number, server in enumerate(servers, asked.get("first", 1)):
            workers.append(os.fork())
            if workers[-1] == 0:
                os.close(hold)
                for other in servers:
                    if other is not server:
                        other.server_close()
                work(server, number, asked, life)
        for server in servers:
            server.server_close()
        answer([server.server_port for server in servers])
    end(workers)
    os._exit(0)  # skips the interpreter's shutdown, which takes long


def answer(ports: list[int]) -> None:
    print(json.dumps(ports), flush=True)


def use(values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(settings, name, value)


def listening(certificate: str) -> Server:
    server = Server(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        # The handshake is left to the thread of the connection.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    return server


def end(workers: list[int]) -> None:
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    for pid in workers:
        os.waitpid(pid, 0)
    workers.clear()


def work(server: Server, number: int, asked: dict[str, Any], life: int) -> NoReturn:
    """Be a worker until the parent is gone, however it ended."""
    from runner.support.launch.reports import Reporting

    threading.Thread(target=end_with_the_parent, args=(life,), daemon=True).start()
    use(asked["settings"])
    server.set_app(Reporting(asked["report"], number))
    server.serve_forever()
    os._exit(0)


def end_with_the_parent(life: int) -> None:
    os.read(life, 1)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
