"""An exchange as a command that anyone can send to `make serve`."""

import json
import shlex

from runner.recording.model import Exchange
from runner.story.messages import without_secret, without_tokens

ADDRESS = "http://127.0.0.1:8000"


def curl_of(exchange: Exchange) -> str:
    """The curl command that sends this request, with "…" for each token.

    Empty where a server of the test was asked, and where the body is not JSON: a recording does not
    say of which type it was.
    """
    if exchange.server is not None or exchange.sent_by:
        return ""
    words = ["curl"]
    if exchange.method == "HEAD":
        words.append("-I")  # with -X HEAD it waits for a body
    elif exchange.method != "GET":
        words += ["-X", exchange.method]
    words.append(ADDRESS + exchange.path)
    for name, value in exchange.request_headers.items():
        words += ["-H", f"{name}: {without_secret(name, value)}"]
    if exchange.request_body:
        if not _is_json(exchange.request_body):
            return ""
        words += ["-H", "Content-Type: application/json", "-d", exchange.request_body]
    return shlex.join(map(without_tokens, words))


def _is_json(body: str) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True
