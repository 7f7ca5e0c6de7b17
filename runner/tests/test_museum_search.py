"""How the museum finds the release with which a behaviour changed, and tells it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.version import Version

from runner.museum import look, main
from runner.museum.bisect import Change, changes
from runner.museum.rows import Era, Row
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

ROW = Row(
    *("serializers.hides", ("02",), "tea", "It hides.", "It shows."),
    first="3.8.1",
    last="4.2.0",
    beside=("sugar==1.0",),
)
ERAS = [
    Era("tea", "3.0.0", "3.6", last="3.9.4", beside=("pot==1.0",)),
    Era("tea", "3.9.0", "3.11", last="3.11.0", beside=("pot==2.0",)),
    Era("coffee", "1.0", "3.11"),
]


class Place:
    """A fake environment: what was seen depends on the tea, and on the pot if it says so."""

    def __init__(self, python, requirements):
        self.pins = dict(requirement.split("==") for requirement in requirements)
        assert self.pins["sugar"] == "1.0"

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
        monkeypatch.setattr(look, "offered", lambda package: [*RELEASES, "4.0.0", "4.3.0"])
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
                "beside": ["pot==2.0", "sugar==1.0"],
            }
        ],
        "left_out": {"3.9.1": "cannot be installed"},
    }
    assert looked_at.said[0] == "serializers.hides: tea 3.8.1"
    assert sorted(looked_at.said[:9]) == sorted(set(looked_at.said))
    assert looked_at.said[9:] == ["serializers.hides: tea 3.9.0", "serializers.hides: tea 3.9.2"]


@pytest.mark.parametrize(
    ("release", "is_it"),
    [("3.8.0", False), ("3.8.1", True), ("3.10.0", True), ("4.2.0", True), ("4.2.1", False)],
)
def test_a_row_is_about_the_releases_between_its_first_and_last(release, is_it):
    assert ROW.is_about(release) is is_it


def test_a_change_that_another_package_makes_is_a_fault(looked_at):
    result = looked_at(PotMatters)

    assert fault_of(result) == (
        "3.8.2 and 3.9.0 behave alike beside pot==1.0, sugar==1.0: "
        "another package makes the difference"
    )


def test_a_look_names_the_experiments_that_share_its_process(monkeypatch):
    looks = []
    other, alone = replace(ROW, name="serializers.other"), replace(ROW, beside=(), name="a.b")
    monkeypatch.setattr(main, "rows", lambda: [ROW, other, alone])
    monkeypatch.setattr(main.Look, "__init__", lambda self, *about: looks.append(about))
    monkeypatch.setattr(main.Look, "result", lambda self: "a result")

    assert main.look_at(other, print) == "a result"
    assert looks == [(other, ["serializers.hides", "serializers.other"], print)]


def test_experiments_with_the_same_needs_share_a_process():
    assert ROW.runs_with(replace(ROW, name="serializers.other"))
    assert not ROW.runs_with(replace(ROW, package="coffee"))
    assert not ROW.runs_with(replace(ROW, beside=()))


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
