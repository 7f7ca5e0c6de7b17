"""`make fix` again: what goes on, what is never lost, and what cannot be."""

import os
import signal
import sys
import termios
from pathlib import Path

import pytest

from runner.learn.record import Done, note
from runner.tests.conftest import MUTATIONS
from runner.tests.learner import BROKEN, ORIGINAL, SECOND, exercise_of, practice_of
from runner.tests.processes import is_gone

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


def test_without_a_copy_it_begins_with_the_first_that_is_not_done(learner, house):
    house.write("mutations.toml", MUTATIONS + SECOND)
    note(house.folder / "state.json", "05", exercise_of(house).key, Done(is_done=True))

    shown = learner("05").screen()

    assert "exercise 2 of 2" in shown


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
