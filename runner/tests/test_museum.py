"""The museum: what older releases did, and how the release is found."""

import ast
import json
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.version import Version

from runner.catalogue import ROOT, find_demos
from runner.errors import UserError
from runner.museum import environments, look, main
from runner.museum.bisect import Change, changes
from runner.museum.environments import environment, interpreter
from runner.museum.rows import FOLDER, Era, Row, eras, rows, within
from runner.museum.telling import fault_of, summary

RELEASES = [
    *("3.8.0", "3.8.1", "3.8.2"),
    *("3.9.0", "3.9.1", "3.9.2", "3.9.3", "3.9.4"),
    *("3.10.0", "3.10.1", "3.11.0"),
]


class Shop:
    """Fake releases: `told` says how those behave that begin a new behaviour."""

    def __init__(self, *holes: str, **told: str) -> None:
        self.holes = holes
        self.told = {name[1:].replace("_", "."): behaviour for name, behaviour in told.items()}
        self.asked: list[str] = []

    def see(self, release: str) -> str | None:
        if release in self.holes:
            return None
        if release not in self.asked:
            self.asked.append(release)
        begun = [each for each in self.told if Version(each) <= Version(release)]
        return self.told[max(begun, key=Version)]


# Finding the release


def test_where_all_releases_behave_alike_nothing_changed():
    shop = Shop(v3_8_0="hidden")

    assert changes(RELEASES, shop.see) == []
    assert shop.asked == ["3.8.0", "3.8.2", "3.9.0", "3.9.4", "3.10.0", "3.10.1", "3.11.0"]


@pytest.mark.parametrize(
    ("first", "before"),
    [("3_8_1", "3.8.0"), ("3_9_0", "3.8.2"), ("3_9_3", "3.9.2"), ("3_11_0", "3.10.1")],
)
def test_a_behaviour_that_changed_once_is_found_between_two_neighbours(first, before):
    shop = Shop(**{"v3_8_0": "hidden", f"v{first}": "shown"})

    assert changes(RELEASES, shop.see) == [Change(before, first.replace("_", "."))]


def test_only_the_half_that_differs_is_asked():
    shop = Shop(v3_8_0="hidden", v3_9_4="shown")

    assert changes(RELEASES, shop.see) == [Change("3.9.3", "3.9.4")]
    assert shop.asked[7:] == ["3.9.2", "3.9.3"]


def test_an_odd_release_is_found_on_both_sides():
    shop = Shop(v3_8_0="keeps", v3_9_0="resets", v3_9_1="keeps")

    assert changes(RELEASES, shop.see) == [Change("3.8.2", "3.9.0"), Change("3.9.0", "3.9.1")]


def test_a_third_behaviour_between_two_others_is_found():
    shop = Shop(v3_8_0="a", v3_9_1="b", v3_9_3="c")

    assert changes(RELEASES, shop.see) == [Change("3.9.0", "3.9.1"), Change("3.9.2", "3.9.3")]


def test_a_release_that_cannot_be_installed_is_passed_over():
    shop = Shop("3.9.1", "3.9.2", v3_8_0="hidden", v3_9_2="shown")

    assert changes(RELEASES, shop.see) == [Change("3.9.0", "3.9.3")]


def test_the_end_of_a_series_that_cannot_be_installed_is_passed_over():
    shop = Shop("3.8.0", "3.9.0", "3.11.0", v3_8_0="hidden", v3_9_0="shown")

    assert changes(RELEASES, shop.see) == [Change("3.8.2", "3.9.1")]


def test_where_no_release_can_be_installed_nothing_is_found():
    shop = Shop(*RELEASES, v3_8_0="hidden")

    assert changes(RELEASES, shop.see) == []


# Looking at a row

ROW = Row("serializers.hides", ("02",), "tea", "It hides.", "It shows.", first="3.8.1")
ERAS = [
    Era("tea", "3.0.0", "3.6", last="3.9.4", beside=("pot==1.0",)),
    Era("tea", "3.9.0", "3.11", beside=("pot==2.0",)),
    Era("coffee", "1.0", "3.11"),
]


class Place:
    """A fake environment: what was seen depends on the tea, and on the pot if it says so."""

    def __init__(self, python, requirements):
        self.pins = dict(requirement.split("==") for requirement in requirements)

    def seen(self, names):
        assert names == ("serializers.hides",)
        if self.pins["tea"] == "3.9.1":
            return {"serializers.hides": {"failed": "cannot be installed"}}
        shown = Version(self.pins["tea"]) >= Version("3.9.2")
        return {"serializers.hides": "shown" if shown else "hidden"}


class PotMatters(Place):
    def seen(self, names):
        return {"serializers.hides": "hidden" if self.pins["pot"] == "1.0" else "shown"}


@pytest.fixture
def looked_at(monkeypatch):
    """The result of looking at ROW, in environments of this kind."""

    def looked_at(place):
        monkeypatch.setattr(look, "eras", lambda: ERAS)
        monkeypatch.setattr(look, "offered", lambda package: RELEASES)
        monkeypatch.setattr(look, "environment", place)
        monkeypatch.setattr(look, "interpreter", Path)
        monkeypatch.setattr(look, "release_of", lambda program: f"{program}.9")
        return look.Look(ROW, [ROW.name], said.append).result()

    said = looked_at.said = []
    return looked_at


def test_both_sides_of_a_change_run_beside_the_same_packages(looked_at):
    result = looked_at(Place)

    assert result == {
        "first": "3.8.1",
        "last": "3.11.0",
        "looked_at": 8,
        "changes": [
            {
                "before": "3.9.0",
                "after": "3.9.2",
                "seen": ["hidden", "shown"],
                "python": "3.11.9",
                "beside": ["pot==2.0"],
            }
        ],
        "left_out": {"3.9.1": "cannot be installed"},
    }
    assert looked_at.said[0] == "serializers.hides: tea 3.8.1"


def test_a_change_that_another_package_makes_is_a_fault(looked_at):
    result = looked_at(PotMatters)

    assert fault_of(result) == (
        "3.8.2 and 3.9.0 behave alike beside pot==1.0: another package makes the difference"
    )


def test_experiments_with_the_same_needs_share_a_process():
    assert ROW.runs_with(replace(ROW, name="serializers.other"))
    assert not ROW.runs_with(replace(ROW, package="coffee"))
    assert not ROW.runs_with(replace(ROW, beside=("sugar==1.0",)))


# Telling it


def result_with(*told):
    found = [
        {"before": before, "after": after, "seen": seen.split(), "beside": ["pot==1.0"]}
        for before, after, seen in told
    ]
    return {"first": "3.8.0", "last": "3.11.0", "looked_at": 9, "changes": found}


@pytest.mark.parametrize(
    ("told", "when", "first_older", "last_older", "first_newer"),
    [
        ([("3.8.2", "3.9.0", "old new")], "since DRF 3.9.0", "3.8.0", "3.8.2", "3.9.0"),
        (
            [("3.8.2", "3.9.0", "new old"), ("3.9.0", "3.9.1", "old new")],
            *("DRF 3.9.0 alone", "3.9.0", "3.9.0", "3.9.1"),
        ),
        (
            [("3.8.2", "3.9.0", "new old"), ("3.9.4", "3.10.0", "old new")],
            *("DRF 3.9.0 to 3.9.4", "3.9.0", "3.9.4", "3.10.0"),
        ),
        (
            [
                ("3.8.1", "3.8.2", "old new"),
                ("3.8.2", "3.9.0", "new old"),
                ("3.9.0", "3.9.1", "old new"),
            ],
            *("since DRF 3.8.2 and 3.9.1", "3.8.0", "3.8.1", "3.8.2"),
        ),
    ],
    ids=["once", "one release", "a span", "in two series"],
)
def test_the_releases_are_told_in_words(told, when, first_older, last_older, first_newer):
    assert summary("djangorestframework", result_with(*told)) == {
        "when": when,
        "first_older": first_older,
        "last_older": last_older,
        "first_newer": first_newer,
        "seen": {"older": "old", "newer": "new"},
    }


def test_a_row_that_shows_no_change_is_a_fault():
    assert fault_of(result_with()) == "all of 9 releases behave alike"


def test_a_row_with_three_behaviours_is_a_fault():
    told = [("3.8.2", "3.9.0", "a b"), ("3.9.0", "3.9.1", "b c")]

    assert fault_of(result_with(*told)) == "there are 3 behaviours: a, b, c"


def test_a_row_with_two_behaviours_is_none():
    assert fault_of(result_with(("3.8.2", "3.9.0", "a b"))) == ""


# The command


@pytest.fixture
def visit(monkeypatch, tmp_path):
    """`make museum` with two rows, of which the second comes to this result."""

    def visit(second):
        results = iter([lambda: RESULT | {"changes": [CHANGE]}, second])
        monkeypatch.setattr(main, "look_at", lambda row, say: next(results)())
        return main.main()

    visit.data = tmp_path / "museum.json"
    visit.data.write_text("as it was", "utf-8")
    monkeypatch.setattr(main, "ROOT", tmp_path)
    monkeypatch.setattr(main, "DATA", visit.data)
    monkeypatch.setattr(main, "eras", list)
    monkeypatch.setattr(main, "rows", lambda: [ROW, replace(ROW, name="serializers.other")])
    return visit


CHANGE = {"before": "3.8.2", "after": "3.9.0", "seen": ["hidden", "shown"], "beside": ["pot==1.0"]}
RESULT = {"first": "3.8.0", "last": "3.11.0", "looked_at": 9, "changes": []}


def test_each_row_is_told_and_all_of_them_are_written(visit, capsys):
    status = visit(lambda: RESULT | {"changes": [CHANGE]})

    assert status == 0
    assert capsys.readouterr().out.splitlines() == [
        "since tea 3.9.0                 serializers.hides",
        "since tea 3.9.0                 serializers.other",
        "2 rows: museum.json",
    ]
    one, other = json.loads(visit.data.read_text("utf-8"))["rows"]
    assert one == {
        "name": "serializers.hides",
        "demos": ["02"],
        "package": "tea",
        "older": "It hides.",
        "newer": "It shows.",
        "when": "since tea 3.9.0",
        "first_older": "3.8.0",
        "last_older": "3.8.2",
        "first_newer": "3.9.0",
        "seen": {"older": "hidden", "newer": "shown"},
        **RESULT,
        "changes": [CHANGE],
    }
    assert other == one | {"name": "serializers.other"}


def test_a_row_without_a_change_is_said_and_nothing_is_written(visit, capsys):
    status = visit(lambda: RESULT)

    assert status == 1
    assert capsys.readouterr().out.splitlines() == [
        "since tea 3.9.0                 serializers.hides",
        "✘ serializers.other: all of 9 releases behave alike.",
    ]
    assert visit.data.read_text("utf-8") == "as it was"


def test_ctrl_c_leaves_the_data_as_it_was(visit):
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        visit(interrupted)

    assert visit.data.read_text("utf-8") == "as it was"


# Environments


@pytest.fixture
def kept(monkeypatch, tmp_path):
    """Environments in a folder of the test; uv and pip only write down that they were called."""
    calls = []

    def run(*command):
        words = [str(word) for word in command]
        calls.append(words)
        if "venv" in words:
            Path(words[-1]).mkdir(parents=True, exist_ok=True)
        status = kept.status if "install" in words else 0
        out = json.dumps(dict.fromkeys(words[5:], "hidden")) if "museum" in words else kept.out
        return subprocess.CompletedProcess(words, status, out, "no such release")

    kept = SimpleNamespace(calls=calls, status=0, out="")
    monkeypatch.setattr(environments, "KEPT", tmp_path)
    monkeypatch.setattr(environments, "_run", run)
    monkeypatch.setattr(environments, "interpreter", Path)
    for cached in (environment, environments.offered):
        cached.cache_clear()
    yield kept
    for cached in (environment, environments.offered):
        cached.cache_clear()


def test_an_environment_is_made_once_and_its_answers_are_kept(kept):
    first = environment("3.6", ("tea==1.0",)).seen(["a.one"])
    environment.cache_clear()
    again = environment("3.6", ("tea==1.0",)).seen(["a.one"])

    assert first == again == {"a.one": "hidden"}
    assert [words[4] for words in kept.calls[:2]] == ["venv", "pip"]
    assert len(kept.calls) == 3


def test_a_new_experiment_runs_in_the_environment_that_is_there(kept):
    environment("3.6", ("tea==1.0",)).seen(["a.one"])
    seen = environment("3.6", ("tea==1.0",)).seen(["a.one", "a.two"])

    assert seen == {"a.one": "hidden", "a.two": "hidden"}
    assert kept.calls[3][5:] == ["a.two"]
    assert len(kept.calls) == 4


def test_what_other_experiments_saw_does_not_count(kept, monkeypatch):
    environment("3.6", ("tea==1.0",)).seen(["a.one"])
    monkeypatch.setattr(environments, "sources", lambda: "edited")
    environment("3.6", ("tea==1.0",)).seen(["a.one"])

    assert len(kept.calls) == 4


def test_an_environment_that_was_half_made_is_made_again(kept, tmp_path):
    environment("3.6", ("tea==1.0",)).seen(["a.one"])
    (tmp_path / "3.6-tea-1.0" / "made").unlink()
    (tmp_path / "3.6-tea-1.0" / "seen.json").unlink()
    environment.cache_clear()
    environment("3.6", ("tea==1.0",)).seen(["a.one"])

    assert len(kept.calls) == 6
    assert kept.calls[3][4:8] == ["venv", "-q", "--clear", "--force"]


def test_a_release_that_does_not_fit_is_said_and_tried_once(kept):
    kept.status = 1

    seen = environment("3.6", ("tea==1.0",)).seen(["a.one"])
    environment("3.6", ("tea==1.0",)).seen(["a.one"])

    assert seen == {"a.one": {"failed": "cannot be installed"}}
    assert len(kept.calls) == 2


def test_an_index_that_cannot_be_reached_is_one_sentence(kept):
    kept.status = 2

    with pytest.raises(UserError, match="is a package index reachable"):
        environment("3.6", ("tea==1.0",)).seen(["a.one"])


def test_the_releases_come_from_pip_oldest_first(kept):
    kept.out = "tea (1.10)\nAvailable versions: 1.10, 1.9, 1.0\nINSTALLED: 1.0\n"

    assert environments.offered("tea") == ["1.0", "1.9", "1.10"]
    assert kept.calls[-1][3:] == ["pip", "index", "versions", "tea", "--ignore-requires-python"]


def test_a_missing_interpreter_is_one_sentence_before_anything_is_made(monkeypatch, tmp_path):
    monkeypatch.setattr(main, "eras", lambda: [Era("tea", "1.0", "2.0")])
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    interpreter.cache_clear()

    with pytest.raises(UserError) as said:
        main.main()

    assert str(said.value) == (
        "The museum needs Python 2.0, and there is none: `pyenv install 2.0` builds it."
    )


# What is written


def data():
    return json.loads(main.DATA.read_text("utf-8"))["rows"]


def test_every_row_has_two_texts_and_demos_that_exist():
    numbers = {demo.number for demo in find_demos()}

    assert len(rows()) >= 30
    for row in rows():
        assert row.older.endswith((".", '"')), row.name
        assert row.newer.endswith((".", '"')), row.name
        assert row.older != row.newer
        assert row.demos, row.name
        assert numbers.issuperset(row.demos), row.name


def test_every_row_has_an_experiment_and_an_era():
    packages = {era.package for era in eras()}
    for row in rows():
        module, function = row.name.split(".")
        tree = ast.parse((FOLDER / f"{module}.py").read_text("utf-8"))
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert function in functions, row.name
        assert row.package in packages, row.name


def test_eras_that_follow_each_other_share_releases():
    for older, newer in zip(eras(), eras()[1:], strict=False):
        if older.package == newer.package:
            assert Version(older.first) < Version(newer.first) <= Version(older.last)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda file: file.name)
def test_python_3_6_can_read_the_experiments(file):
    ast.parse(file.read_text("utf-8"), feature_version=(3, 6))


def test_the_data_has_every_row_as_museum_toml_says_it():
    said = [(row.name, list(row.demos), row.package, row.older, row.newer) for row in rows()]
    keys = ("name", "demos", "package", "older", "newer")

    assert [tuple(row[key] for key in keys) for row in data()] == said


def test_the_releases_of_the_data_are_in_order():
    about = {row.name: row for row in rows()}
    for row in data():
        row_said = about[row["name"]]
        names = ("first", "first_older", "last_older", "first_newer", "last")
        releases = [Version(row[name]) for name in names]
        assert releases == sorted(releases), row["name"]
        assert all(within(row[name], row_said.first, row_said.last) for name in names)
        for change in row["changes"]:
            assert Version(change["before"]) < Version(change["after"])
            assert len(set(change["seen"])) == 2
        assert row | summary(row["package"], row) == row
        assert fault_of(row) == ""


@pytest.fixture(scope="module")
def seen_here():
    """What the experiments see in the environment of this test, in a process of their own."""
    names = [row.name for row in rows()]
    done = subprocess.run(
        [sys.executable, "-E", "-m", "museum", *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("row", data(), ids=lambda row: row["name"])
def test_the_installed_release_behaves_as_the_data_says(seen_here, row):
    is_newer = Version(version(row["package"])) >= Version(row["first_newer"])

    assert seen_here[row["name"]] == row["seen"]["newer" if is_newer else "older"]
