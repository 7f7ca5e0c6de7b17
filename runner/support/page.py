"""A tab of the browser, and what is seen in it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runner.recording.model import Exchange

if TYPE_CHECKING:
    from runner.support.browser import Browser

FETCH = """
async ([url, options]) => {
    try {
        const response = await fetch(url, options);
        const headers = Object.fromEntries(response.headers);
        return {status: response.status, headers, text: await response.text(), type: response.type};
    } catch (error) {
        return {error: String(error)};
    }
}
"""


@dataclass(frozen=True)
class Seen:
    """What a script or a user saw of a request, and the exchanges that it took."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    type: str = ""  # Response.type of the Fetch standard: "basic", "cors", "opaque"
    error: str = ""
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def sent(self) -> list[tuple[str, str]]:
        """What reached the servers, as method and path."""
        return [(exchange.method, exchange.path) for exchange in self.exchanges]

    def json(self) -> Any:
        return json.loads(self.text)

    def __str__(self) -> str:
        if self.type.startswith("opaque"):
            return f"an {self.type} response"
        return self.error or f"{self.status} {self.text}".strip()


class Page:
    """A tab of the browser."""

    def __init__(self, browser: Browser, number: int) -> None:
        self._browser = browser
        self._number = number

    @property
    def url(self) -> str:
        return self._call("url")

    def goto(self, url: str) -> Seen:
        """Go there, as a user does who types the URL."""
        return self._browser.seen(self._call("goto", url))

    def submit(
        self,
        url: str,
        fields: dict[str, str],
        method: str = "post",
        enctype: str = "application/x-www-form-urlencoded",
    ) -> Seen:
        """Submit a form of this page with these fields; the tab shows the answer afterwards."""
        return self._browser.seen(self._call("submit", url, fields, method, enctype))

    def fetch(self, url: str, **options: Any) -> Seen:
        """Call `fetch(url, options)` in a script of this page; return what the script sees.

        A body that is no text is sent as JSON.
        """
        if not isinstance(options.get("body", ""), str):
            options["body"] = json.dumps(options["body"])
            options["headers"] = {"Content-Type": "application/json", **options.get("headers", {})}
        return self._browser.seen(self._call("run", FETCH, [url, options]), by_script=True)

    def run(self, script: str, argument: Any = None) -> Any:
        """The value of a JavaScript expression, or what a function returns for the argument."""
        value = self._call("run", script, argument)
        self._browser.received()
        return value

    def popup(self, script: str) -> Page:
        """The tab that this script opens."""
        page = Page(self._browser, self._call("popup", script))
        self._browser.received()
        return page

    def _call(self, name: str, *arguments: Any) -> Any:
        return self._browser.call(name, self._number, *arguments)
