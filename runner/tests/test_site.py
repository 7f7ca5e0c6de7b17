"""The pages, in a real browser and as files: what a reader sees, does and does not see."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, Request

from runner.catalogue import find_demo
from runner.errors import UserError
from runner.proofs.site import MARK, broken_of, hinted, write
from runner.proofs.site_faults import faults_of_pages
from runner.recording.run import rehearse
from runner.show.web.pages import Told, pages_of

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
NAMES = (
    *("index", "verdicts", "versions", "quiz", "interview"),
    *("07", "07-break", "07-fix", "07-present", "16", "16-present"),
)


@pytest.fixture(scope="module")
def told() -> list[Told]:
    demos = [find_demo("07"), find_demo("16")]
    return [
        Told(demo, rehearse(demo.path, demo=demo), broken_of(demo), hinted(demo)) for demo in demos
    ]


@pytest.fixture(scope="module")
def site(told: list[Told], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    write(pages_of(told), folder)
    return folder


def was_lost(request: Request) -> bool:
    """Whether the browser did not get what it asked for; a page that closes asks no longer."""
    return request.failure != "net::ERR_ABORTED"


@pytest.fixture
def look(chrome: Browser, site: Path) -> Iterator[Callable[..., Page]]:
    """`look("07")` opens that page from disk. Nothing may go wrong in it, and nothing is loaded
    from anywhere else."""
    troubles: list[str] = []
    with ExitStack() as stack:

        def look(name: str, width: int = 1280, **more: Any) -> Page:
            context = chrome.new_context(viewport={"width": width, "height": 720}, **more)
            stack.callback(context.close)
            page = context.new_page()
            page.on("pageerror", lambda error: troubles.append(str(error)))
            page.on(
                "requestfailed", lambda request: was_lost(request) and troubles.append(request.url)
            )
            page.on("console", lambda said: said.type == "error" and troubles.append(said.text))
            page.on(
                "request", lambda sent: sent.url.startswith("file:") or troubles.append(sent.url)
            )
            page.goto((site / f"{name}.html").as_uri())
            return page

        yield look
    assert troubles == []


def test_the_pages_lack_nothing(told):
    assert list(faults_of_pages(pages_of(told), told)) == []


def test_what_is_missing_is_named(told):
    pages = pages_of(told)
    test = told[0].demo.claims[0].test
    pages["07.html"] = pages["07.html"].replace(f'id="{test}"', "")
    pages["07-break.html"] = pages["07-break.html"].replace('id="mutation-1"', "")
    pages["16.html"] = pages["16.html"].replace('id="fn-', 'id="no-', 1)
    pages["07-fix.html"] = pages["07-fix.html"].replace('id="exercise-2"', "")
    pages["questions.js"] = pages["questions.js"].replace(f"07/{test}", "07/test_other")
    pages["07-learn.js"] = pages["07-learn.js"].replace(
        f'"{test}": "', f'"{test}": "", "test_x": "'
    )
    pages["16-learn.js"] = pages["16-learn.js"].replace("16.html#fn-", "16.html#no-", 1)
    trap = next(claim.test for claim in told[1].demo.claims if claim.kind == "trap")
    pages["16-learn.js"] = pages["16-learn.js"].replace(f'"test": "{trap}"', '"test": "test_y"')
    pages["verdicts.html"] += "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoiMSJ9.c2lnbmF0dXJl"
    pages["index.html"] += '<img src="https://example.com/x.png">' + 150_000 * " "

    faults = "\n".join(faults_of_pages(pages, told))

    assert re.search(r"index.html has 15\d,\d{3} bytes, and a page has at most 150,000", faults)
    assert "index.html loads https://example.com/x.png" in faults
    assert f"07.html lacks {test}" in faults
    assert "07-break.html lacks mutation-1" in faults
    assert "verdicts.html tells the token eyJhbGciOiJI…, which is another one" in faults
    assert re.search(r"16.html links to #fn-\w+, which is not there", faults)
    assert "07-fix.html lacks exercise-2" in faults
    assert f"questions.js lacks 07/{test}" in faults
    assert f"07-learn.js lacks the evidence of {test}" in faults
    assert re.search(r"16-learn.js links to 16.html#no-\w+, which is not there", faults)
    assert f"16-learn.js lacks {trap}" in faults


def test_the_same_recording_makes_the_same_bytes(told):
    assert pages_of(told) == pages_of(told)


def test_a_folder_of_the_users_own_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(UserError, match="holds what `make site` did not make"):
        write({"index.html": ""}, tmp_path)

    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_earlier_run_is_replaced(tmp_path):
    folder = tmp_path / "site"
    write({"old.html": ""}, folder)
    write({"index.html": ""}, folder)

    assert sorted(file.name for file in folder.iterdir()) == [MARK, "index.html"]


def test_the_index_is_searched_and_filtered(look):
    page = look("index")
    shown = page.locator(".cards li:visible .number")
    assert shown.all_text_contents() == ["07", "16"]

    page.fill("input[name=q]", "prefetch")
    assert shown.all_text_contents() == ["07"]
    page.fill("input[name=q]", "")
    page.select_option("select[name=needs]", "postgres")
    assert shown.all_text_contents() == ["16"]
    page.select_option("select[name=needs]", "")
    page.fill("input[name=q]", "nothing has this word")
    assert shown.all_text_contents() == []
    assert page.text_content("output") == "0 of 2 demos"


def test_one_goes_on_where_one_stopped(look):
    page = look("07")
    page.get_by_role("link", name="All demos").click()

    page.get_by_role("link", name="07 · What is the N+1 problem in DRF?").click()

    assert page.url.endswith("/07.html")


def test_a_verdict_is_hidden_until_it_is_opened(look):
    page = look("07")
    verdict = page.locator(".answers li").nth(3).locator(".verdict")

    assert not verdict.is_visible()
    page.locator(".answers summary").nth(3).click()
    assert verdict.text_content() == "⊘ wrong"


def test_a_demo_leads_to_its_quiz_its_interview_and_its_exercises(look):
    page = look("07")
    page.get_by_role("link", name="Fix").click()
    page.get_by_text("Exercise 1").wait_for()
    page.go_back()
    for name in ("the quiz", "As in an interview"):
        page.get_by_role("link", name=name).click()

        page.wait_for_function("document.activeElement.textContent === 'Begin'")

        assert page.input_value("[name=topic]") == "07"
        page.go_back()


def test_a_footnote_leads_to_the_source_of_its_test(look):
    page = look("07")
    page.locator("a.mark").first.click()
    page.locator("ol.sources li").first.get_by_role("link").first.click()

    opened = page.locator("details.test[open] pre")

    assert opened.text_content().startswith('@claim("A serializer that follows a relation')


def test_a_race_stands_in_lanes(look):
    page = look("16")
    race = page.locator("table.lanes").first

    assert race.locator("th").all_text_contents() == ["request 1", "request 2"]
    assert race.locator(".across").text_content() == "both held here: read, not yet written"
    assert race.locator(".waiting").count() > 0


def test_one_presents_with_keys_and_the_verdict_waits(look):
    page = look("07")
    page.keyboard.press("p")
    page.wait_for_url("**/07-present.html")
    heading, verdict = page.locator(".slide.now h2"), page.locator(".slide.now .verdict")

    page.keyboard.press("PageDown")
    assert heading.text_content().startswith("1 A serializer that follows a relation triggers")
    assert not verdict.is_visible()
    page.keyboard.press("PageDown")
    assert verdict.is_visible()
    page.keyboard.press("4")
    assert heading.text_content() == "4 select_related or prefetch_related, either will do"
    page.keyboard.press("PageUp")
    assert heading.text_content().startswith("3 ")
    page.keyboard.press("q")
    page.wait_for_url("**/07.html")


def test_the_letters_of_a_presentation_are_large(look):
    page = look("07-present")
    page.keyboard.press("1")

    smallest = page.evaluate(
        """() => Math.min(...[...document.querySelectorAll('.slide.now *')]
            .filter(each => each.checkVisibility() && each.innerText)
            .map(each => parseFloat(getComputedStyle(each).fontSize)))"""
    )

    assert smallest >= 24


def test_notes_and_clock_have_a_window_of_their_own(look):
    page = look("07-present")
    page.keyboard.press("4")

    with page.expect_popup() as popup:
        page.keyboard.press("w")

    notes = popup.value.locator("pre")
    assert notes.text_content().startswith("⊘ wrong")
    popup.value.wait_for_function("document.querySelector('p').textContent.startsWith('0:0')")


def test_the_verdicts_are_sorted_by_a_click(look):
    page = look("verdicts")
    page.get_by_role("button", name="verdict").click()

    verdicts = page.locator("tbody .verdict").all_text_contents()

    words = [verdict.split()[1] for verdict in verdicts]
    assert words == sorted(words)
    assert len(words) == 11


def test_light_and_dark_are_kept(look):
    page = look("index", color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)

    page.get_by_role("button", name="Light or dark").click()
    dark = page.evaluate(paper)
    page.reload()

    assert light != dark == page.evaluate(paper)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(look, name, scheme):
    page = look(name, color_scheme=scheme)
    page.evaluate(AXE.read_text("utf-8"))

    found = page.evaluate("axe.run({preload: false})")["violations"]

    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


@pytest.mark.parametrize("name", NAMES[:-1])
def test_a_telephone_shows_the_whole_width(look, name):
    page = look(name, width=360)

    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_without_scripts_one_can_read_everything(look):
    page = look("07-present", java_script_enabled=False)

    assert page.locator(".slide:visible").count() == 13
    assert page.locator(".slide .verdict:visible").first.text_content() == "✔ holds"


def test_the_search_knows_the_words_of_the_readmes(site):
    words = json.loads((site / "search.js").read_text("utf-8").removeprefix("window.WORDS = ")[:-2])

    assert "items__product" in words["07"].split()
    assert "transcript" not in words["07"].split()
