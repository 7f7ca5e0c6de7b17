"""The exercises of a demo as a page, and how all of the learner's pages look."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from runner.proofs.site import hinted
from runner.show.web.learning import fix_page
from runner.tests.pages.learning import begin, faults_of_access


def test_the_hints_of_an_exercise_come_one_step_at_a_time(look):
    page = look("07-fix", java_script_enabled=False)
    exercise = page.locator("#exercise-1")
    assert exercise.locator("h2").text_content() == "Exercise 1"
    assert exercise.locator("code").first.text_content() == "make fix-07 N=1"
    assert exercise.locator("details[open]").count() == 0

    for summary in exercise.locator("summary").all():
        summary.click()

    assert exercise.locator("summary").all_text_contents() == [
        *("What turns red", "Hint 1", "Hint 2", "Hint 3", "The solution"),
    ]
    assert exercise.locator("li a").all_text_contents() == [
        "With the cure the number of queries no longer depends on the number of rows"
    ]
    assert exercise.locator("details p").all_text_contents() == [
        "The deep prefetch stops one level early.",
        "The edit is in views.py.",
        "Look at line 21.",
    ]
    assert exercise.locator("del").all_text_contents() == [
        "--- views.py, broken",
        '-    queryset = Order.objects.prefetch_related("items")',
    ]
    assert exercise.locator("ins").all_text_contents() == [
        "+++ views.py, original",
        '+    queryset = Order.objects.prefetch_related("items__product")',
    ]


def test_every_exercise_of_the_demo_has_its_place(look):
    page = look("07-fix")

    headings = page.locator("h2").all_text_contents()

    assert headings == [f"Exercise {number}" for number in range(1, 8)]


def test_only_the_presenter_is_told_what_is_done(demos):
    exercises = hinted(demos[0])
    told = fix_page(demos[0], exercises, demos, done={exercises[1].key, "07-gone"})
    untold = fix_page(demos[0], exercises, demos)

    assert "Done: 1 of 7." in told
    assert told.count("✔ done") == 1
    assert "Exercise 2 <span" in told
    assert "Done:" not in untold


# How it looks


def opened(look: Callable[..., Page], name: str, width: int, scheme: str) -> Page:
    """The page of demo 16 with an answer or all hints shown."""
    page = look(name, width, color_scheme=scheme)
    if page.get_by_role("button", name="Begin").count():
        begin(page)
        page.keyboard.press("h")
        page.keyboard.press("Space")
    for summary in page.locator("summary:visible").all():
        summary.click()
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", ["quiz#16", "interview#16", "16-fix"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(look, name, width, scheme):
    page = opened(look, name, width, scheme)

    assert faults_of_access(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_evidence_and_in_the_score(look, scheme):
    page = look("quiz#16", 360, color_scheme=scheme)
    begin(page)
    page.keyboard.press("h")
    expect(page.locator(".evidence")).to_contain_text("POST")
    assert faults_of_access(page) == []
    page.keyboard.press("q")

    assert faults_of_access(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("name", ["quiz", "interview"])
def test_without_scripts_the_page_says_what_it_needs(look, name):
    page = look(name, java_script_enabled=False)

    assert "needs JavaScript" in page.text_content("noscript")
    assert page.locator("noscript a").get_attribute("href") == "index.html"
    assert not page.get_by_role("button").count()


def test_on_paper_there_are_no_buttons(quiz):
    quiz = quiz()
    quiz.begin()
    quiz.say()
    quiz.page.emulate_media(media="print")

    assert quiz.page.locator(".ending").is_visible()
    assert not quiz.page.locator("button:visible, input:visible").count()
