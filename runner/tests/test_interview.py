"""`make interview` in a real terminal: a pseudo-terminal that the test types into."""

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from runner.catalogue import Demo, find_demos
from runner.learn.turns import Result, in_turn, result_of
from runner.show.ticks import LABELS, Ticks
from runner.story.interview import Said, score_of
from runner.story.spoken import spoken_of
from runner.tests.terminals import Terminal

TESTS = """
from runner import claim, trap

@claim("One query serves every product")
def test_one_query():
    pass

@trap("A page is counted, too")
def test_page():
    pass

@trap("`only()` defers the rest")
def test_only():
    pass
"""
NEXT = """**Is it one query?** It is.[^one][^update]

**And on demo 06?** See [demo 06](../06_next/README.md).[^one]
"""
# Clocks that the test holds: seconds stand in a file.
HELD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from runner.__main__ import run
from runner.learn import interview
interview.monotonic = lambda: float(Path("clock").read_text())
interview.now = lambda: datetime(2027, 1, 15, 8, 30, tzinfo=UTC)
sys.exit(run(["interview", "--state=progress.json", *sys.argv[1:]]))
"""


class Interview(Terminal):
    """An interview in a house, with clocks that stand still at 0."""

    def __init__(self, house, *options):
        self.house = house
        self.set_clock(0)
        super().__init__(house, "-c", HELD, *options)
        self.asked = self.read_until("n I have said it")  # keys typed before are thrown away

    def set_clock(self, seconds):
        new = self.house.folder / "clock.new"
        new.write_text(str(seconds))
        new.replace(self.house.folder / "clock")

    @property
    def kept(self):
        return json.loads((self.house.folder / "progress.json").read_text())


@pytest.fixture
def talk(house):
    """A house whose demo has two traps and two next questions."""
    house.write("tests.py", TESTS)
    house.edit("README.md", "**Is it one query?** It is.[^one][^update]\n", NEXT)
    return house


@pytest.fixture
def interview(talk):
    """Starts one; it has ended after the test."""
    started = []

    def start(*options):
        started.append(Interview(talk, *options))
        return started[-1]

    yield start
    for each in started:
        each.close()


def demo(number):
    return Demo(Path(f"demos/{number}_x"))


def test_one_question_from_the_clock_to_the_score(interview):
    talk = interview()
    talk.press("n")
    answer = talk.read_until("n next")
    talk.press("n")
    to_tick = talk.read_until("0 of 2 said")
    talk.press("2")
    ticked = talk.read_until("1 of 2 said")
    talk.press("n")
    next_question = talk.read_until("n show the answer")
    talk.press("n")
    reply = talk.read_until("n next")
    talk.press("n")
    score = talk.read_to_the_end()

    assert "05 · The interviewer asks:" in talk.asked
    assert "Is this a tiny demo?" in talk.asked
    assert "0:00  ░░░░░░░░░░░░░░░░░░░░  1:00" in talk.asked
    assert "It is." in answer
    assert "You spoke for 0:00." in answer
    assert "Did you say that …" in to_tick
    assert "1 [ ] A page is counted, too" in to_tick
    assert "2 [ ] only() defers the rest" in to_tick
    assert "1 [ ] A page is counted, too" in ticked
    assert "2 [x] only() defers the rest" in ticked
    assert "Is it one query?" in next_question
    assert "It is." not in next_question
    assert "It is." in reply
    assert "Other    1 of 2 said" in score
    assert "make demo-05  Is this a tiny demo?  1 of 2" in score
    assert talk.process.wait(30) == 0
    assert talk.kept == {
        "interview": {"05": {"when": "2027-01-15T08:30:00+00:00", "said": 1, "of": 2, "times": 1}}
    }


def test_the_clock_runs_and_says_when_the_minute_is_over(interview):
    talk = interview()

    talk.set_clock(30.9)
    talk.read_until("0:30  ██████████░░░░░░░░░░  1:00")
    talk.set_clock(60)
    talk.read_until("1:00  ████████████████████  1:00")
    talk.set_clock(75)
    talk.read_until("1:15  over a minute: come to the end")
    talk.press(" ")

    talk.read_until("You spoke for 1:15, longer than a minute. Compare it with this answer:")


def test_the_arrows_and_space_tick_as_digits_do(interview):
    talk = interview()
    talk.press("nn")
    talk.read_until("▶ 1 [ ]")

    talk.press("\x1b[B")
    talk.read_until("▶ 2 [ ]")
    talk.press("\x1b[B ")
    talk.read_until("▶ 2 [x]")
    talk.press("\x1b[A\x1b[A ")
    talk.read_until("▶ 1 [x]")
    talk.press("2")
    talk.read_until("▶ 2 [ ]")
    talk.press("9n")
    talk.read_until("They ask next:")

    assert talk.kept["interview"]["05"]["said"] == 1


def test_b_shows_the_answer_again_and_keeps_the_ticks(interview):
    talk = interview()
    talk.press("nn1")
    talk.read_until("1 of 2 said")

    talk.press("b")
    talk.read_until("Compare it with this answer:")
    talk.press("n")

    talk.read_until("1 of 2 said")


@pytest.mark.parametrize(("key", "status"), [("\x03", 130), ("q", 0)])
def test_what_was_ticked_is_kept_by_ctrl_c_and_q(interview, key, status):
    talk = interview()
    talk.press("nn1")
    talk.read_until("1 of 2 said")

    talk.press(key)
    talk.read_to_the_end()

    assert talk.process.wait(30) == status
    assert talk.kept["interview"]["05"]["said"] == 1


@pytest.mark.parametrize("keys", ["", "n", "nn"])
def test_a_question_that_was_left_counts_as_not_asked(interview, keys):
    talk = interview()
    talk.press(f"{keys}q")

    score = talk.read_to_the_end()

    assert "No question was answered; `make interview` asks again." in score
    assert talk.kept == {}


def test_ctrl_c_at_the_second_question_keeps_the_first(interview, talk):
    shutil.copytree(talk.demo, talk.folder / "demos" / "06_next")
    session = interview("--n=2")
    session.press("nnn")
    session.read_until("They ask next:")
    session.press("nn")
    session.read_until("2 of 2")
    session.read_until("The interviewer asks:")

    session.press("\x03")
    session.read_to_the_end()

    assert session.process.wait(30) == 130
    assert session.waits_for_enter()
    (result,) = session.kept["interview"].values()
    assert (result["said"], result["of"]) == (0, 2)


def test_what_was_never_asked_is_asked_before_what_was(interview, talk):
    shutil.copytree(talk.demo, talk.folder / "demos" / "06_next")
    for number, other in (("05", "06"), ("06", "05")):
        entry = {"when": "2027-01-14T08:30:00+00:00", "said": 0, "of": 2, "times": 1}
        (talk.folder / "progress.json").write_text(json.dumps({"interview": {number: entry}}))

        assert f"{other} · The interviewer asks:" in interview("--n=1").asked


def test_q_at_the_next_question_ends_the_interview(interview, talk):
    shutil.copytree(talk.demo, talk.folder / "demos" / "06_next")
    session = interview()
    session.press("nnn")
    session.read_until("They ask next:")

    session.press("q")
    score = session.read_to_the_end()

    assert "0 of 2 said" in score
    assert len(session.kept["interview"]) == 1


def test_a_demo_without_next_questions_ends_with_its_ticks(interview, talk):
    talk.edit("README.md", NEXT, "")
    session = interview()

    session.press("nnn")
    score = session.read_to_the_end()

    assert "0 of 2 said" in score


def test_n_says_how_many_are_asked(interview, talk):
    for number in ("06", "07"):
        shutil.copytree(talk.demo, talk.folder / "demos" / f"{number}_next")

    session = interview("--n=2")

    assert "1 of 2 · n I have said it" in session.asked


def test_each_time_another_question_comes_next(interview, talk):
    before = {"when": "2027-01-14T08:30:00+00:00", "said": 0, "of": 2, "times": 1}
    kept = {"interview": {"05": before, "99": {"of": 1}}, "quiz": {"05/test_one_query": {}}}
    (talk.folder / "progress.json").write_text(json.dumps(kept))
    session = interview()

    session.press("nnn")
    asked = session.read_until("n show the answer")
    session.press("n")
    session.read_until("See demo 06.")

    assert "And on demo 06?" in asked
    kept["interview"]["05"] = before | {"when": "2027-01-15T08:30:00+00:00", "times": 2}
    assert session.kept == kept


def test_a_demo_without_traps_has_nothing_to_tick(interview, talk):
    talk.write("tests.py", TESTS.partition("@trap")[0])
    session = interview()

    session.press("nn")

    session.read_until("They ask next:")
    assert session.kept["interview"]["05"]["of"] == 0


def test_a_long_answer_has_pages(interview, talk):
    sentences = " ".join(f"Sentence {number} is said." for number in range(100))
    talk.edit("README.md", "\nIt is.\n", f"\n{sentences}\n")
    session = interview()
    session.press("n")

    first = session.read_until("page 1 of 2")
    session.press("n")
    second = session.read_until("page 2 of 2")

    assert "Sentence 0 " in first
    assert "Sentence 0 " not in second
    assert "Sentence 99 " in second


def test_a_list_longer_than_the_terminal_is_shown_to_its_end(interview):
    talk = interview()
    talk.press("n")
    talk.read_until("n next")
    talk.press("n")
    talk.read_until("0 of 2 said")

    talk.resize(7, 40)
    first = talk.read_until("0 of 2 said")
    talk.press("n")
    second = talk.read_until("0 of 2 said")
    talk.press("n")
    talk.read_until("They ask next:")

    assert "1 [ ] A page" in first
    assert "2 [ ] only()" not in first
    assert "2 [ ] only()" in second


def test_a_resize_draws_again(interview):
    talk = interview()
    talk.press("n")
    talk.read_until("Compare it with this answer:")

    talk.resize(24, 30)

    talk.read_until("    answer: ")


def test_question_mark_tells_all_keys(interview):
    talk = interview()

    talk.press("?")
    talk.read_until("tick what you said, or untick it")
    talk.press("x")

    talk.read_until("The interviewer asks:")


def test_without_a_terminal_one_sentence_says_so(house):
    said = house.run("interview", "--state=progress.json")

    assert said.stderr == (
        "The interview reads keys from a terminal, and there is none; "
        "`make cards` writes the same questions as a deck.\n"
    )
    assert (said.returncode, said.stdout) == (2, "")


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("--n=some", "N=some is not a number from 1 to 9999; N=5 is the default."),
        ("--topic=cooking", "TOPIC=cooking fits none of the demos asked for"),
    ],
)
def test_a_bad_option_is_one_sentence(house, option, sentence):
    said = house.run("interview", option)

    assert said.stderr.startswith(sentence)
    assert said.returncode == 2


def test_a_file_that_cannot_be_written_is_found_before_the_first_question(talk):
    terminal = Terminal(talk, "-m", "runner", "interview", "--state=/dev/null/progress.json")
    try:
        seen = terminal.read_to_the_end()
        status = terminal.process.wait(30)
    finally:
        terminal.close()

    assert "/dev/null/progress.json cannot be written (" in seen
    assert "The interviewer asks:" not in seen
    assert status == 2


def test_what_was_never_asked_comes_first_then_the_weakest_then_what_is_longest_ago():
    results = {
        "01": Result("2027-01-03", 2, 4, 1),
        "02": Result("2027-01-02", 1, 4, 1),
        "03": Result("2027-01-01", 2, 4, 1),
        "04": Result("2027-01-01", 0, 0, 1),  # a demo without traps
        "05": Result("2027-01-04", 2, 4, 1),
        "06": Result("2027-01-02", 2, 4, 1),
        "07": None,
    }
    demos = [demo(number) for number in ("01", "02", "03", "04", "05", "06", "07", "08")]

    asked = [each.number for each in in_turn(demos, results)]

    assert sorted(asked[:2]) == ["07", "08"]
    assert asked[2:] == ["02", "03", "06", "01", "05", "04"]


def test_what_was_never_asked_is_mixed_and_each_time_the_same():
    demos = [demo(f"{number:02}") for number in range(1, 11)]

    orders = [[each.number for each in in_turn(demos, {})] for _ in range(2)]

    assert orders[0] == orders[1]
    assert orders[0] == ["06", "03", "07", "10", "01", "08", "05", "02", "04", "09"]


@pytest.mark.parametrize("entry", [None, 3, {}, {"when": "2027", "said": "1", "of": 2, "times": 1}])
def test_a_damaged_entry_counts_as_never_asked(entry):
    assert result_of(entry) is None


def test_the_score_is_by_topic_and_the_weakest_are_to_be_played():
    numbers = {"17": (4, 4), "18": (1, 4), "02": (0, 9)}
    demos = {each.number: each for each in find_demos()}

    score = score_of(Said(demos[number], *said) for number, said in numbers.items())

    assert [(each.name, each.said, each.of) for each in score.topics] == [
        ("Serializers", 0, 9),
        ("Security", 5, 8),
    ]
    assert [each.demo.number for each in score.play] == ["02", "18"]


def test_at_most_three_demos_are_to_be_played():
    score = score_of(Said(each, 1, 4) for each in find_demos()[:5])

    assert [each.demo.number for each in score.play] == ["01", "02", "03"]


def test_every_demo_can_be_asked_and_shows_no_markdown():
    for each in find_demos():
        spoken = spoken_of(each)
        texts = [spoken.answer, *spoken.traps, *(text for pair in spoken.next for text in pair)]

        assert spoken.answer
        assert spoken.next
        assert 0 < len(spoken.traps) < len(LABELS)
        assert [text for text in texts if "[^" in text or "](" in text or "\n" in text] == []


def test_a_list_is_cut_where_the_terminal_ends_and_the_cursor_chooses_the_page():
    texts = [f"Text {number}" for number in range(10)]
    ticks = Ticks(texts, set())
    console = Console(width=40, height=8, file=io.StringIO())
    above = Text("above\n")

    pages = ticks.pages(console, above)
    ticks.obey("7")
    shown = ticks.draw(console, above)

    assert pages == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
    assert str(shown).splitlines()[2].rstrip() == "   6 [ ] Text 5"
    assert ticks.ticked == {6}


def test_where_the_terminal_is_tiny_the_line_of_the_cursor_is_shown_without_the_title():
    ticks = Ticks(["Text 0", "Text 1"], set())
    console = Console(width=40, height=3, file=io.StringIO())

    ticks.obey("2")
    shown = ticks.draw(console, Text("above\n\n"))

    assert str(shown).splitlines()[0].rstrip() == " ▶ 2 [x] Text 1"


def test_it_starts_without_django_and_pytest():
    code = "import runner.learn.interview, sys; print({'django', 'pytest'} & set(sys.modules))"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout == "set()\n"
