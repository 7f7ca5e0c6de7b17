"""The browser of a run: `python -m runner.support.launch.browsing SOCKET PROGRAM …`.

Starts the first of these programs that can be started; an empty name stands for Playwright's own
browser. Then each connection to the Unix socket is a visit: a fresh profile without cookies, and a
gateway to the servers of its test. A line of JSON asks for a call of `Visit`, a line answers it.
The end of the connection is the end of the visit. SIGTERM ends all.

Playwright has a process of its own because its event loop would forbid Django's ORM in the process
of the tests. So one browser can also serve all the processes of a run.
"""

import asyncio
import contextlib
import importlib
import json
import os
import signal
import sys
from typing import Any

from runner.support.launch.gateway import Gateway

# Playwright switches off what a browser fetches by itself; and no name is resolved, to be sure.
SWITCHES = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
PATIENCE = 20_000  # milliseconds
SUBMIT = """
([action, fields, method, enctype]) => {
    const form = document.createElement("form");
    Object.assign(form, {action, method, enctype});
    for (const [name, value] of Object.entries(fields)) {
        const input = document.createElement("input");
        Object.assign(input, {type: "hidden", name, value});
        form.append(input);
    }
    document.body.append(form);
    HTMLFormElement.prototype.submit.call(form);
}
"""
# By name: what `preloaded` finds imported, it imports for every run.
playwright = importlib.import_module("playwright.async_api")


class Visit:
    """One test's use of the browser. What its methods take and return is JSON."""

    def __init__(self, browser: Any) -> None:
        self._browser = browser
        self._gateway = Gateway()
        self._context: Any = None
        self._pages: list[Any] = []

    async def begin(self, any_certificate: bool) -> None:
        self._context = await self._browser.new_context(
            proxy={"server": await self._gateway.start()},
            ignore_https_errors=any_certificate,
            timezone_id="UTC",
        )
        self._context.set_default_timeout(PATIENCE)

    async def end(self) -> None:
        if self._context:
            self._gateway.close()
            with contextlib.suppress(playwright.Error):
                await self._context.close()

    async def serve(self, routes: dict[str, int]) -> None:
        self._gateway.routes |= routes

    async def open(self) -> int:
        return self._known(await self._context.new_page())

    async def goto(self, page: int, url: str) -> dict[str, Any]:
        try:
            return await _seen(await self._pages[page].goto(url))
        except playwright.Error as error:
            return {"error": error.message.partition(" at ")[0].removeprefix("Page.goto: ")}

    async def submit(self, page: int, *form: Any) -> dict[str, Any]:
        async with self._pages[page].expect_navigation() as navigation:
            await self._pages[page].evaluate(SUBMIT, form)
        return await _seen(await navigation.value)

    async def run(self, page: int, script: str, argument: Any) -> Any:
        return await self._pages[page].evaluate(script, argument)

    async def popup(self, page: int, script: str) -> int:
        async with self._pages[page].expect_popup() as popup:
            await self._pages[page].evaluate(script)
        page = await popup.value
        await page.wait_for_load_state()
        return self._known(page)

    async def url(self, page: int) -> str:
        return self._pages[page].url

    async def cookies(self) -> list[dict[str, Any]]:
        return await self._context.cookies()

    async def add_cookie(self, cookie: dict[str, Any]) -> None:
        await self._context.add_cookies([cookie])

    def _known(self, page: Any) -> int:
        self._pages.append(page)
        return len(self._pages) - 1


async def _seen(response: Any) -> dict[str, Any]:
    headers = await response.all_headers()
    return {"status": response.status, "headers": headers, "text": await response.text()}


async def visited(browser: Any, calls: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
    """Answer the calls of one connection until it ends."""
    visit = Visit(browser)
    try:
        while line := await calls.readline():
            name, *arguments = json.loads(line)
            try:
                answer = {"result": await getattr(visit, name)(*arguments)}
            except playwright.Error as error:
                answer = {"error": error.message}
            answers.write(json.dumps(answer).encode() + b"\n")
            await answers.drain()
    except OSError:  # the test's process was killed
        pass
    finally:
        await visit.end()
        answers.close()


async def started(chromium: Any, programs: list[str]) -> Any:
    """The first of these browsers that starts; ends this process with the reason if none does."""
    home = os.getcwd()
    environment = {name: os.environ[name] for name in ("PATH", "LC_ALL") if name in os.environ}
    environment |= {"HOME": home, "TMPDIR": home}
    reason = ""
    for program in programs:
        try:
            return await chromium.launch(
                executable_path=program or None, args=SWITCHES, env=environment, timeout=PATIENCE
            )
        except playwright.Error as error:
            reason = error.message.strip().partition("\n")[0]
    sys.exit(reason)


async def main(socket: str, *programs: str) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with playwright.async_playwright() as driver:
        browser = await started(driver.chromium, list(programs))

        async def visit(calls: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
            await visited(browser, calls, answers)

        await asyncio.start_unix_server(visit, socket, limit=2**26)
        await stopped.wait()
        with contextlib.suppress(playwright.Error):
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
