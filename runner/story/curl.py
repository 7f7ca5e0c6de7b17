"""An exchange as a command that anyone can send to `make serve`."""

import shlex

from runner.recording.model import Exchange
from runner.story.messages import without_secret

ADDRESS = "http://127.0.0.1:8000"


def curl_of(exchange: Exchange) -> str:
    """The curl command that sends this request; empty where a server of the test was asked."""
    if exchange.server is not None or exchange.sent_by:
        return ""
    words = ["curl"]
    if exchange.method != "GET":
        words += ["-X", exchange.method]
    words.append(ADDRESS + exchange.path)
    headers = dict(exchange.request_headers)
    if exchange.request_body and "Content-Type" not in headers:
        headers["Content-Type"] = "application/json"
    for name, value in headers.items():
        words += ["-H", f"{name}: {without_secret(name, value)}"]
    if exchange.request_body:
        words += ["-d", exchange.request_body]
    return shlex.join(words)
