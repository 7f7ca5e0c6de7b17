"""Quiz, interview and exercises as pages, in a browser, for the tests beside this file."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from runner.catalogue import Demo, find_demo
from runner.learn.questions import questions_of
from runner.proofs.site import hinted, write
from runner.show.web.learning import answers_script, fix_page
from runner.show.web.pages import shared_pages
from runner.tests.pages.learning import Quiz


@pytest.fixture(scope="module")
def demos() -> list[Demo]:
    return [find_demo("07"), find_demo("16")]


@pytest.fixture(scope="module")
def verdicts(demos: list[Demo]) -> dict[str, str]:
    """The verdict of each claim, by its text."""
    return {question.claim: question.verdict for question in questions_of(demos)}


@pytest.fixture(scope="module")
def site(demos: list[Demo], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages that need no recording."""
    pages = shared_pages(demos)
    for demo in demos:
        pages[f"{demo.number}-fix.html"] = fix_page(demo, hinted(demo), demos)
        pages[f"{demo.number}-learn.js"] = answers_script(demo)
    folder = tmp_path_factory.mktemp("site") / "site"
    write(pages, folder)
    return folder


@pytest.fixture
def look(chrome: Browser, site: Path) -> Iterator[Callable[..., Page]]:
    """`look("quiz#07")` opens that page from disk, in a profile of its own, on 1 January 2026.
    Nothing may go wrong in it, and nothing is loaded from anywhere else."""
    troubles: list[str] = []
    with ExitStack() as stack:

        def look(name: str, width: int = 1280, script: str = "", **more: Any) -> Page:
            context = chrome.new_context(viewport={"width": width, "height": 720}, **more)
            stack.callback(context.close)
            context.add_init_script(script)
            page = context.new_page()
            page.set_default_timeout(10_000)
            page.clock.set_fixed_time(datetime(2026, 1, 1, 10))
            page.on("pageerror", lambda error: troubles.append(str(error)))
            page.on("console", lambda said: said.type == "error" and troubles.append(said.text))
            page.on(
                "request",
                lambda sent: sent.url.startswith(("file:", "blob:")) or troubles.append(sent.url),
            )
            file, _, fragment = name.partition("#")
            page.goto(f"{(site / f'{file}.html').as_uri()}#{fragment}")
            return page

        yield look
    assert troubles == []


@pytest.fixture
def quiz(look: Callable[..., Page], verdicts: dict[str, str]) -> Callable[..., "Quiz"]:
    return lambda **more: Quiz(look("quiz#07", **more), verdicts)
