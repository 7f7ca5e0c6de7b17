"""The mail provider: a foreign HTTP API that can be slow, be down, or receive a mail twice.

It runs beside the tests, so they can make it so and look at the mails that it sent.
"""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE = 20


class Provider(ThreadingHTTPServer):
    """Sends each mail when the call comes in, a mail with an Idempotency-Key once, and answers."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server_port}"
        self.answering = threading.Event()

    def reset(self):
        self.mails = []
        self.keys = set()
        self.calls = 0
        self.refusals = 0
        self.called = threading.Semaphore(0)
        self.release()

    def refuse(self, calls):
        """Be down for this number of calls."""
        self.refusals = calls

    def hold(self):
        """Take calls, and answer none of them until `release`."""
        self.answering.clear()

    def release(self):
        self.answering.set()

    def wait_for_call(self):
        """Wait for a call that no one has waited for yet."""
        assert self.called.acquire(timeout=PATIENCE)

    def take(self, mail, key):
        self.calls += 1
        if self.refusals:
            self.refusals -= 1
            return 503
        if key not in self.keys:
            self.mails.append(mail)
        if key:
            self.keys.add(key)
        self.called.release()
        return 202


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        mail = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status = self.server.take(mail, self.headers["Idempotency-Key"])
        self.server.answering.wait()
        try:
            self.send_response(status)
            self.end_headers()
        except ConnectionError:
            pass  # the process that called was killed

    def log_message(self, *args):
        pass


@contextmanager
def running():
    with Provider() as provider:
        thread = threading.Thread(target=provider.serve_forever)
        thread.start()
        try:
            yield provider
        finally:
            provider.shutdown()
