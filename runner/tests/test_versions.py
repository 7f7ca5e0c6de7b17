"""`make versions`: what is played, what a test came to, and the data."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from importlib.metadata import version
from threading import Barrier

import pytest

from runner.catalogue import Demo, find_demo, find_demos
from runner.errors import UserError
from runner.proofs.release_faults import faults_of_tests
from runner.proofs.scratch import Scratch, in_scratch_copies
from runner.recording.forks import Uncollected, forget
from runner.recording.model import Case, Failure, Note, Scene
from runner.recording.run import rehearse
from runner.story.versions import (
    Aside,
    Cell,
    Versions,
    read_versions,
)
from runner.support import templates
from runner.tests.processes import wait_until
from runner.tests.releases import column, two_columns
from runner.versions import play, results
from runner.versions.columns import Pair
from runner.versions.data import versions_of
from runner.versions.environment import Environment, Made
from runner.versions.results import Result, Shelf
from runner.versions.states import case_of, cell_of

WAITS = """
import threading
from pathlib import Path

def test_one():
    Path({running!r}).touch()
    threading.Event().wait()
"""


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


def test_an_older_result_is_removed(house, shelf):
    demo = Demo(house.demo)
    shelf.keep(shelf.file_of(demo), Result())
    house.edit("views.py", "select_related", "prefetch_related")

    shelf.keep(shelf.file_of(demo), Result())

    assert list(shelf.folder.iterdir()) == [shelf.file_of(demo)]


def test_an_edit_of_the_shop_or_the_runner_is_another_result(house, shelf, monkeypatch):
    demo = Demo(house.demo)
    shelf.keep(shelf.file_of(demo), Result())
    monkeypatch.setattr(results, "ROOT", house.folder)

    before = shelf.file_of(demo)
    results._digest.cache_clear()
    (house.folder / "shop" / "models.py").write_text("")

    assert shelf.file_of(demo) != before


def test_other_releases_are_other_results(house, shelf):
    demo = Demo(house.demo)
    shelf.keep(shelf.file_of(demo), Result())

    shelf.pins = shelf.pins.replace("django==", "django==1")

    assert shelf.find(demo) is None


def played(kept, monkeypatch, demos: list[Demo], result_of) -> Shelf:
    """Play these demos without running one: `result_of` is called instead."""
    environment = Environment(Pair("3.11", "constraints.txt"))
    monkeypatch.setattr(play, "_result", lambda scratch, task: result_of(task[1]))
    monkeypatch.setattr(play, "DEMOS_AT_ONCE", 1)
    monkeypatch.setattr(play, "servers_for", lambda demos: nullcontext())
    monkeypatch.setattr(play, "keep_services", lambda: None)
    play.play(list(play.missing(environment, demos)))
    return Shelf(environment)


def test_ctrl_c_loses_nothing_of_what_is_done(kept, monkeypatch):
    demos = [find_demo("04"), find_demo("12")]

    def result_of(demo: Demo) -> Result:
        if demo.number == "12":
            raise KeyboardInterrupt
        return Result()

    with pytest.raises(KeyboardInterrupt):
        played(kept, monkeypatch, demos, result_of)

    environment = Environment(Pair("3.11", "constraints.txt"))
    assert [demo.number for _, demo in play.missing(environment, demos)] == ["12"]


def test_a_server_that_does_not_start_is_told_and_the_rest_is_kept(kept, monkeypatch, capsys):
    demos = [find_demo("04"), find_demo("12")]

    def result_of(demo: Demo) -> Result:
        if demo.number == "04":
            raise UserError("The Celery worker did not start.")
        return Result()

    with pytest.raises(UserError, match=r"^1 demo could not be played \(04: The Celery worker did"):
        played(kept, monkeypatch, demos, result_of)

    assert capsys.readouterr().out.endswith(" 04? .\n")


def test_a_test_differs_only_if_it_is_red_twice(kept, monkeypatch):
    both = ({"test_a": red(), "test_b": red()}, {"test_a": red(), "test_c": red()})
    runs = iter(map(Result, both))
    demo = find_demo("04")

    for _ in range(3):
        shelf = played(kept, monkeypatch, [demo], lambda demo: next(runs))

    assert shelf.find(demo) == Result({"test_a": red()}, runs=2)


def test_what_could_not_be_imported_once_is_played_again(kept, monkeypatch):
    runs = iter([Result(unimported="ImportError"), Result({"test_a": red()})])
    demo = find_demo("04")

    for _ in range(3):
        shelf = played(kept, monkeypatch, [demo], lambda demo: next(runs))

    assert shelf.find(demo) == Result({"test_a": red()}, runs=2)


def test_what_was_skipped_is_not_played_again(kept, monkeypatch):
    runs = iter([Result({"test_a": Case("", "skipped", reason="no browser")})])
    demo = find_demo("04")

    for _ in range(2):
        shelf = played(kept, monkeypatch, [demo], lambda demo: next(runs))

    assert shelf.find(demo).runs == 1


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


def test_a_demo_that_cannot_be_imported_says_why_in_few_words(kept, monkeypatch):
    def rehearse(*what: str, **more: object) -> None:
        raise Uncollected("pytest demos/04 did not get far: E   TypeError: no `condition`")

    monkeypatch.setattr(play, "rehearse", rehearse)
    environment = Environment(Pair("3.11", "constraints.txt"))

    result = play._result(Scratch(kept / "scratch"), (environment, find_demo("04")))

    assert result == Result(unimported="TypeError: no `condition`")


def test_another_django_has_tables_of_its_own(monkeypatch):
    before = templates._name()

    monkeypatch.setattr(templates.django, "VERSION", (9, 0))

    assert templates._name() != before


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


def test_releases_that_cannot_be_imported_play_nothing_and_say_why(kept):
    environment = Environment(Pair("3.11", "constraints.txt"))
    environment.made = Made("", unimported="ImportError: cc_delim_re")

    tasks = list(play.missing(environment, [find_demo("04")]))
    versions = versions_of({environment.pair: environment}, [find_demo("04")])

    assert tasks == []
    assert versions.columns[0].state == "cannot import"
    assert versions.columns[0].reason == "ImportError: cc_delim_re"
    assert versions.wide() == []


def test_the_data_puts_what_was_seen_together(kept):
    demo = find_demo("04")
    pinned, older = Pair("3.11", "constraints.txt"), {"django": "5.2.1"}
    narrow = Pair("3.11", "constraints.txt", older, demos=("04",), alone="Django 5.2.1 alone")
    environments = {pair: Environment(pair) for pair in (pinned, narrow)}
    for pair, django in ((pinned, "5.2.19"), (narrow, "5.2.1")):
        packages = {"rich": "15.0.0", "django": django}
        environments[pair].made = Made("", python="3.11.7", packages=packages)
        cases = {} if pair is pinned else {"test_a": red(expected="1", seen="2")}
        shelf = Shelf(environments[pair])
        shelf.keep(shelf.file_of(demo), Result(cases))
        shelf.keep(shelf.file_of(find_demo("12")), Result())

    versions = versions_of(environments, [demo, find_demo("12")])

    first, second = versions.columns
    assert versions.packages == {"rich": "15.0.0"}
    assert (first.pins, second.pins) == ("constraints.txt", "")
    assert first.releases["Python"] == "3.11.7"
    assert second.packages == {"django": "5.2.1"}
    assert second.alone == "Django 5.2.1 alone"
    assert second.differs == {"04": {"test_a": Cell("differs", expected="1", seen="2")}}
    assert list(versions.tests) == ["04", "12"]


def test_a_column_plays_its_demos_alone(kept):
    pair = Pair("3.11", "constraints.txt", demos=("04",))
    environment = Environment(pair)
    shelf = Shelf(environment)
    shelf.keep(shelf.file_of(find_demo("04")), Result())

    versions = versions_of({pair: environment}, [find_demo("04"), find_demo("12")])

    assert versions.columns[0].cell("04", "test_a").state == "holds"
    assert versions.columns[0].cell("12", "test_a").state == "not tried"


def test_releases_that_cannot_install_are_a_column_with_the_reason(kept):
    versions = versions_of({Pair("3.99", "constraints.txt"): "there is no python3.99"}, [])

    (column,) = versions.columns
    assert (column.state, column.reason) == ("cannot install", "there is no python3.99")
    assert column.releases["Python"] == "3.99"
