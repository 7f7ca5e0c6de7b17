"""What the museum shows: its rows, its data, and its experiments in this environment."""

import ast
import json
import subprocess
import sys
from importlib.metadata import version

import pytest
from packaging.version import Version

import museum.__main__
import museum.settings
from runner.catalogue import ROOT, find_demos
from runner.museum import main
from runner.museum.rows import FOLDER, eras, rows, within
from runner.museum.telling import fault_of, summary


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


def test_a_release_that_breaks_at_import_is_said_for_every_experiment(monkeypatch):
    def set_up():
        raise ImportError("cannot import name 'six' from 'django.utils' (/usr/lib/utils.py)")

    monkeypatch.setattr(museum.settings, "set_up", set_up)
    failed = {"failed": "ImportError: cannot import name 'six' from 'django.utils'"}

    assert museum.__main__.main(["a.one", "a.two"]) == {"a.one": failed, "a.two": failed}


def test_an_experiment_that_cannot_run_is_said_and_the_next_one_runs():
    assert seen_by("views.nothing", "views.retry_after") == {
        "views.nothing": {
            "failed": "AttributeError: module 'museum.views' has no attribute 'nothing'"
        },
        "views.retry_after": "9",
    }


def seen_by(*names):
    done = subprocess.run(
        [sys.executable, "-E", "-m", "museum", *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def seen_here():
    """What the experiments see in the environment of this test, in a process of their own."""
    return seen_by(*(row.name for row in rows()))


@pytest.mark.parametrize("row", data(), ids=lambda row: row["name"])
def test_the_installed_release_behaves_as_the_data_says(seen_here, row):
    is_newer = Version(version(row["package"])) >= Version(row["first_newer"])

    assert seen_here[row["name"]] == row["seen"]["newer" if is_newer else "older"]
