"""Quiz, interview and exercises as pages: what a learner does with keys, and what is kept."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from runner.catalogue import Demo, find_demo
from runner.learn.questions import questions_of
from runner.proofs.site import hinted, write
from runner.show.web.learning import answers_script, fix_page
from runner.show.web.pages import shared_pages
from runner.tests.test_site import AXE

KEPT = "cathay-shop-progress"
READ = f"localStorage.getItem('{KEPT}')"
NAIVE = "07/test_the_naive_list_asks_again_for_every_row"
WITHOUT_STORAGE = """Object.defineProperty(window, "localStorage", {
    get() { throw new DOMException("denied", "SecurityError"); },
});"""


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


# The quiz


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


def rows(page: Page) -> list[Any]:
    return [row.locator("td") for row in page.locator(".scores tbody tr").all()]


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


def put(page: Page, progress: dict[str, Any]) -> None:
    page.evaluate(f"text => localStorage.setItem('{KEPT}', text)", json.dumps(progress))


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


# Export and import


def test_progress_goes_to_another_browser_as_a_file(quiz):
    one = quiz()
    one.begin(2)
    one.answer()
    one.answer(right=False)
    file = exported(one.page)
    other = quiz()

    other.page.set_input_files("[type=file]", file)

    expect(other.page.locator(".imported")).to_have_text("Results taken from the file: 2.")
    assert other.page.text_content(".known").startswith("2 of 11 claims answered")
    assert other.kept() == one.kept()
    assert other.page.input_value("[type=file]") == ""
    other.page.set_input_files("[type=file]", file)
    expect(other.page.locator(".imported")).to_have_text("Results taken from the file: 0.")


def test_of_two_results_for_a_claim_the_later_one_stays(quiz, tmp_path):
    quiz = quiz()
    old = {"box": 2, "due": "2026-01-03", "at": "2026-01-01"}
    new = {"box": 1, "due": "2026-01-06", "at": "2026-01-05"}
    put(quiz.page, {"quiz": {"07/test_a": old, "07/test_b": new}, "interview": {}})
    interview = {"07": {"said": 2, "of": 6, "at": "2026-01-01"}}
    file = tmp_path / "progress.json"
    both = {"07/test_a": new, "07/test_b": old}
    file.write_text(json.dumps({"quiz": both, "interview": interview}), "utf-8")

    quiz.page.set_input_files("[type=file]", file)

    expect(quiz.page.locator(".imported")).to_have_text("Results taken from the file: 2.")
    kept = json.loads(quiz.page.evaluate(READ))
    assert kept == {"quiz": {"07/test_a": new, "07/test_b": new}, "interview": interview}


GOOD = {"box": 1, "due": "2026-01-02", "at": "2026-01-01"}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\0",
        "[]",
        "{}",
        "null",
        '{"quiz": {}}',
        '{"quiz": null, "interview": {}}',
        '{"quiz": {"07/test_a": null}, "interview": {}}',
        json.dumps({"quiz": {"07/test_a": GOOD | {"box": 6}}, "interview": {}}),
        json.dumps({"quiz": {"07/test_a": GOOD | {"due": "soon"}}, "interview": {}}),
        json.dumps({"quiz": {"07/test_a": GOOD | {"at": 5}}, "interview": {}}),
        json.dumps({"quiz": {"__proto__": GOOD}, "interview": {}}),
        json.dumps({"quiz": {"07/test_a": {"stability": 3.1}}, "interview": {}, "fix": {}}),
        '{"quiz": {}, "interview": {"07": {"said": -1, "of": 6, "at": "2026-01-01"}}}',
        '{"quiz": {}, "interview": {"07": {"said": 1, "of": "6", "at": "2026-01-01"}}}',
        '{"quiz": {}, "interview": {"07": {"said": 1, "of": 6, "at": ""}}}',
        '{"quiz": {}, "interview": {"__proto__": {"said": 1, "of": 6, "at": "2026-01-01"}}}',
    ],
    ids=range(17),
)
def test_a_bad_file_is_one_sentence_and_changes_nothing(quiz, tmp_path, content):
    quiz = quiz()
    quiz.begin(1)
    quiz.answer()
    before = quiz.kept()
    (tmp_path / "bad.json").write_text(content, "utf-8")

    quiz.page.set_input_files("[type=file]", tmp_path / "bad.json")

    expect(quiz.page.locator(".imported")).to_have_text(
        "This file is not a progress file of these pages, so nothing was changed."
    )
    assert quiz.kept() == before


def test_without_storage_it_works_and_says_so(quiz):
    quiz = quiz(script=WITHOUT_STORAGE)
    expect(quiz.page.locator(".where")).to_have_text(
        "This browser keeps nothing here. Export your progress to a file before you close the page."
    )
    quiz.begin(2)
    quiz.answer()
    quiz.answer()

    assert quiz.page.text_content(".known").startswith("2 of 11 claims answered")
    assert len(json.loads(exported(quiz.page).read_text("utf-8"))["quiz"]) == 2


def test_a_full_storage_is_told_and_loses_nothing(quiz):
    quiz = quiz()
    quiz.begin(2)
    quiz.answer()
    quiz.page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }")
    quiz.answer()

    assert quiz.page.text_content(".where").startswith("This browser keeps nothing here.")
    assert len(json.loads(exported(quiz.page).read_text("utf-8"))["quiz"]) == 2


def test_an_answer_without_its_file_says_so(chrome, site, tmp_path):
    for file in site.iterdir():
        if file.name != "07-learn.js":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    page = chrome.new_page()
    page.goto(f"{(tmp_path / 'quiz.html').as_uri()}#07")
    begin(page)
    page.keyboard.press("h")
    expect(page.locator(".evidence")).to_have_text("The evidence cannot be loaded.")
    page.goto(f"{(tmp_path / 'interview.html').as_uri()}#07")
    begin(page)
    page.keyboard.press("Space")

    expect(page.locator(".aloud")).to_have_text("The answer cannot be loaded.")
    assert not page.locator(".traps").is_visible()
    page.close()


# The interview


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


# The exercises


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
