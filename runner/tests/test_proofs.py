"""Breaking a demo, checking it, and writing down what it shows."""

import errno
import os
import py_compile
import re
import select
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from time import monotonic

import pytest

from runner.catalogue import Demo, find_demo
from runner.errors import UserError
from runner.proofs.scratch import copy_what_demos_share, scratch_copy
from runner.recording import run as run_module
from runner.recording.forks import forget
from runner.tests.conftest import MUTATIONS
from runner.tests.terminals import Terminal


def snapshot(folder):
    return {
        path: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_breaking_shows_the_edit_the_red_scene_and_who_caught_it(house):
    before = snapshot(house.folder)

    run = house.run("break", "05")

    assert run.returncode == 0
    lines = run.stdout.splitlines()
    assert " 1/1 The join is dropped" in lines
    assert '    -    queryset = Product.objects.select_related("brand")' in lines
    assert "    +    queryset = Product.objects.all()" in lines
    assert "expected  1 query" in run.stdout
    assert "seen      3 queries" in run.stdout
    assert " ✔ caught by test_one_query" in lines
    assert " 1 of 1 mutation caught · your files are untouched" in lines
    assert snapshot(house.folder) == before


def test_proving_says_a_line_for_each_mutation(house):
    run = house.run("prove")

    assert run.returncode == 0
    line, count = run.stdout.splitlines()
    assert line == "✔ 05 The join is dropped"
    assert re.fullmatch(r"1 of 1 mutation caught in \d+ seconds", count)


OTHER_TEST = '''

@trap("The list is a list")
def test_another(api):
    """It is."""
    assert api.get("/05/products/").json() == []
'''


@pytest.mark.parametrize(
    ("replace", "caught_by", "problem"),
    [
        (
            'Product.objects.select_related("brand").all()',
            '["test_one_query"]',
            "survives: no test went red",
        ),
        (
            "Product.objects.none()",
            '["test_another"]',
            "is not caught by test_another",
        ),
        (
            "Product.objects.all()",
            "[]",
            "is also caught by test_one_query, which caught_by does not name",
        ),
        (
            "Product.objects.select_related(brand)",
            '["test_one_query"]',
            "fails for another reason: test_another ended in NameError: name 'brand' is not "
            "defined",
        ),
        (
            'Product.objects.select_related("nothing")',
            '["test_one_query"]',
            "fails for another reason: test_another ended in FieldError: Invalid field name(s) "
            "given in select_related: 'nothing'. Choices are: category, brand",
        ),
    ],
)
def test_a_mutation_that_proves_nothing_fails_the_command(house, replace, caught_by, problem):
    house.edit("tests.py", "\n\n@claim", OTHER_TEST + "\n\n@claim")
    house.edit("mutations.toml", '"Product.objects.all()"', f"'{replace}'")
    house.edit("mutations.toml", '["test_one_query"]', caught_by)

    run = house.run("prove")

    assert run.returncode == 1
    line, count = run.stdout.splitlines()
    assert line == f"✘ 05 The join is dropped: {problem}"
    assert count.startswith("0 of 1 mutation caught in ")


def test_a_mutation_that_no_longer_applies(house):
    house.edit("mutations.toml", "select_related(", "select_unrelated(")

    run = house.run("prove")

    assert run.returncode == 1
    assert run.stdout.splitlines()[0] == (
        "✘ 05 The join is dropped: no longer applies: views.py does not hold `find` exactly once"
    )


STATUS_TEST = """
import pytest
from runner import claim

@claim("The list is there")
@pytest.mark.django_db
def test_one_query(api):
    api.raise_request_exception = False
    assert api.get("/05/products/").status_code == 200
"""


def test_a_mutation_that_is_no_python_is_another_reason(house):
    house.edit("mutations.toml", '"Product.objects.all()"', '"Product.objects.all("')
    house.edit("tests.py", "from shop.fac", "from . import views\nfrom shop.fac")

    run = house.run("prove")

    assert run.returncode == 1
    assert run.stdout.splitlines()[0] == (
        "✘ 05 The join is dropped: fails for another reason: pytest demos/05_tiny did not get far: "
        "E   SyntaxError: '(' was never closed"
    )


def test_a_slip_of_the_pen_behind_a_500_is_another_reason(house):
    """The test asserts on a status, so a NameError in the view would look like a failed claim."""
    house.write("tests.py", STATUS_TEST)
    house.edit("mutations.toml", "'Product.objects", "'queryset = Product.objects")
    house.edit("mutations.toml", '"Product.objects.all()"', '"get_queryset = lambda self: wrong"')

    run = house.run("prove")

    assert run.returncode == 1
    assert run.stdout.splitlines()[0] == (
        "✘ 05 The join is dropped: fails for another reason: test_one_query met NameError: name "
        "'wrong' is not defined"
    )


def test_a_demo_that_is_red_unbroken_proves_nothing(house):
    house.edit("views.py", '.select_related("brand")', ".all()")
    house.edit("mutations.toml", '.select_related("brand")', ".all()")

    run = house.run("prove")

    assert run.returncode == 1
    assert "✘ 05 test_one_query is failed unbroken" in run.stdout.splitlines()


def test_a_full_disk_is_one_sentence(monkeypatch):
    def copy_to_full_disk(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", copy_to_full_disk)

    match = r"^The scratch copy .* \(No space left on device\); make room there"
    with pytest.raises(UserError, match=match), scratch_copy():
        pass


def test_a_mutation_that_hangs_is_ended_and_said(house, monkeypatch):
    monkeypatch.setattr(run_module, "SECONDS", 2)
    house.write("views.py", "while True: pass")
    try:
        with pytest.raises(UserError, match=r"^still running after 2 seconds$"):
            run_module.rehearse("demos/05_tiny", folder=house.folder)
    finally:
        forget(house.folder)


def test_the_next_run_of_a_preloaded_process_sees_an_edit(house):
    rehearse = partial(
        run_module.rehearse, "demos/05_tiny", folder=house.folder, demo=Demo(house.demo)
    )
    try:
        (before,) = rehearse().scenes
        house.edit("views.py", '.select_related("brand")', ".all()")
        (after,) = rehearse().scenes
    finally:
        forget(house.folder)

    assert (before.outcome, after.outcome) == ("passed", "failed")


def test_an_edit_of_the_same_size_in_the_same_second_counts():
    demo = find_demo("07")
    with scratch_copy() as scratch:
        scratch.add(demo)
        views = scratch.folder / demo.path / "views.py"
        text = views.read_text("utf-8")
        bytecode = Path(py_compile.compile(str(views)))

        with scratch.edited(demo, "views.py", text.swapcase()):
            assert views.read_text("utf-8") == text.swapcase()
            assert not bytecode.exists()

        assert views.read_text("utf-8") == text


HANGING = """[[mutation]]
breaks = "The view never loads"
file = "views.py"
find = 'Product.objects.select_related("brand")'
replace = '(kept := open("{fifo}", "w")) and __import__("signal").pause()'
caught_by = ["test_one_query"]
"""


def test_ctrl_c_ends_everything_within_2_seconds(house, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    house.write("mutations.toml", HANGING.format(fifo=fifo))
    process = subprocess.Popen(
        [sys.executable, "-m", "runner", "prove"],
        cwd=house.folder,
        env=house.environment(TMPDIR=str(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with fifo.open() as run:  # the run that hangs has opened the other end
        start = monotonic()
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=30)
        assert select.select([run], [], [], 30)[0], "the run goes on"
        assert run.read() == ""
        took = monotonic() - start

    assert (process.returncode, said) == (130, b"")
    assert took < 2
    assert list(tmp_path.glob("demo-*")) == []


def test_one_mutation_is_shown_by_its_number(house):
    house.write("mutations.toml", MUTATIONS + MUTATIONS.replace("The join", "Another join"))

    second = house.run("break", "05", "--n=2")
    third = house.run("break", "05", "--n=3")

    assert " 2/2 Another join is dropped" in second.stdout.splitlines()
    assert "The join is dropped" not in second.stdout
    assert " 1 of 1 mutation caught · your files are untouched" in second.stdout.splitlines()
    assert (third.returncode, third.stdout) == (2, "")
    assert third.stderr == "N=3 is no mutation of demo 05, which has N=1 to N=2.\n"


def test_breaking_waits_for_a_key_after_each_mutation_but_the_last(house):
    mutations = [MUTATIONS.replace("The join", join) for join in ("First", "Second", "Third")]
    house.write("mutations.toml", "".join(mutations))
    terminal = Terminal(house, "-m", "runner", "break", "05", "--step=1")
    try:
        first = terminal.read_until("q: quit")
        terminal.press("n")
        second = terminal.read_until("q: quit")
        terminal.press("q")
        end = terminal.read_until("untouched")
        status = terminal.process.wait(30)
    finally:
        terminal.close()

    assert "1/3 First is dropped" in first
    assert "Second is dropped" not in first
    assert "2/3 Second is dropped" in second
    assert "Third is dropped" not in second + end
    assert "2 of 2 mutations caught" in end
    assert status == 0


def test_breaking_step_by_step_needs_a_terminal(house):
    run = house.run("break", "05", "--step=1")

    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == (
        "STEP=1 reads keys from a terminal, and there is none; "
        "`make break-05` shows all mutations in a row.\n"
    )


def test_a_cure_is_not_called_broken(house):
    house.edit("mutations.toml", "[[mutation]]", "[[mutation]]\ncures = true")
    house.edit("tests.py", 'every product")', 'every product", verdict=Verdict.WRONG)')

    run = house.run("break", "05")

    assert run.returncode == 0
    assert "views.py, cured" in run.stdout
    assert "✔ cured: the proof that it was broken goes red: test_one_query" in run.stdout
    assert "caught by" not in run.stdout


def test_what_turns_a_claim_that_holds_red_is_no_cure(house):
    house.edit("mutations.toml", "[[mutation]]", "[[mutation]]\ncures = true")

    run = house.run("break", "05")

    assert run.returncode == 1
    assert "✘ is no cure: test_one_query proves a claim that holds" in run.stdout


def test_a_copy_brings_whole_bytecode_of_this_python_and_no_tests(tmp_path, monkeypatch):
    cache, tag = tmp_path / "from" / "shop" / "__pycache__", sys.implementation.cache_tag
    cache.mkdir(parents=True)
    (tmp_path / "from" / "shop" / "tests").mkdir()
    for name in (f"a.{tag}.pyc", f"b.{tag}-pytest-9.2.0.pyc", f"c.{tag}.pyc.139", "d.other.pyc"):
        (cache / name).touch()
    monkeypatch.setattr("runner.proofs.scratch.ROOT", tmp_path / "from")
    monkeypatch.setattr("runner.proofs.scratch.COPIED", ("shop",))

    copy_what_demos_share(tmp_path / "to")

    copied = sorted(path.name for path in (tmp_path / "to").rglob("*"))
    assert copied == ["__pycache__", f"a.{tag}.pyc", f"b.{tag}-pytest-9.2.0.pyc", "shop"]
