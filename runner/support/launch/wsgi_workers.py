"""The server processes of a demo: `python -m runner.support.launch.wsgi_workers COUNT CACHES`.

As a pre-forking server does, a parent loads the WSGI application and forks COUNT workers. Each
answers with wsgiref, one request at a time, on 127.0.0.1 and a port that the kernel gave it. The
parent prints the ports, on which the workers listen by then. CACHES is `settings.CACHES` as JSON.

All of them end when their standard input is closed.
"""

import importlib
import json
import os
import sys
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.conf import settings


class Handler(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Write no log."""


def end_with_the_pipe() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main(count: int, caches: str) -> None:
    settings.CACHES = json.loads(caches)
    application = importlib.import_module("config.wsgi").application
    importlib.import_module("config.urls")  # once, before the workers are forked
    servers = [
        make_server("127.0.0.1", 0, application, handler_class=Handler) for _ in range(count)
    ]
    for server in servers:
        if os.fork() == 0:
            threading.Thread(target=end_with_the_pipe, daemon=True).start()
            server.serve_forever()
    print(*(server.server_port for server in servers), flush=True)
    for _ in servers:
        os.wait()
    os._exit(0)  # skips the interpreter's shutdown, which takes long


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
