"""The quiz as a page: keys, verdicts, the score, and what comes again."""

import pytest
from playwright.sync_api import expect

from runner.catalogue import find_demo
from runner.learn.questions import questions_of
from runner.tests.pages.learning import (
    KEPT,
    NAIVE,
    Quiz,
    begin,
    put,
    rows,
)


def test_a_verdict_is_said_by_a_key_and_told_with_why_and_evidence(quiz):
    quiz = quiz()
    quiz.begin()
    while quiz.claim() != "select_related or prefetch_related, either will do":
        quiz.answer()
    assert not quiz.page.locator(".ending .verdict").count()

    quiz.page.keyboard.press("h")

    assert quiz.page.locator(".ending p").all_text_contents() == [
        "Not right, the verdict is ⊘ wrong",
        "select_related joins, so it follows to-one relations only: over items it raises "
        "FieldError. prefetch_related follows both kinds, and it costs one more query than a join.",
    ]
    expect(quiz.page.locator(".evidence")).to_contain_text(
        "GET /07/orders/select-related-items/            500     0 queries\n"
        "  ← FieldError: Invalid field name(s)"
    )
    link = quiz.page.get_by_role("link", name="See the scene").get_attribute("href")
    assert link == "07.html#test_select_related_cannot_follow_a_to_many_relation"


@pytest.mark.parametrize(
    ("key", "verdict"),
    [
        *(("h", "holds"), ("d", "depends"), ("o", "outdated"), ("w", "wrong")),
        *(("1", "holds"), ("2", "depends"), ("3", "outdated"), ("4", "wrong")),
    ],
)
def test_a_verdict_has_two_keys(quiz, key, verdict):
    quiz = quiz()
    quiz.begin()
    quiz.page.keyboard.press(key)

    assert quiz.page.get_attribute("[aria-pressed=true]", "value") == verdict


def test_the_release_is_told_with_the_verdict(look):
    """No claim of these demos has one, so a script says so."""
    page = look(
        "quiz#07",
        script="addEventListener('load', () => claims.forEach(each => "
        "{ each.releases = 'since DRF 3.18'; }))",
    )
    begin(page)
    page.keyboard.press("h")

    assert page.text_content(".ending .verdict").endswith(" · since DRF 3.18")


def test_the_first_answer_counts_and_a_second_key_changes_nothing(quiz):
    quiz = quiz()
    quiz.begin(1)
    quiz.say(right=False)
    quiz.say(right=True)
    quiz.page.keyboard.press("Space")

    expect(quiz.page.locator(".scores h2")).to_have_text("0 of 1 right")


def test_nothing_goes_on_before_a_verdict_is_said(quiz):
    quiz = quiz()
    quiz.page.keyboard.press("h")
    quiz.begin()
    claim = quiz.claim()
    quiz.page.keyboard.press("Enter")
    quiz.page.keyboard.press("Space")
    quiz.page.keyboard.press("Control+d")

    assert quiz.claim() == claim
    assert not quiz.page.locator(".after").is_visible()
    assert not quiz.page.locator(".progress").is_visible()


def test_space_goes_on_once(quiz):
    quiz = quiz()
    quiz.begin()
    quiz.say()
    expect(quiz.page.get_by_role("button", name="Next")).to_be_focused()
    assert quiz.page.locator(".jury button:enabled").count() == 0
    quiz.page.keyboard.press("Space")

    expect(quiz.page.locator(".claim")).to_be_focused()
    assert quiz.page.locator("[aria-pressed=true]").count() == 0
    assert quiz.page.text_content(".place") == "2 of 5"
    assert quiz.page.locator(".ending").text_content() == ""
    assert quiz.page.locator(".jury button:enabled").count() == 4


def test_evidence_is_scrolled_by_space(quiz):
    quiz = quiz()
    quiz.begin()
    quiz.say()
    quiz.page.focus(".evidence")
    quiz.page.keyboard.press("Space")

    assert quiz.page.text_content(".place") == "1 of 5"


def test_a_round_loads_each_demo_once(quiz):
    quiz = quiz()
    for _ in range(2):
        quiz.begin()
        quiz.page.keyboard.press("q")

    assert quiz.page.locator("script[src='07-learn.js']").count() == 1


@pytest.mark.parametrize(
    ("fragment", "topic"), [("16", "16 · How do you prevent double"), ("main", "all"), ("", "all")]
)
def test_the_address_chooses_the_demo(look, fragment, topic):
    page = look("quiz#07")
    page.evaluate("fragment => { location.hash = fragment; }", "16")
    expect(page.locator("[name=topic]")).to_have_value("16")
    page = look(f"quiz#{fragment}")

    assert page.text_content("[name=topic] option:checked").startswith(topic)


def test_a_mouse_is_enough(quiz):
    quiz = quiz()
    quiz.begin(1)
    quiz.page.get_by_role("button", name="wrong").click()
    quiz.page.get_by_role("button", name="Next").click()

    expect(quiz.page.locator(".scores h2")).to_be_focused()


def test_the_score_begins_with_the_weakest_topic(quiz):
    quiz = quiz()
    quiz.page.select_option("[name=topic]", "")
    quiz.begin(11)
    for _ in range(11):
        quiz.answer(right=quiz.page.text_content(".of").startswith("16"))

    assert quiz.page.text_content(".scores h2") == "6 of 11 right"
    assert [row.all_text_contents() for row in rows(quiz.page)] == [
        ["Views and queries", "0 of 5", "07 "],
        ["Transactions", "6 of 6", ""],
    ]
    assert quiz.page.get_attribute(".scores td a", "href") == "07.html"


def test_a_quiz_can_end_early(quiz):
    quiz = quiz()
    quiz.begin()
    quiz.page.keyboard.press("q")
    assert quiz.page.text_content(".scores h2") == "0 of 0 right"
    assert not quiz.page.locator(".scores table").is_visible()
    quiz.begin()
    assert not quiz.page.locator(".scores").is_visible()
    quiz.answer()
    quiz.page.keyboard.press("q")

    assert quiz.page.text_content(".scores h2") == "1 of 1 right"
    assert quiz.page.locator(".scores table").is_visible()


def test_a_topic_asks_its_claims_alone(quiz, demos):
    quiz = quiz()
    quiz.page.select_option("[name=topic]", "Transactions")
    quiz.begin(100)

    asked = {quiz.answer() for _ in range(6)}

    assert quiz.page.text_content(".scores h2") == "6 of 6 right"
    assert asked == {question.claim for question in questions_of(demos[1:])}


# What comes again


def test_the_wrong_one_comes_first_the_next_day(quiz):
    quiz = quiz()
    quiz.begin(3)
    first, missed, third = quiz.answer(), quiz.answer(right=False), quiz.answer()
    assert quiz.page.text_content(".known") == (
        "3 of 11 claims answered, 0 to repeat today, 1 until tomorrow."
    )

    quiz.on(2)
    quiz.begin(5)

    assert quiz.answer() == missed
    new = {question.claim for question in questions_of([find_demo("07")])}
    assert {quiz.answer(), quiz.answer()} == new - {first, missed, third}
    assert {quiz.answer(), quiz.answer()} == {first, third}


def test_what_is_known_waits_longer_each_time_and_what_is_missed_starts_again(quiz):
    quiz = quiz()
    seen = []
    for day, right in [(1, True), (3, True), (7, True), (15, True), (31, True), (31, False)]:
        quiz.on(day)
        quiz.begin()
        while quiz.page.locator(".scores").is_hidden():
            quiz.answer(right)
        seen.append(quiz.kept()[NAIVE])

    assert seen == [
        {"box": 2, "due": "2026-01-03", "at": "2026-01-01"},
        {"box": 3, "due": "2026-01-07", "at": "2026-01-03"},
        {"box": 4, "due": "2026-01-15", "at": "2026-01-07"},
        {"box": 5, "due": "2026-01-31", "at": "2026-01-15"},
        {"box": 5, "due": "2026-02-16", "at": "2026-01-31"},
        {"box": 1, "due": "2026-02-01", "at": "2026-01-31"},
    ]


def test_to_know_a_claim_before_it_is_due_moves_nothing(quiz):
    quiz = quiz()
    for day in (1, 2):
        quiz.on(day)
        quiz.begin()
        for _ in range(5):
            quiz.answer()

    assert quiz.kept()[NAIVE] == {"box": 2, "due": "2026-01-03", "at": "2026-01-02"}


def test_what_was_answered_is_kept_when_the_page_is_closed_in_the_middle(quiz):
    quiz = quiz()
    quiz.begin()
    quiz.say()
    quiz.page.reload()

    assert quiz.page.text_content(".known").startswith("1 of 11 claims answered")
    assert quiz.page.text_content(".where").startswith("It is kept in this browser alone.")
    assert quiz.page.evaluate("Object.keys(localStorage)") == [KEPT]


def test_the_lowest_box_comes_first_of_what_is_due(quiz):
    quiz = quiz()
    due = {"due": "2026-01-01", "at": "2025-12-01"}
    tests = [question.key for question in questions_of([find_demo("07")])]
    entries = {key: {"box": box, **due} for key, box in zip(tests, (3, 5, 1, 4, 2), strict=True)}
    put(quiz.page, {"quiz": entries, "interview": {}})

    quiz.begin()

    claims = [question.claim for question in questions_of([find_demo("07")])]
    assert [quiz.answer() for _ in range(5)] == [claims[place] for place in (2, 4, 0, 3, 1)]


def test_what_cannot_be_read_is_set_aside(quiz):
    quiz = quiz()
    quiz.page.evaluate(f"localStorage.setItem('{KEPT}', 'of another version')")
    quiz.page.reload()

    assert quiz.page.evaluate(f"localStorage.getItem('{KEPT}-unreadable')") == "of another version"
    assert quiz.kept() == {}


def test_a_claim_that_was_removed_harms_nothing_and_stays(quiz):
    quiz = quiz()
    gone = {"box": 1, "due": "2025-12-02", "at": "2025-12-01"}
    put(quiz.page, {"quiz": {"07/test_gone": gone}, "interview": {}})
    quiz.page.reload()
    assert quiz.page.text_content(".known").startswith("0 of 11 claims answered, 0 to repeat")
    quiz.begin()
    quiz.answer()

    assert quiz.kept()["07/test_gone"] == gone
    assert len(quiz.kept()) == 2


def test_two_pages_at_once_keep_the_answers_of_both(quiz):
    first = quiz()
    second = Quiz(first.page.context.new_page(), first.verdicts)
    second.page.goto(first.page.url)
    second.page.select_option("[name=topic]", "16")
    first.begin()
    second.begin()
    first.say()
    second.say()

    assert [key[:2] for key in first.kept()] == ["07", "16"]
