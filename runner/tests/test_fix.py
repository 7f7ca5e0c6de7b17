"""`make fix`: a demo broken on purpose, repaired by an edit while a real terminal looks on."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from functools import partial
from pathlib import Path

import pytest

from runner.catalogue import Demo
from runner.learn.exercises import exercises_of
from runner.learn.practice import Practice
from runner.learn.record import Done, note
from runner.tests.conftest import MUTATIONS
from runner.tests.processes import is_gone
from runner.tests.test_slides import Terminal

ORIGINAL = 'Product.objects.select_related("brand")'
BROKEN = "Product.objects.all()"
SECOND = """
[[mutation]]
breaks = "The list ends after one product"
file = "views.py"
find = 'Product.objects.select_related("brand")'
replace = 'Product.objects.select_related("brand")[:1]'
caught_by = ["test_one_query"]
"""


class Learner(Terminal):
    """A terminal in which `make fix` runs, and an editor for the practice copy."""

    def __init__(self, house, *arguments, **variables):
        self.house = house
        self.views = house.folder / "practice" / "05_tiny" / "views.py"
        self.state = house.folder / "state.json"
        self.unread = ""
        self.keyboard, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "runner", "fix", *arguments, f"--state={self.state}"],
            cwd=house.folder,
            env=house.environment(TERM="xterm-256color", **variables),
            preexec_fn=partial(os.login_tty, inside),
        )
        os.close(inside)

    def save(self, before, after):
        """Edit the copy as an editor does."""
        text = self.views.read_text("utf-8")
        assert before in text
        self.views.write_text(text.replace(before, after), "utf-8")

    def screen(self, text=""):
        """The next screen on which this text stands."""
        seen = ""
        while text not in seen or not seen:
            seen = self.read_until("q quit")
        return seen

    def read_until(self, awaited):
        """What appears up to `awaited`; what comes after it is read by the next call."""
        while awaited not in self.unread:
            assert select.select([self.keyboard], [], [], 60)[0], f"no {awaited!r}: {self.unread!r}"
            new = os.read(self.keyboard, 65536)
            self.unread += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", new.decode(errors="replace"))
        seen, _, self.unread = self.unread.partition(awaited)
        return seen + awaited

    def quit(self):
        self.press("q")
        said = self.read_until("goes on.")
        assert self.process.wait(30) == 0
        return said

    def kept(self):
        """What the progress file holds of the exercises, in their order."""
        fix = json.loads(self.state.read_text("utf-8"))["fix"]
        keys = [exercise.key for exercise in exercises_of(Demo(self.house.demo))]
        return [fix.get(key) for key in keys]


@pytest.fixture
def learner(house):
    """Starts `make fix` with these arguments; what still runs at the end of the test is ended."""
    started = []

    def start(*arguments, **variables):
        started.append(Learner(house, *arguments, **variables))
        return started[-1]

    yield start
    for learner in started:
        learner.process.kill()
        learner.process.wait()
        os.close(learner.keyboard)


def exercise_of(house, number=1):
    return exercises_of(Demo(house.demo))[number - 1]


def practice_of(house):
    return Practice(Demo(house.demo), house.folder / "practice")


# From red to green


def test_a_save_with_the_original_line_is_green(learner, house):
    house.write("mutations.toml", MUTATIONS + SECOND)
    fix = learner("05")
    red = fix.screen()

    fix.save(BROKEN, ORIGINAL)
    green = fix.screen("serializer_class")
    fix.quit()

    assert "05 · exercise 1 of 2 · Is this a tiny demo?" in red
    assert "practice/05_tiny/" in red
    assert "1 of 1 test is red." in red
    assert "✘ FAILED" in red
    assert "holds is not what happens: demos/05_tiny/tests.py:14" in red
    assert "expected  1 query" in red
    assert "seen      3 queries" in red
    assert "1 other case failed as well" in red
    assert "✔ Fixed: 1 test green. 1 of 2 are left: press n." in green
    assert "The original code is back." in green
    assert f"-    queryset = {BROKEN}" in green
    assert f"+    queryset = {ORIGINAL}" in green
    assert fix.kept() == [{"hints": 0, "saw_solution": False, "is_done": True}, None]


def test_what_is_broken_is_not_told_at_first(learner):
    red = learner("05").screen()

    assert "join" not in red
    assert "views.py" not in red


def test_another_cure_is_welcome_and_its_difference_is_shown(learner):
    fix = learner("05")
    fix.screen()

    fix.save(BROKEN, f"{ORIGINAL}.all()")
    green = fix.screen("serializer_class")

    assert "Your fix is another one than the original" in green
    assert "the tests are green for another reason" in " ".join(green.split())
    assert f"-    queryset = {ORIGINAL}" in green
    assert f"+    queryset = {ORIGINAL}.all()" in green
    assert fix.kept()[0]["is_done"]


def test_an_edit_that_cures_nothing_stays_red(learner):
    fix = learner("05")
    fix.screen()

    fix.save(BROKEN, "Product.objects.none()")
    red = fix.screen()

    assert "seen      0" in red
    assert not fix.kept()[0]["is_done"]


def test_the_original_stays_untouched(learner, house):
    before = {file: file.read_bytes() for file in house.demo.iterdir() if file.is_file()}
    fix = learner("05")
    fix.screen()

    fix.save(BROKEN, "Product.objects.none()")
    fix.screen("seen      0")
    fix.quit()

    assert {file: file.read_bytes() for file in house.demo.iterdir() if file.is_file()} == before


def test_a_file_that_is_no_python_is_a_sentence_until_the_next_save(learner):
    fix = learner("05")
    fix.screen()

    fix.save(BROKEN, "Product.objects.(")
    broken = fix.screen()
    fix.save("Product.objects.(", ORIGINAL)
    green = fix.screen("serializer_class")

    assert "practice/05_tiny/views.py line 7 is no valid Python: invalid syntax." in broken
    assert "✔ Fixed" in green


def test_an_exception_of_the_app_names_the_line_of_the_copy(learner):
    fix = learner("05")
    fix.screen()

    fix.save("ListAPIView):", "ListAPIView):\n    def get_queryset(self):\n        return 1 / 0\n")
    red = fix.screen()

    assert "ZeroDivisionError" in red
    assert "practice/05_tiny/views.py:8" in red


def test_a_test_that_the_learner_wrote_is_not_run(learner):
    fix = learner("05")
    fix.screen()

    fix.views.with_name("tests.py").write_text("def test_nothing(): pass\n", "utf-8")
    red = fix.screen()

    assert "practice/05_tiny/tests.py is not run: the tests are those of demos/05_tiny/." in red
    assert "1 of 1 test is red." in red


# Keys


def test_h_gives_one_hint_more_each_time(learner):
    fix = learner("05")
    fix.screen()

    fix.press("h")
    first = fix.screen()
    fix.press("h")
    second = fix.screen()
    fix.press("h")
    third = fix.screen()
    fix.press("h")
    again = fix.screen()

    assert "hint 1  The join is dropped." in first
    assert "hint 2" not in first
    assert "hint 2  The edit is in views.py." in second
    assert "hint 3" not in second
    assert "hint 3  Look at line 7." in third
    assert "hint 3  Look at line 7." in again
    assert fix.kept()[0]["hints"] == 3


def test_s_shows_the_solution_until_a_key(learner):
    fix = learner("05")
    fix.screen()

    fix.press("s")
    solution = fix.screen()
    fix.press("x")
    back = fix.screen()

    assert f"-    queryset = {BROKEN}" in solution
    assert f"+    queryset = {ORIGINAL}" in solution
    assert "any other key back" in solution
    assert "✘ FAILED" in back
    assert fix.kept() == [{"hints": 0, "saw_solution": True, "is_done": False}]


def test_t_shows_the_test_that_is_red(learner):
    fix = learner("05")
    fix.screen()

    fix.press("t")
    shown = fix.screen()

    assert "demos/05_tiny/tests.py:8" in shown
    assert 'api.get("/05/products/")' in shown


def test_space_shows_more_and_goes_round(learner):
    fix = learner("05")
    fix.screen()
    fix.resize(14, 80)
    first = fix.read_until("1/2 space")

    fix.press(" ")
    second = fix.read_until("2/2 space")
    fix.press(" ")
    again = fix.read_until("1/2 space")

    assert "✘ FAILED" in first
    assert "✘ FAILED" not in second
    assert "GET /05/products/" in second
    assert "✘ FAILED" in again


def test_n_goes_to_the_next_exercise_that_is_not_done(learner, house):
    house.write("mutations.toml", MUTATIONS + SECOND)
    fix = learner("05")
    fix.screen()
    fix.save(BROKEN, ORIGINAL)
    fix.screen("serializer_class")

    fix.press("n")
    second = fix.screen("exercise 2 of 2")
    copy = fix.views.read_text("utf-8")
    fix.press("n")
    fix.screen("exercise 1 of 2")

    assert "exercise 2 of 2" in second
    assert f"{ORIGINAL}[:1]" in copy
    assert [done["is_done"] for done in fix.kept()] == [True, False]
    assert f"{ORIGINAL}[:1]" not in fix.views.read_text("utf-8")


def test_r_asks_before_it_writes_over_what_the_learner_wrote(learner):
    fix = learner("05")
    fix.screen()
    fix.save(BROKEN, "Product.objects.none()")
    fix.screen("seen      0")

    fix.press("r")
    asked = fix.read_until("n no")
    fix.press("n")
    fix.screen()
    kept = fix.views.read_text("utf-8")
    fix.press("r")
    fix.read_until("n no")
    fix.press("y")
    fix.screen("seen      3 queries")

    assert "practice/05_tiny/views.py will be lost. Write over it? y yes · n no" in asked
    assert "Product.objects.none()" in kept
    assert fix.views.read_text("utf-8") == exercise_of(fix.house).broken


# Starting again


def test_a_second_start_goes_on_with_the_same_copy(learner, house):
    house.write("mutations.toml", MUTATIONS + SECOND)
    first = learner("05", "--n=2")
    first.screen()
    first.press("h")
    first.screen("hint 1")
    first.save("[:1]", "[:2]")
    first.screen("seen ")
    said = first.quit()

    second = learner()
    shown = second.screen()

    assert "Exercise 2 of 2 of demo 05 is in practice/05_tiny/; `make fix` goes on." in said
    assert "exercise 2 of 2" in shown
    assert "hint 1  The list ends after one product." in shown
    assert f"{ORIGINAL}[:2]" in second.views.read_text("utf-8")


def test_another_exercise_asks_before_it_writes_over_work(learner, house):
    house.write("mutations.toml", MUTATIONS + SECOND)
    practice_of(house).begin(exercise_of(house))
    (house.folder / "practice/05_tiny/views.py").write_text("mine = 1\n", "utf-8")

    fix = learner("05", "--n=2")
    asked = fix.read_until("n no")
    fix.press("n")
    shown = fix.screen()

    assert "practice/05_tiny/views.py will be lost" in asked
    assert "exercise 1 of 2" in shown
    assert fix.views.read_text("utf-8") == "mine = 1\n"


def test_work_on_an_exercise_that_is_gone_stays(learner, house):
    practice_of(house).begin(exercise_of(house))
    (house.folder / "practice/05_tiny/views.py").write_text("mine = 1\n", "utf-8")
    house.write("mutations.toml", SECOND)

    fix = learner("05")
    fix.read_until("n no")
    fix.press("n")
    said = fix.read_until("another exercise.")

    assert "practice/05_tiny stays as it is; move it away to begin another exercise." in said
    assert fix.process.wait(30) == 0
    assert fix.views.read_text("utf-8") == "mine = 1\n"


def test_a_demo_that_has_changed_since_is_copied_again(learner, house):
    practice_of(house).begin(exercise_of(house))
    house.edit("views.py", "class ", "LIMIT = 7\n\nclass ")

    fix = learner("05")
    fix.screen()

    assert "LIMIT = 7" in fix.views.read_text("utf-8")


def test_when_all_are_done_it_says_so(learner, house):
    note(house.folder / "state.json", "05", exercise_of(house).key, Done(is_done=True))

    fix = learner("05")
    said = fix.read_until("begins again.")

    assert "The only exercise of demo 05 is done; `make fix-05 N=1` begins again." in said
    assert fix.process.wait(30) == 0


def test_a_folder_of_others_is_left_alone(learner, house):
    folder = house.folder / "practice" / "05_tiny"
    folder.mkdir(parents=True)
    (folder / "views.py").write_text("theirs = 1\n", "utf-8")

    fix = learner("05")
    said = fix.read_until("copy there.")

    assert "practice/05_tiny was not made by `make fix-05`, so it stays as it is; move it" in said
    assert fix.process.wait(30) == 2
    assert [file.name for file in folder.iterdir()] == ["views.py"]
    assert (folder / "views.py").read_text("utf-8") == "theirs = 1\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists the children of a process")
def test_ctrl_c_loses_nothing_and_leaves_nothing(learner, tmp_path_factory):
    place = tmp_path_factory.mktemp("place")
    fix = learner("05", TMPDIR=str(place))
    before = termios.tcgetattr(fix.keyboard)
    fix.screen()
    fix.save(BROKEN, "mine")
    fix.screen()
    pid = fix.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()

    fix.press("\x03")

    assert fix.process.wait(30) == 130
    assert termios.tcgetattr(fix.keyboard) == before
    assert children
    assert all(is_gone(int(child)) for child in children)
    assert list(place.iterdir()) == []
    assert "mine" in fix.views.read_text("utf-8")


def test_ctrl_c_while_the_tests_run(learner, house):
    house.edit("tests.py", "    stock_products(products)", "    import time; time.sleep(60)")
    fix = learner("05")
    fix.read_until("running the tests")

    os.killpg(fix.process.pid, signal.SIGINT)

    assert fix.process.wait(30) == 130
    assert fix.views.read_text("utf-8") == exercise_of(house).broken


# Without a terminal, and what cannot be


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["05"],
            "`make fix-05` reads keys from a terminal, and there is none; `make break-05` shows "
            "all mutations in a row.",
        ),
        ([], "You have not fixed a demo yet; `make fix-07` begins with one."),
    ],
)
def test_what_cannot_be_is_a_sentence(house, arguments, sentence):
    run = house.run("fix", *arguments, f"--state={house.folder}/state.json")

    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == f"{sentence}\n"
    assert not (house.folder / "practice").exists()


@pytest.mark.parametrize("n", ["2", "0x1", "-1"])
def test_an_exercise_that_is_not_there(learner, n):
    fix = learner("05", f"--n={n}")

    said = fix.read_until("N=1.")

    assert f"N={n} is no exercise of demo 05, which has N=1 to N=1." in said
    assert fix.process.wait(30) == 2


def test_a_demo_without_exercises(learner, house):
    house.edit("mutations.toml", "[[mutation]]", "[[mutation]]\ncures = true")

    fix = learner("05")

    assert "Demo 05 has no exercise" in fix.read_until("some.")
    assert fix.process.wait(30) == 2
