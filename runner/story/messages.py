"""What went in and out of a request, as far as it is short enough to tell something."""

import json
import re
from collections.abc import Iterator

from runner.recording.model import Exchange
from runner.story.told import Message

# Of a request to a server process: what its client adds to every request.
OF_EVERY_REQUEST = re.compile(
    r"(?i)accept|accept-encoding|accept-language|cache-control|pragma|priority|referer|sec-.*"
    r"|upgrade-insecure-requests|user-agent"
)
TELLING_HEADERS = ("Location", "ETag", "Retry-After", "WWW-Authenticate")
LONGEST_BODY = 150
# A JWT, and a key of DRF's TokenAuthentication: long, and different on every run.
JWT = re.compile(r"\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]*")
TOKEN = re.compile(rf"{JWT.pattern}|\b[0-9a-f]{{40}}\b")


def without_tokens(text: str) -> str:
    """The text with "…" for each token in it."""
    return TOKEN.sub("…", text)


def messages(exchange: Exchange) -> Iterator[Message]:
    """Headers and bodies of the request, then of the response."""
    for name, value in exchange.request_headers.items():
        if not exchange.server or _is_telling(name, exchange.sent_by):
            yield Message(True, f"{name}: {without_secret(name, value)}")
    if exchange.attached:
        yield Message(True, f"Cookie: {'; '.join(f'{name}=…' for name in exchange.attached)}")
    if exchange.request_body:
        yield Message(True, shortened(one_line(exchange.request_body)))
    telling = list(TELLING_HEADERS)
    if exchange.status == 405:
        telling.append("Allow")
    if exchange.sent_by:
        telling += [name for name in exchange.headers if name.startswith("Access-Control-")]
    is_page = exchange.sent_by and exchange.headers.get("Content-Type", "").startswith("text/html")
    is_json = exchange.headers.get("Content-Type") == "application/json"
    if exchange.body and not is_json and not is_page and not exchange.error:
        telling.append("Content-Type")
    for name in telling:
        if name in exchange.headers:
            yield Message(False, f"{name}: {without_tokens(exchange.headers[name])}")
    for cookie in exchange.headers.get("Set-Cookie", "").splitlines():
        yield Message(False, f"Set-Cookie: {_without_value(cookie)}")
    is_preflight = exchange.sent_by and exchange.method == "OPTIONS"  # its body is for no one
    body = "" if is_page or is_preflight else one_line(exchange.body)
    if body and not exchange.error and (not exchange.rows or len(body) <= LONGEST_BODY):
        yield Message(False, shortened(body))
    if exchange.error:
        yield Message(False, shortened(readable_error(exchange.error)), is_error=True)
    if saw := exchange.script_saw:
        is_all = saw == f"{exchange.status} {exchange.body}".strip()
        seen = "it" if is_all else shortened(saw)
        yield Message(False, f"the script sees {seen}", is_error="Error" in saw)


def _is_telling(header: str, sent_by: str) -> bool:
    """Whether a header says more than that a client sent it."""
    return not OF_EVERY_REQUEST.fullmatch(header) and (bool(sent_by) or header != "Content-Type")


def _without_value(cookie: str) -> str:
    """What Set-Cookie says, without the value and the date, which differ on every run."""
    name, _, _ = cookie.strip().partition("=")
    attributes = [part for part in cookie.split("; ")[1:] if not part.startswith("expires=")]
    return "; ".join([f"{name}=…", *attributes])


def without_secret(header: str, value: str) -> str:
    """Of credentials only their scheme: a token is long, and different on every run."""
    return f"{value.partition(' ')[0]} …" if header == "Authorization" else without_tokens(value)


def readable_error(error: str) -> str:
    """Its first line, without the dotted path into the demo, which the scene says already."""
    first_line = error.partition("\n")[0]
    return re.sub(r"\bdemos\.\d\d_\w+\.", "", first_line)


def one_line(body: str) -> str:
    """JSON with one space after each colon and comma; other text with its white space folded."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)
    except (ValueError, RecursionError):
        return " ".join(body.split())


def shortened(text: str) -> str:
    """The text without tokens, cut where it is longer than a reader would read."""
    text = without_tokens(text)
    return text if len(text) <= LONGEST_BODY else text[:LONGEST_BODY] + "…"
