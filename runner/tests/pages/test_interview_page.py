"""The interview as a page: the clock, the answer, and what was said."""

import json
from datetime import datetime

from playwright.sync_api import expect

from runner.tests.pages.learning import (
    begin,
    exported,
    rows,
)


def test_a_minute_runs_while_you_speak(look):
    page = look("interview#07")
    page.clock.install(time=datetime(2026, 1, 1, 10))
    begin(page)
    clock = page.get_by_role("timer")
    assert page.text_content(".question") == "What is the N+1 problem in DRF?"

    expect(clock).to_have_text("60 s left")
    page.clock.run_for(59_000)
    expect(clock).to_have_text("1 s left")
    page.clock.run_for(1_000)
    expect(clock).to_have_text("The minute is over.")
    page.clock.fast_forward(90_000)
    expect(clock).to_have_text("The minute is over.")


def test_the_clock_of_a_round_that_ended_early_is_silent(look):
    page = look("interview#07")
    page.clock.install(time=datetime(2026, 1, 1, 10))
    begin(page)
    page.clock.run_for(100)
    page.keyboard.press("q")
    begin(page)
    page.clock.run_for(900)

    assert page.get_by_role("timer").text_content() == "60 s left"


def test_the_clock_stops_when_you_have_answered(look):
    page = look("interview#07")
    page.clock.install(time=datetime(2026, 1, 1, 10))
    begin(page)
    page.clock.run_for(20_000)
    page.get_by_role("button", name="I have answered").click()
    page.locator(".aloud").wait_for()
    page.clock.run_for(20_000)

    assert page.get_by_role("timer").text_content() == "40 s left"


def test_what_was_said_is_ticked_and_kept(look):
    page = look("interview#07")
    begin(page)
    assert not page.locator(".aloud").is_visible()
    page.keyboard.press("Space")
    expect(page.locator(".aloud")).to_contain_text(
        "For 50 orders of two items I count 151 queries."
    )
    assert page.locator(".traps label").all_text_contents() == [
        " A join repeats the shared row, a prefetch loads it once",
        " A serializer follows relations in places that do not look like it",
        " A filter on prefetched rows runs a new query",
        " Pagination hides the N+1 problem and does not fix it",
        " A PATCH throws the prefetched rows away before it answers",
        " A bare django_assert_num_queries asserts nothing",
    ]
    expect(page.locator(".answer")).to_be_focused()
    assert not page.get_by_role("button", name="I have answered").is_visible()
    page.keyboard.press("Space")
    for key in ("1", "2", "6", "6", "9"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")

    expect(page.locator(".scores h2")).to_have_text("2 of 6 points said")
    assert rows(page)[0].all_text_contents() == ["Views and queries", "2 of 6", "07 "]
    page.reload()
    assert page.text_content(".known") == "1 of 2 questions answered."
    assert json.loads(exported(page).read_text("utf-8")) == {
        "quiz": {},
        "interview": {"07": {"said": 2, "of": 6, "at": "2026-01-01"}},
    }


def test_space_scrolls_only_when_the_answer_is_there(look):
    page = look("interview#07")
    begin(page)
    page.evaluate("addEventListener('keydown', event => { used = event.defaultPrevented; })")

    page.keyboard.press("Space")
    assert page.evaluate("used") is True
    page.keyboard.press("Space")
    assert page.evaluate("used") is False


def test_a_trap_says_why_and_one_next_question_is_folded(look):
    page = look("interview#07")
    begin(page)
    page.keyboard.press("Enter")
    page.locator(".traps summary").first.focus()
    page.keyboard.press("Enter")

    why = page.locator(".traps p").first
    assert why.text_content().startswith("Ten products have the same brand. ")
    assert why.locator("a").get_attribute("href").startswith("07.html#test_")
    assert page.locator(".next-question summary").text_content().endswith("?")
    assert not page.locator(".next-question div").is_visible()
    page.locator(".next-question summary").click()
    assert (
        page.locator(".next-question div a.mark")
        .first.get_attribute("href")
        .startswith("07.html#fn-")
    )
    assert page.get_by_role("link", name="Open the demo").get_attribute("href") == "07.html"


def test_the_next_question_begins_with_nothing_ticked_or_unfolded(look):
    page = look("interview")
    begin(page)
    expect(page.locator(".question")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("1")
    page.locator(".next-question summary").click()
    page.get_by_role("button", name="Next").click()
    assert page.get_by_role("button", name="I have answered").is_visible()
    page.keyboard.down("Enter")
    page.keyboard.down("Enter")

    assert page.locator(".aloud").is_visible()
    assert page.locator(".traps :checked").count() == 0
    assert page.locator(".traps div").count() == page.evaluate(
        "told(round[place].number).traps.length"
    )
    assert not page.locator(".next-question div").is_visible()


def test_what_was_never_answered_comes_first_and_then_what_was_missed(look):
    page = look("interview")
    asked = []
    for ticks in (6, 0, 0, 0):
        page.fill("[name=count]", "1")
        begin(page)
        asked.append(page.text_content(".question"))
        page.keyboard.press("Space")
        for box in page.locator(".traps input").all()[:ticks]:
            box.check()
        page.get_by_role("button", name="Next").click()

    first, second = asked[:2]
    assert first != second
    assert asked[2:] == [second, second]


def test_an_interview_that_ends_early_keeps_what_was_ticked(look):
    page = look("interview")
    begin(page)
    page.keyboard.press("Space")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.keyboard.press("q")

    expect(page.locator(".scores h2")).to_contain_text("1 of ")
    assert page.text_content(".known") == "1 of 2 questions answered."


def test_an_interview_that_ends_at_the_ticks_keeps_them(look):
    page = look("interview#07")
    begin(page)
    page.keyboard.press("Space")
    page.keyboard.press("1")
    page.keyboard.press("q")

    expect(page.locator(".scores h2")).to_have_text("1 of 6 points said")
    assert page.text_content(".known") == "1 of 2 questions answered."
