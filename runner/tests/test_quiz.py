"""`make quiz` in a real terminal: a pseudo-terminal that the test types into."""

import json
import os
import re
import resource
import subprocess
import sys
from functools import partial

import pytest

from runner.catalogue import ROOT
from runner.tests.terminals import Terminal
from runner.tests.test_commands import sentence_of

TESTS = '''
import pytest
from runner import Verdict, claim

@claim("Apples hold")
def test_apples():
    """Apples do hold."""

@claim("Bananas are said to hold", verdict=Verdict.DEPENDS, since="DRF 3.18")
def test_bananas():
    """They hold only when green."""

@claim("Cherries are said to hold", verdict=Verdict.WRONG)
def test_cherries():
    """They never did."""
'''
TRANSCRIPT = """<!-- transcript: make docs writes this -->
```text
 1  Apples hold

    GET /05/apples/

    ✔ holds  Apples do hold.

 2  Bananas are said to hold

    GET /05/bananas/

    ◐ depends  They hold only when green.

 3  Cherries are said to hold

    GET /05/cherries/

    ⊘ wrong  They never did.
```
"""
KEYS = {"Apples": "h", "Bananas": "d", "Cherries": "w"}
ASKED = "Is it true? Press a key."
FROZEN = """
import sys
from datetime import datetime
from runner.__main__ import leave, run
from runner.learn import schedule
schedule.now = lambda: datetime.fromisoformat({!r})
leave(run(sys.argv[1:]))
"""


@pytest.fixture
def garden(house):
    """A project with one demo, of three claims."""
    house.write("tests.py", TESTS)
    house.write("README.md", f"# 05 · What holds?\n\n{TRANSCRIPT}")
    return house


@pytest.fixture
def file(tmp_path):
    return tmp_path / "progress.json"


@pytest.fixture
def quiz(garden, file):
    """Starts `make quiz` in a terminal; ends it after the test."""
    started = []

    def quiz(*options, at="2026-06-01T23:30:00+08:00", **more):
        code = FROZEN.format(at)
        command = ("-c", code, "quiz", *options, f"--state={file}")
        started.append(Terminal(garden, *command, **more))
        return started[-1]

    yield quiz
    for terminal in started:
        terminal.close()


def kept(file):
    """What the file holds of the quiz: each test, and whether its last answer was right."""
    entries = json.loads(file.read_text("utf-8"))["quiz"]
    return {key.partition("/")[2]: entry["right"] for key, entry in entries.items()}


def read_question(terminal):
    """The screen with the next claim, and the first word of the claim."""
    screen = terminal.read_until("q quit")
    assert ASKED in screen
    return screen, re.search("Apples|Bananas|Cherries", screen)[0]


def answer(terminal, missing=""):
    """Answer the next claim, wrongly if it is `missing`; returns its first word and the screen."""
    _, name = read_question(terminal)
    terminal.press("o" if name == missing else KEYS[name])
    return name, terminal.read_until("q quit")


def test_a_claim_is_asked_then_come_the_verdict_the_reason_and_the_evidence(quiz):
    terminal = quiz("--n=1", "05")

    asked, name = read_question(terminal)
    terminal.press(KEYS[name])
    revealed = terminal.read_until("q quit")
    terminal.press("n")
    end = terminal.read_to_the_end()

    assert " 05 · What holds?" in asked
    assert " 1 of 1 · h d o w · ? help · q quit" in asked
    assert not re.search(r"Apples do|only when|never did|GET|DRF 3\.18", asked)
    assert "Right. It comes again in 2 days." in revealed
    assert re.search(r"Apples do|only when|never did", revealed)
    assert f"GET /05/{name.lower()}/" in revealed
    assert " 1 of 1 · n next · ? help · q quit" in revealed
    assert "1 of 1 right" in end
    assert terminal.process.wait(30) == 0


def test_a_release_is_said_with_the_verdict(quiz):
    terminal = quiz()

    screens = {}
    for _ in range(3):
        name, screen = answer(terminal)
        screens[name] = screen
        terminal.press("n")

    assert "Bananas are said to hold · since DRF 3.18" in screens["Bananas"]
    assert "since" not in screens["Apples"]


def test_the_wrong_one_comes_first_the_next_day(quiz):
    evening = quiz("--n=3")
    for _ in range(3):
        answer(evening, missing="Cherries")
        evening.press("n")
    answer(evening)
    evening.press("n")
    score = evening.read_to_the_end()

    morning = quiz("--n=3", at="2026-06-02T00:00:00+08:00")
    _, first = read_question(morning)

    assert "2 of 3 right" in score
    assert "⊘ wrong    0 of 1" in score
    assert "make demo-05  What holds?" in score
    assert "1 claim tomorrow, 2 claims in 2 days" in score
    assert first == "Cherries"


def test_what_was_missed_is_asked_once_more_at_the_end_and_stays_missed(quiz, file):
    terminal = quiz()
    for number in (1, 2, 3):
        name, screen = answer(terminal, missing="Bananas")
        assert f"{number} of 3" in screen
        if name == "Bananas":
            assert "Not right: you said outdated. It comes again at the end." in screen
        terminal.press("n")

    name, again = answer(terminal)
    terminal.press("n")
    end = terminal.read_to_the_end()

    assert name == "Bananas"
    assert "Right. It comes again tomorrow." in again
    assert "again 1 of 1" in again
    assert "2 of 3 right" in end
    assert kept(file) == {"test_apples": True, "test_bananas": False, "test_cherries": True}


def test_what_is_missed_again_at_the_end_comes_tomorrow(quiz):
    terminal = quiz("--n=1", "05")
    read_question(terminal)
    terminal.press("o")
    terminal.read_until("at the end.")
    terminal.press("n")
    terminal.read_until("again 1 of 1")

    terminal.press("o")
    screen = terminal.read_until("tomorrow.")
    terminal.press("n")

    assert "Not right: you said outdated. It comes again" in screen
    assert "0 of 1 right" in terminal.read_to_the_end()


@pytest.mark.parametrize("keys", ["1234", "hdow", "HDOW"])
def test_four_keys_or_their_numbers_are_the_verdicts(quiz, keys):
    by_name = {"Apples": keys[0], "Bananas": keys[1], "Cherries": keys[3]}
    terminal = quiz()

    screens = []
    for _ in range(3):
        _, name = read_question(terminal)
        terminal.press(by_name[name])
        screens.append(terminal.read_until("q quit"))
        terminal.press("n")

    assert ["Right." in screen for screen in screens] == [True, True, True]


@pytest.mark.parametrize("key", ["n", " ", "\r", "\x1b[C"])
def test_next_goes_on_and_other_keys_do_not(quiz, key):
    terminal = quiz()
    answer(terminal)

    terminal.press("xz" + key)
    seen = terminal.read_until("2 of 3 · h d o w")

    assert ASKED in seen


def test_a_verdict_is_no_answer_to_what_was_answered(quiz, file):
    terminal = quiz()
    answer(terminal)

    terminal.press("o\x1b[C")
    terminal.read_until("2 of 3 · h d o w")

    assert list(kept(file).values()) == [True]


def test_ctrl_c_in_the_middle_keeps_what_was_answered(quiz, file):
    terminal = quiz()
    answer(terminal)
    terminal.press("n")
    read_question(terminal)
    before = terminal.waits_for_enter()

    terminal.press("\x03")

    assert terminal.process.wait(30) == 130
    assert len(kept(file)) == 1
    assert (before, terminal.waits_for_enter()) == (False, True)


def test_an_answer_is_kept_before_its_verdict_is_shown(quiz, file):
    terminal = quiz()

    answer(terminal)

    assert list(kept(file).values()) == [True]


def test_q_in_the_middle_shows_the_score_of_what_was_answered(quiz):
    terminal = quiz()
    answer(terminal)
    terminal.press("n")
    read_question(terminal)

    terminal.press("q")
    end = terminal.read_to_the_end()

    assert "1 of 1 right" in end
    assert "1 claim in 2 days, 2 not asked yet" in end
    assert terminal.process.wait(30) == 0
    assert terminal.waits_for_enter()


def test_q_after_a_verdict_ends_too(quiz):
    terminal = quiz()
    answer(terminal)

    terminal.press("q")

    assert "1 of 1 right" in terminal.read_to_the_end()


def test_q_at_once_is_no_score_and_keeps_nothing(quiz, file):
    terminal = quiz()
    read_question(terminal)

    terminal.press("q")

    assert "No claim was answered; `make quiz` asks again." in terminal.read_to_the_end()
    assert not file.exists()


@pytest.mark.parametrize("keys", ["oq", "onq"])
def test_after_q_nothing_that_was_missed_is_asked_again(quiz, keys):
    terminal = quiz()
    read_question(terminal)

    terminal.press(keys)
    end = terminal.read_to_the_end()

    assert "0 of 1 right" in end
    assert "again 1 of 1" not in end


def test_q_while_missed_ones_are_asked_again_ends_with_the_score(quiz):
    terminal = quiz()
    for _ in range(3):
        terminal.read_until("h d o w")
        terminal.press("o")
        terminal.read_until("at the end.")
        terminal.press("n")
    terminal.read_until("again 1 of 3")

    terminal.press("q")

    assert "0 of 3 right" in terminal.read_to_the_end()


def test_a_full_disk_is_one_sentence_and_keeps_what_was_kept(quiz, file):
    before = '{"quiz": {"99/test_gone": {"right": true}}}'
    file.write_text(before, "utf-8")
    full = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (0, 0))
    terminal = quiz(prepare=full)
    _, name = read_question(terminal)

    terminal.press(KEYS[name])
    end = terminal.read_to_the_end()

    assert f"{file} cannot be written (File too large); name another file by STATE=." in (
        end.replace("\r\n", "")
    )
    assert "Traceback" not in end
    assert terminal.process.wait(30) == 2
    assert terminal.waits_for_enter()
    assert file.read_text("utf-8") == before


def test_an_entry_of_a_removed_claim_stays_and_a_damaged_one_is_asked_as_new(quiz, file):
    before = {"05/test_gone": {"right": True}, "05/test_apples": {"due": "?"}}
    file.write_text(json.dumps({"quiz": before, "fix": {"05": 1}}), "utf-8")
    terminal = quiz()
    for _ in range(3):
        answer(terminal)
        terminal.press("n")

    end = terminal.read_to_the_end()

    assert "3 of 3 right" in end
    assert "3 claims in 2 days\r\n" in end
    after = json.loads(file.read_text("utf-8"))
    assert after["quiz"]["05/test_gone"] == {"right": True}
    assert after["quiz"]["05/test_apples"]["due"] == "2026-06-03T15:30:00+00:00"
    assert after["fix"] == {"05": 1}


def test_a_resize_draws_again(quiz):
    terminal = quiz()
    screen, name = read_question(terminal)

    terminal.resize(24, 40)
    again, same = read_question(terminal)

    assert name == same
    assert max(map(len, re.split("\r\n|\r", again))) <= 40
    assert len(screen) > 40


def test_on_a_small_terminal_the_claim_has_pages_and_can_be_answered_on_each(quiz):
    terminal = quiz()
    read_question(terminal)

    terminal.resize(10, 40)
    first = terminal.read_until("page 1 of 2")
    terminal.press("n")
    second = terminal.read_until("page 2 of 2")
    terminal.press("b")
    back = terminal.read_until("page 1 of 2")
    terminal.press("nno")
    revealed = terminal.read_until("It comes")

    assert "The usual answer says:" in first
    assert "The usual answer says:" not in second
    assert "The usual answer says:" in back
    assert "Not right: you said" in revealed


def test_a_page_that_is_no_more_becomes_the_last_one(quiz):
    terminal = quiz()
    read_question(terminal)
    terminal.resize(10, 80)
    terminal.read_until("page 1 of 2 · h d o w · ? help · q quit")
    terminal.press("n")
    terminal.read_until("page 2 of 2 · h d o w · ? help · q quit")

    terminal.resize(24, 80)
    screen, _ = read_question(terminal)

    assert "page" not in screen


def test_each_page_begins_on_an_empty_screen_and_its_last_line_is_reversed(quiz):
    terminal = quiz()
    terminal.read_until("q quit")

    terminal.press("x")
    again = terminal.read_raw_until("q quit")

    assert "\x1b[2J\x1b[H\x1b[1;38;5;31m 05 · " in again
    assert "\x1b[24;1H\x1b[7m 1 of 3 · h d o w · ? help · q quit" in again


def test_question_mark_tells_all_keys(quiz):
    terminal = quiz()
    _, name = read_question(terminal)

    terminal.press("?")
    told = terminal.read_until("any key goes back")
    terminal.resize(24, 70)
    again = terminal.read_until("any key goes back")
    terminal.press("?")
    _, same = read_question(terminal)

    for screen in (told, again):
        assert "end here and see the score; every answer is kept" in screen
    assert name == same


def test_colours_are_left_out_where_the_user_wants_none(quiz):
    with_colours = quiz().read_raw_until("q quit")
    without = quiz(NO_COLOR="1").read_raw_until("q quit")

    assert "\x1b[1;38;5;31m 05 · " in with_colours
    assert "38;5" not in without


def test_without_a_terminal_it_says_what_works_without_one(garden, file):
    said = sentence_of(garden.run("quiz", f"--state={file}"))

    assert said == (
        "The quiz reads keys from a terminal, and there is none; "
        "`make demo-05` plays a demo without one, `make site` writes pages."
    )


@pytest.mark.parametrize("descriptor", [0, 1])
def test_a_terminal_for_the_keys_or_the_pages_alone_is_not_enough(quiz, descriptor):
    terminal = quiz(prepare=lambda: os.dup2(os.open(os.devnull, os.O_RDWR), descriptor))

    assert "The quiz reads keys from a terminal, and there is none" in terminal.read_to_the_end()
    assert terminal.process.wait(30) == 2


def test_a_bad_number_or_topic_is_one_sentence(garden):
    number = sentence_of(garden.run("quiz", "--n=many"))
    topic = sentence_of(garden.run("quiz", "--topic=zebra"))

    assert number == "N=many is not a number from 1 to 9999; N=10 is the default."
    assert topic.startswith("TOPIC=zebra fits none of the demos asked for; the topics are ")


def test_a_file_that_is_no_progress_is_one_sentence_and_stays(quiz, file):
    file.write_text("my notes", "utf-8")

    terminal = quiz()
    end = terminal.read_to_the_end()

    assert f"{file} cannot be read" in end.replace("\r\n", "")
    assert terminal.process.wait(30) == 2
    assert file.read_text("utf-8") == "my notes"


def test_the_number_and_the_topic_choose_what_is_asked(garden, file):
    (garden.folder / "demos" / "topics.toml").write_text(
        '[[topic]]\nname = "Fruit"\ndemos = ["05"]\n', "utf-8"
    )
    terminal = Terminal(garden, "-m", "runner", "quiz", "--topic=fruit", "--n=2", f"--state={file}")
    try:
        screen, _ = read_question(terminal)
    finally:
        terminal.close()

    assert "1 of 2" in screen


def test_ten_claims_are_asked_by_default(house, file):
    claims = "".join(f'@claim("Claim {n}")\ndef test_{n}():\n    """Yes."""\n' for n in range(11))
    house.write("tests.py", f"from runner import claim\n{claims}")
    terminal = Terminal(house, "-m", "runner", "quiz", f"--state={file}")
    try:
        screen = terminal.read_until("q quit")
    finally:
        terminal.close()

    assert "1 of 10" in screen


def test_it_starts_without_django_and_without_pytest():
    modules = (
        "import sys, runner.__main__, runner.learn.quiz\n"
        "found = {name.partition('.')[0] for name in sys.modules}\n"
        "assert not found & {'django', 'rest_framework', 'pytest', 'pygments', 'celery'}, found\n"
    )

    run = subprocess.run(
        [sys.executable, "-c", modules], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert run.stderr == ""
