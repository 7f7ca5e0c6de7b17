"""`make versions`: what is played, what a test came to, and the data."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from threading import Barrier

import pytest

from runner.catalogue import ROOT, Demo, find_demo, find_demos
from runner.errors import UserError
from runner.proofs.release_faults import faults_of_tests
from runner.proofs.scratch import in_scratch_copies
from runner.recording.forks import Uncollected, forget
from runner.recording.model import Case, Failure, Note, Scene
from runner.recording.run import rehearse
from runner.story.versions import (
    Aside,
    Cell,
    Versions,
    read_versions,
)
from runner.tests.processes import wait_until
from runner.tests.releases import column, two_columns
from runner.versions import environment, play
from runner.versions.columns import Pair, keep_former, read_pairs
from runner.versions.data import versions_of
from runner.versions.environment import CannotInstall, Environment
from runner.versions.results import Result, Shelf
from runner.versions.states import case_of, cell_of

WAITS = """
import threading
from pathlib import Path

def test_one():
    Path({running!r}).touch()
    threading.Event().wait()
"""


# What is tried


def test_the_pins_are_two_of_the_columns():
    pinned = [pair.pins for pair in read_pairs() if pair.is_pinned]

    assert sorted(pinned) == ["constraints-newest.txt", "constraints.txt"]


def test_the_oldest_column_comes_first(tmp_path):
    (tmp_path / "columns.toml").write_text(
        '[[column]]\npython = "3.11"\npins = "constraints.txt"\ndjango = "6.0"\n'
        '[[column]]\npython = "3.11"\npins = "constraints.txt"\ndjango = "5.2.9"\n'
        '[[column]]\npython = "3.11"\npins = "constraints.txt"\ndjango = "5.2.10"\ndrf = "3.9"\n'
    )

    found = read_pairs(tmp_path / "columns.toml")

    assert [pair.releases["Django"] for pair in found] == ["5.2.10", "5.2.9", "6.0"]


def test_a_column_changes_its_releases_and_no_other_pin():
    pair = Pair("3.11", "constraints.txt", {"django": "5.1.15", "django-tables": "2.0"})

    before = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    changed = sorted(set(pair.pinned.splitlines()) - set(before))

    assert changed == ["django-tables==2.0", "django==5.1.15"]


def test_pins_that_moved_stay_as_a_column(tmp_path):
    file = tmp_path / "columns.toml"
    file.write_text('[[column]]\npython = "3.11"\npins = "constraints.txt"\n')
    former = replace(column("5.1.1", "3.16.0"), pins="constraints.txt")

    names = keep_former(Versions([former]), file), keep_former(Versions([former]), file)

    assert names == (["Django 5.1.1 + DRF 3.16.0"], [])
    assert read_pairs(file)[0].changed == {"django": "5.1.1", "djangorestframework": "3.16.0"}


def test_a_python_that_is_missing_is_one_sentence(capsys):
    pair = Pair("3.99", "constraints.txt")

    made = play.made([pair])

    assert made == {pair: "there is no python3.99 on the PATH"}
    assert capsys.readouterr().out == (
        f"{pair.name} cannot install: there is no python3.99 on the PATH\n"
    )


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The folder .versions/ of this test."""
    for module in ("environment", "services"):
        monkeypatch.setattr(f"runner.versions.{module}.KEPT", tmp_path, raising=False)
    return tmp_path


def uv_that(monkeypatch, folder: Path, says: str, status: int) -> None:
    """Put a uv in place that makes an environment, and then fails to install into it."""
    script = folder / "uv"
    script.write_text(f'#!/bin/sh\n[ "$1" = venv ] && exit 0\necho "{says}" >&2\nexit {status}\n')
    script.chmod(0o755)
    monkeypatch.setattr(environment, "UV", [str(script)])


def test_releases_that_do_not_fit_cannot_install_and_say_why(kept, monkeypatch):
    uv_that(monkeypatch, kept, "error: No solution found\n  cause: Because DRF needs\n  Django", 1)
    here = ".".join(map(str, sys.version_info[:2]))

    with pytest.raises(CannotInstall, match=r"^Because DRF needs Django$"):
        Environment(Pair(here, "constraints.txt")).make()


def test_an_index_that_does_not_answer_is_no_state(kept, monkeypatch):
    uv_that(monkeypatch, kept, "error: failed to fetch", 2)
    here = ".".join(map(str, sys.version_info[:2]))

    with pytest.raises(UserError, match="is a package index reachable"):
        Environment(Pair(here, "constraints.txt")).make()


# What a test came to


def red(**failure) -> Case:
    """A case that is red."""
    said = {
        "type": "AssertionError",
        "message": "assert 200 == 400\n + where",
        "is_assertion": True,
    }
    return Case("", "failed", failure=Failure(where="", **(said | failure)))


def scene(*cases: Case) -> Scene:
    return Scene("05", "test_one", "claim", "", "holds", "", "sqlite", cases=list(cases))


def test_the_first_case_that_is_red_counts_without_its_events():
    case = red()
    case.events.append(Note("Look."))

    assert case_of(scene(Case(""), case)) == red()


def test_a_green_test_has_no_such_case():
    assert case_of(scene(Case(""))) is None


@pytest.mark.parametrize(
    ("expected", "seen", "nearest"),
    [
        ("[{'a': 1, 'b': [[1, 2], 5]}]", "[{'a': 1, 'b': [[1, 3], 5]}]", ("[2]", "[3]")),
        ("{'a': 1, 'b': 2}", "{'a': 1, 'b': 3}", ("2", "3")),
        ("{'a': 1, 'b': 2}", "{'a': 1}", ("{'b': 2}", "{}")),
        ("{'a': 1, 'b': 2}", "{'a': 2, 'b': 3}", ("{'a': 1, 'b': 2}", "{'a': 2, 'b': 3}")),
        ("['a', 'b', 'c']", "['a', 'd', 'e']", ("['b', 'c']", "['d', 'e']")),
        ("['a', 'b']", "['a']", ("['a', 'b']", "['a']")),
        ("400", "200", ("400", "200")),
    ],
)
def test_a_red_test_differs_in_the_smallest_part(expected, seen, nearest):
    cell = cell_of(red(expected=expected, seen=seen))

    assert cell == Cell("differs", expected=nearest[0], seen=nearest[1])


@pytest.mark.parametrize(
    ("expected", "seen", "state"),
    [
        ("{'detail': 'Not found.'}", "{'detail': 'No Order matches.'}", "wording only"),
        ("['A b.', 1]", "['A c.', 1]", "wording only"),
        ("['A b.', 1]", "['A c.', 2]", "differs"),
        ("{'a': 'B c.'}", "{'d': 'B c.'}", "differs"),
        ("['A b.']", "['A b.', 'C d.']", "differs"),
        ("'Holds.'", "'Wrong.'", "differs"),
        ("'Key: a b'", "'Key: ***'", "differs"),
    ],
)
def test_wording_is_sentences_in_the_same_shape(expected, seen, state):
    assert cell_of(red(expected=expected, seen=seen)).state == state


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("assert a == b\n  At index 1 diff: 'c' != 'd'\n  Use -v", "At index 1 diff: 'c' != 'd'"),
        ("assert a == b\n  Differing items:\n  {'a': 1} != {'a': 2}", "{'a': 1} != {'a': 2}"),
        ("assert\n  Left contains one more item: 'x'", "Left contains one more item: 'x'"),
        ("assert a == b", "[{'a': 'b d… != [{'a': 'b c…"),
    ],
)
def test_sides_that_are_cut_differ_in_what_pytest_says(message, reason):
    case = red(expected="[{'a': 'b c…", seen="[{'a': 'b d…", message=message)

    assert cell_of(case) == Cell("differs", reason=reason)


def test_a_number_of_queries_differs_as_it_is():
    cell = cell_of(red(expected="11 queries", seen="9 queries"))

    assert cell == Cell("differs", expected="11 queries", seen="9 queries")


def test_a_long_side_is_cut():
    cell = cell_of(red(expected="'x'", seen=repr("y" * 150)))

    assert cell.seen == "'" + "y" * 118 + "…"


def test_a_red_test_without_sides_says_what_it_said():
    assert cell_of(red()) == Cell("differs", reason="assert 200 == 400")


def test_an_exception_is_named():
    case = red(type="AttributeError", message="no get_preferred_type", is_assertion=False)

    assert cell_of(case).reason == "AttributeError: no get_preferred_type"


def test_a_skipped_test_is_not_tried():
    assert cell_of(Case("", "skipped", reason="no browser")) == Cell(
        "not tried", reason="no browser"
    )


# Playing


@pytest.fixture
def shelf(kept):
    return Shelf(Environment(Pair("3.11", "constraints.txt")))


def test_what_was_seen_is_kept_until_the_demo_changes(house, shelf):
    demo = Demo(house.demo)
    shelf.keep(shelf.file_of(demo), Result({"test_one_query": red(expected="1", seen="2")}))

    before = shelf.find(demo)
    house.edit("views.py", "select_related", "prefetch_related")

    assert before == Result({"test_one_query": red(expected="1", seen="2")})
    assert shelf.find(demo) is None


def test_other_releases_are_other_results(house, shelf):
    demo = Demo(house.demo)
    shelf.keep(shelf.file_of(demo), Result())

    shelf.pins = shelf.pins.replace("django==", "django==1")

    assert shelf.find(demo) is None


def played(kept, monkeypatch, demos: list[Demo], results) -> Shelf:
    """Play these demos without running one: `results` is called instead."""
    environment = Environment(Pair("3.11", "constraints.txt"))
    monkeypatch.setattr(play, "_result", lambda scratch, task: results(task[1]))
    monkeypatch.setattr(play, "DEMOS_AT_ONCE", 1)
    monkeypatch.setattr(play, "servers_for", lambda demos: nullcontext())
    monkeypatch.setattr(play, "keep_services", lambda: None)
    play.play(list(play.missing(environment, demos)))
    return Shelf(environment)


def test_ctrl_c_loses_nothing_of_what_is_done(kept, monkeypatch):
    demos = [find_demo("04"), find_demo("12")]

    def results(demo: Demo) -> Result:
        if demo.number == "12":
            raise KeyboardInterrupt
        return Result()

    with pytest.raises(KeyboardInterrupt):
        played(kept, monkeypatch, demos, results)

    environment = Environment(Pair("3.11", "constraints.txt"))
    assert [demo.number for _, demo in play.missing(environment, demos)] == ["12"]


def test_a_server_that_does_not_start_is_told_and_the_rest_is_kept(kept, monkeypatch, capsys):
    demos = [find_demo("04"), find_demo("12")]

    def results(demo: Demo) -> Result:
        if demo.number == "04":
            raise UserError("The Celery worker did not start.")
        return Result()

    with pytest.raises(UserError, match=r"^1 demo could not be played \(04: The Celery worker did"):
        played(kept, monkeypatch, demos, results)

    assert capsys.readouterr().out.endswith(" 04? .\n")


def test_a_test_differs_only_if_it_is_red_twice(kept, monkeypatch):
    runs = iter([Result({"test_a": red(), "test_b": red()}), Result({"test_a": red()})])
    demo = find_demo("04")

    shelf = played(kept, monkeypatch, [demo], lambda demo: next(runs))

    assert shelf.find(demo) == Result({"test_a": red()})


def test_releases_that_cannot_be_imported_say_why(house, tmp_path):
    python = tmp_path / "python"
    python.write_text(
        "#!/bin/sh\necho \"ImportError: cannot import name 'cc_delim_re'\" >&2\nexit 1\n"
    )
    python.chmod(0o755)

    here = rehearse(str(house.demo), folder=house.folder, demo=Demo(house.demo))
    with pytest.raises(Uncollected) as error:
        rehearse(str(house.demo), folder=house.folder, demo=Demo(house.demo), python=str(python))

    assert here.drf == version("djangorestframework")
    assert str(error.value).endswith("ImportError: cannot import name 'cc_delim_re'")
    forget(house.folder)


def test_a_run_that_is_ended_says_nothing_of_the_releases(house):
    running = house.folder / "running"
    house.write("tests.py", WAITS.format(running=str(running)))

    with ThreadPoolExecutor(1) as workers:
        run = workers.submit(rehearse, str(house.demo), folder=house.folder, demo=Demo(house.demo))
        wait_until(running.exists)
        forget(house.folder)
        error = run.exception()

    assert (type(error), str(error)) == (UserError, "the run was ended")


def test_more_demos_than_cores_are_played_at_once():
    number = os.cpu_count() + 1
    all_at_once = Barrier(number, timeout=60)

    done = in_scratch_copies(lambda scratch, task: all_at_once.wait(), range(number), number)

    assert sorted(done) == list(range(number))


# The data


def test_the_data_reads_back_as_it_was_written():
    versions = two_columns(column("6.1", "3.17.2", state="cannot import", reason="why"))
    versions.asides = {"05": {"test_one_query": Aside("older", "newer", since="DRF 3.18")}}

    assert Versions.from_json(versions.to_json()) == versions


def test_the_committed_data_names_every_claim_and_trap():
    versions = read_versions()

    faults = [str(fault) for demo in find_demos() for fault in faults_of_tests(demo, versions)]

    assert faults == []


def test_every_aside_is_of_a_test_that_differs():
    versions = read_versions()

    asides = {(demo, test) for demo, tests in versions.asides.items() for test in tests}

    assert asides == {(d, t) for d, t in asides if t in versions.differing(d)}


def test_a_demo_that_cannot_be_imported_hides_no_other():
    versions = two_columns(column("6.1", "3.19", unimported={"05": "ImportError: why"}))
    *_, broken = versions.columns

    assert broken.cell("05", "test_one_query") == Cell("cannot import", reason="ImportError: why")
    assert broken.cell("07", "test_a") == Cell("holds")


def test_releases_that_cannot_be_imported_play_nothing_and_say_why(kept, monkeypatch):
    environment = Environment(Pair("3.11", "constraints.txt"))
    environment.unimported = "ImportError: cc_delim_re"
    monkeypatch.setattr(Environment, "packages", lambda self: {"django": "5.2"})
    monkeypatch.setattr("runner.versions.data.release_of", lambda python: "3.11.7")

    tasks = list(play.missing(environment, [find_demo("04")]))
    versions = versions_of({environment.pair: environment}, [find_demo("04")])

    assert tasks == []
    assert versions.columns[0].state == "cannot import"
    assert versions.columns[0].reason == "ImportError: cc_delim_re"
    assert versions.wide() == []
