"""The mail provider: an HTTP API of somebody else's, which may be slow, be down, or hear it twice.

It runs beside the tests, so that they can make it so, and look at the mails it has sent.
"""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE = 10


class Provider(ThreadingHTTPServer):
    """Sends each mail as soon as it comes, but one Idempotency-Key only once, and then answers."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server_port}"
        self.called = threading.Condition()
        self.answering = threading.Event()
        self.reset()

    def reset(self):
        self.mails = []
        self.keys = set()
        self.calls = 0
        self.refusals = 0
        self.answering.set()

    def refuse(self, calls):
        """Be down for so many calls."""
        self.refusals = calls

    def hold(self):
        """Take calls and leave them without an answer until `release`."""
        self.answering.clear()

    def release(self):
        self.answering.set()

    def wait_for_call(self):
        with self.called:
            assert self.called.wait_for(lambda: self.calls, PATIENCE), "nobody called"

    def take(self, mail, key):
        with self.called:
            self.calls += 1
            self.called.notify()
            if self.refusals:
                self.refusals -= 1
                return 503
            if key not in self.keys:
                self.mails.append(mail)
            if key:
                self.keys.add(key)
            return 202


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        mail = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status = self.server.take(mail, self.headers["Idempotency-Key"])
        self.server.answering.wait(PATIENCE)
        try:
            self.send_response(status)
            self.end_headers()
        except ConnectionError:
            pass  # whoever called was killed meanwhile

    def log_message(self, *args):
        pass


@contextmanager
def running():
    with Provider() as provider:
        thread = threading.Thread(target=provider.serve_forever, args=[0.01])
        thread.start()
        try:
            yield provider
        finally:
            provider.release()
            provider.shutdown()
            thread.join()
