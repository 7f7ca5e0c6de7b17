"""What the tests of the learner's pages do in them."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from runner.tests.test_site import AXE

KEPT = "cathay-shop-progress"
READ = f"localStorage.getItem('{KEPT}')"
NAIVE = "07/test_the_naive_list_asks_again_for_every_row"
WITHOUT_STORAGE = """Object.defineProperty(window, "localStorage", {
    get() { throw new DOMException("denied", "SecurityError"); },
});"""


class Quiz:
    """A quiz about demo 07 in a browser, answered by keys."""

    def __init__(self, page: Page, verdicts: dict[str, str]) -> None:
        self.page = page
        self.verdicts = verdicts

    def begin(self, count: int = 10) -> None:
        self.page.fill("[name=count]", str(count))
        begin(self.page)

    def claim(self) -> str:
        return self.page.text_content(".claim")

    def say(self, right: bool = True) -> str:
        """Answer what is asked; returns its claim."""
        claim = self.claim()
        verdict = self.verdicts[claim]
        self.page.keyboard.press(verdict[0] if right else "o")
        return claim

    def answer(self, right: bool = True) -> str:
        """Answer what is asked and go on; returns its claim."""
        claim = self.say(right)
        self.page.keyboard.press("Space")
        return claim

    def on(self, day: int) -> None:
        """Open the page again on this day of January 2026."""
        self.page.clock.set_fixed_time(datetime(2026, 1, day, 10))
        self.page.reload()

    def kept(self) -> dict[str, Any]:
        return json.loads(self.page.evaluate(READ))["quiz"]


def begin(page: Page) -> None:
    page.get_by_role("button", name="Begin").click()
    page.locator(".asked").wait_for()


def exported(page: Page) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename == "cathay-shop-progress.json"
    return Path(download.value.path())


def faults_of_access(page: Page) -> list[tuple[str, str]]:
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run({preload: false})")["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found]


def rows(page: Page) -> list[Any]:
    return [row.locator("td") for row in page.locator(".scores tbody tr").all()]


def put(page: Page, progress: dict[str, Any]) -> None:
    page.evaluate(f"text => localStorage.setItem('{KEPT}', text)", json.dumps(progress))
