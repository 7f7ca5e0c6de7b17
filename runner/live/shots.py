"""`make shots`: the pictures of the top README, taken of the pages as they are now."""

import tempfile
from pathlib import Path

from runner.catalogue import ROOT, Demo, find_demo, find_demos
from runner.errors import UserError
from runner.proofs.docs import recordings_of
from runner.proofs.site import broken_of, write
from runner.show.web.pages import Told, pages_of_demo, shared_pages

FOLDER = ROOT / "docs"
SIZE = {"width": 1280, "height": 720}
# Each picture: the page, the keys that are pressed, and what is moved to the top.
SHOTS = {
    "index": ("index.html", "", ""),
    "demo": ("07.html", "", "#claim-1"),
    "lanes": ("16.html", "", "#claim-1"),
    "present": ("07-present.html", "4 PageDown", ""),
}


def main(only: Demo | None = None) -> int:
    """Take all pictures; returns 0. Raises UserError where no browser starts."""
    shown = [find_demo(number) for number in ("07", "16")]
    pages = shared_pages(find_demos())
    for demo, recording in recordings_of(shown).items():
        pages |= pages_of_demo(Told(demo, recording, broken_of(demo)), find_demos())
    with tempfile.TemporaryDirectory(prefix="shots-") as name:
        site = Path(name) / "site"
        write(pages, site)
        _take(site)
    return 0


def _take(site: Path) -> None:
    from playwright.sync_api import Error, sync_playwright

    from runner.support.launch.chromium import programs

    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as driver:
        for program in programs():
            try:
                browser = driver.chromium.launch(executable_path=program or None)
            except Error:
                continue
            for name, (page_name, keys, top) in SHOTS.items():
                page = browser.new_page(viewport=SIZE, color_scheme="light")
                page.goto((site / page_name).as_uri())
                for key in keys.split():
                    page.keyboard.press(key)
                if top:
                    page.evaluate("top => document.querySelector(top).scrollIntoView()", top)
                page.screenshot(path=FOLDER / f"{name}.png")
                print(f"took docs/{name}.png")
            browser.close()
            return
    raise UserError("No browser starts; name the program of one: BROWSER=/path make shots")
