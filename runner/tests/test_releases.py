"""What the data of `make versions` proves, and how it is shown."""

from dataclasses import replace

import pytest

from runner.catalogue import Demo
from runner.proofs import check
from runner.proofs.docs import is_stale
from runner.proofs.release_faults import faults_of_columns, faults_of_marks, faults_of_tests
from runner.show.versions import markdown
from runner.show.web.pages import shared_pages
from runner.show.web.versions import strip_of
from runner.story.changes import changes_of
from runner.story.versions import (
    Aside,
    Cell,
    Exhibit,
    Versions,
    read_versions,
)
from runner.tests.releases import RED, column, two_columns
from runner.versions.fallen import fallen


def mark_in(house, mark: str) -> None:
    """Give the claim of the house this mark."""
    claim = '@claim("One query serves every product"'
    house.edit("tests.py", f"{claim})", f"{claim}, {mark})")


# What proves a mark


@pytest.fixture
def marked(house, monkeypatch):
    """The faults of the marks of the house's demo, without its folder."""
    monkeypatch.setattr("runner.proofs.faults.ROOT", house.demo)

    def faults(mark: str, versions: Versions, museum: list[Exhibit] | None = None) -> list[str]:
        mark_in(house, mark)
        return [str(f) for f in faults_of_marks(Demo(house.demo), versions, museum or [])]

    return faults


def test_red_before_and_green_with_the_release_proves_it(marked):
    assert marked('since="DRF 3.18"', two_columns()) == []


@pytest.mark.parametrize(
    ("mark", "fault"),
    [
        ('since="DRF 3.19"', "since DRF 3.19, and it holds on Django 5.2.1 + DRF 3.18.0 already"),
        ('since="DRF 3.17"', "since DRF 3.17, and it still differs on Django 5.2.1 + DRF 3.17.2"),
        ('since="DRF 3.17.3"', "says since DRF 3.17.3, which nothing shows: give columns.toml"),
        ('since="Python 3.10"', "it still differs on Django 5.2.1 + DRF 3.17.2"),
        ('since="Simple JWT 5.5"', "says since Simple JWT 5.5, which nothing shows"),
        ('until="DRF 3.18"', "until DRF 3.18, and it differs on Django 5.2.1 + DRF 3.17.2 already"),
        ("", "differs on Django 5.2.1 + DRF 3.17.2, and has no `since` or `until`"),
    ],
)
def test_a_wrong_mark_is_a_fault_with_its_place(marked, mark, fault):
    (found,) = marked(mark, two_columns())

    assert found.startswith("tests.py:10: test_one_query ")
    assert fault in found


def test_until_a_release_before_one_that_holds_is_a_fault(marked):
    versions = Versions([column("5.2.1", "3.18.0")], {"05": ["test_one_query"]})

    (fault,) = marked('until="DRF 3.17"', versions)

    assert fault.endswith("until DRF 3.17, and it still holds on Django 5.2.1 + DRF 3.18.0")


def test_until_the_newest_release_is_shown_by_its_column(marked):
    versions = Versions([column("5.2.1", "3.18.0")], {"05": ["test_one_query"]})

    assert marked('until="DRF 3.18"', versions) == []


def test_until_a_release_that_no_column_has_is_a_fault(marked):
    versions = Versions([column("5.2.1", "3.18.0")], {"05": ["test_one_query"]})

    (fault,) = marked('until="DRF 3.19"', versions)

    assert fault.endswith("says until DRF 3.19, and no column has that release")


EXHIBIT = Exhibit(
    ("05",), "djangorestframework", "hid it", "shows it", "since DRF 3.2.0", "3.1.3", ("3.2.0",)
)


def test_a_release_without_an_older_column_is_not_shown(marked):
    versions = Versions([column("5.2.1", "3.18.0")], {"05": ["test_one_query"]})

    (fault,) = marked('since="DRF 3.18"', versions)

    assert "says since DRF 3.18, which nothing shows" in fault


def test_a_row_of_the_museum_proves_an_older_release(marked):
    versions = Versions([column("5.2.1", "3.18.0")], {"05": ["test_one_query"]})

    assert marked('since="DRF 3.2"', versions, [EXHIBIT]) == []


@pytest.mark.parametrize(
    "other",
    [{"demos": ("06",)}, {"package": "django"}, {"releases": ("3.2.1",)}],
)
def test_a_row_about_something_else_proves_nothing(marked, other):
    versions = Versions([column("5.2.1", "3.18.0")], {"05": ["test_one_query"]})

    (fault,) = marked('since="DRF 3.2"', versions, [replace(EXHIBIT, **other)])

    assert "which nothing shows" in fault


def test_a_release_that_was_taken_back_needs_no_mark(marked):
    alone = column("5.2.1", "3.15.0", alone="DRF 3.15.0 alone", differs=RED)

    assert marked("", Versions([alone], {"05": ["test_one_query"]})) == []


@pytest.mark.parametrize("mark", ['since="DRF 3.2"', 'until="DRF 3.18"'])
def test_a_release_that_was_taken_back_contradicts_no_mark(marked, mark):
    alone = column("5.2.1", "3.15.0", alone="DRF 3.15.0 alone", differs=RED)
    columns = [alone, column("5.2.1", "3.18.0")]

    assert marked(mark, Versions(columns, {"05": ["test_one_query"]}), [EXHIBIT]) == []


def test_what_differs_beside_the_claim_is_proven_in_its_place(marked):
    versions = two_columns()
    aside = Aside("a list", "an object", since="DRF 3.19")
    versions.asides = {"05": {"test_one_query": aside}}

    (fault,) = marked("", versions)

    assert "says since DRF 3.19, and it holds on" in fault


def test_words_for_what_differs_leave_the_mark_of_the_claim(marked):
    versions = two_columns()
    versions.asides = {"05": {"test_one_query": Aside("a list", "an object")}}

    assert marked('since="DRF 3.18"', versions) == []


def test_pins_that_moved_past_the_columns_are_a_fault():
    faults = [str(fault) for fault in faults_of_columns(two_columns())]

    assert len(faults) == 2
    assert faults[0].startswith("docs/versions.json: has no column for Django 5.2")
    assert faults[0].endswith("the releases of constraints.txt; `make versions` adds it")


@pytest.mark.parametrize("lack", [{"demos": ["05"]}, {"state": "cannot install"}])
def test_a_column_that_did_not_play_all_demos_is_none_of_the_pins(lack):
    versions = read_versions()
    versions.columns = [replace(column, **lack) for column in versions.columns]

    assert len(list(faults_of_columns(versions))) == 2


def test_a_claim_that_the_data_lacks_is_a_fault(house):
    (fault,) = faults_of_tests(Demo(house.demo), Versions())

    assert fault.text == "lacks test_one_query of demo 05; `make versions` plays it"


def test_a_test_that_is_gone_is_a_fault(house):
    versions = Versions(tests={"05": ["test_one_query", "test_gone"]})

    (fault,) = faults_of_tests(Demo(house.demo), versions)

    assert fault.text == "names test_gone of demo 05, which is gone; `make versions` removes it"


def test_check_says_what_the_data_lacks(house, monkeypatch, capsys):
    monkeypatch.setattr(check, "find_demos", lambda: [Demo(house.demo)])
    for name in ("faults_of", "faults_of_topics"):
        monkeypatch.setattr(check, name, lambda _: [])
    monkeypatch.setattr(check, "faults_of_module_sizes", lambda: [])
    monkeypatch.setattr("runner.proofs.release_faults.read_versions", two_columns)
    monkeypatch.setattr("runner.proofs.release_faults.faults_of_marks", lambda *_: [])

    assert check.main() == 1

    first, second, last = capsys.readouterr().out.splitlines()
    assert first.endswith("the releases of constraints.txt; `make versions` adds it")
    assert second.endswith("the releases of constraints-newest.txt; `make versions` adds it")
    assert last == "1 demo checked, 2 faults"


def test_a_page_that_is_missing_or_changed_is_stale(tmp_path):
    page = tmp_path / "VERSIONS.md"

    before = is_stale(page, "text")
    page.write_text("text", "utf-8")

    assert before
    assert not is_stale(page, "text")
    assert is_stale(page, "other text")


# What fell


def test_a_verdict_that_fell_is_one_sentence_with_its_demo(house):
    newest = column("7.0", "4.0", pins="constraints-newest.txt", differs=RED)

    (sentence,) = fallen(two_columns(newest), [Demo(house.demo)])

    assert sentence == (
        "05: the claim “One query serves every product” fell on Django 7.0 + DRF 4.0 (differs); "
        "see `make demo-05`, test_one_query."
    )


def test_what_was_not_tried_did_not_fall(house):
    skipped = {"05": {"test_one_query": Cell("not tried", reason="no browser")}}
    newest = column("7.0", "4.0", pins="constraints-newest.txt", differs=skipped)

    assert list(fallen(Versions([newest]), [Demo(house.demo)])) == []


def test_pins_that_cannot_be_played_are_one_sentence(house):
    newest = column(
        "7.0", "4.0", pins="constraints-newest.txt", state="cannot import", reason="why"
    )

    assert list(fallen(Versions([newest]), [Demo(house.demo)])) == [
        "Django 7.0 + DRF 4.0 cannot import: why"
    ]


# What is shown


def test_a_row_has_the_older_beside_the_newer(house):
    mark_in(house, 'since="DRF 3.18"')

    (row,) = changes_of(two_columns(), [Demo(house.demo)], [])

    assert (row.older, row.newer, row.when) == ("`[{}, 'bad']`", "`{'1': 'bad'}`", "since DRF 3.18")
    assert row.states == ("differs", "holds")


def test_a_row_has_the_words_of_an_aside(house):
    versions = two_columns()
    aside = Aside("a list", "an object", since="DRF 3.18")
    versions.asides = {"05": {"test_one_query": aside}}

    (row,) = changes_of(versions, [Demo(house.demo)], [EXHIBIT])

    assert (row.older, row.newer, row.when) == ("a list", "an object", "since DRF 3.18")


@pytest.mark.parametrize("mark", ["", 'since="Python 3.11"'])
def test_what_a_release_took_back_is_of_that_release_alone(house, mark):
    mark_in(house, mark)
    alone = column("5.2.1", "3.15.0", alone="DRF 3.15.0 alone", differs=RED)
    exhibit = replace(EXHIBIT, when="DRF 3.15.0 alone", older="resets", newer="keeps")

    (row,) = changes_of(
        Versions([alone], two_columns().tests), [Demo(house.demo)], [EXHIBIT, exhibit]
    )

    assert (row.older, row.newer, row.when) == ("resets", "keeps", "DRF 3.15.0 alone")


def test_a_mark_that_the_release_explains_comes_first(house):
    mark_in(house, 'since="DRF 3.15.2"')
    alone = column("5.2.1", "3.15.0", alone="DRF 3.15.0 alone", differs=RED)

    (row,) = changes_of(Versions([alone], two_columns().tests), [Demo(house.demo)], [])

    assert row.when == "since DRF 3.15.2"


def test_what_the_newest_release_that_differs_did_is_told(house):
    mark_in(house, 'since="DRF 3.18"')
    older = {"05": {"test_one_query": Cell("differs", seen="1", expected="2")}}
    versions = two_columns()
    versions.columns.insert(0, column("5.2.1", "3.9", differs=older))

    (row,) = changes_of(versions, [Demo(house.demo)], [])

    assert (row.older, row.newer) == ("`[{}, 'bad']`", "`{'1': 'bad'}`")


def test_a_row_has_the_words_of_the_museum_and_is_told_once(house):
    mark_in(house, 'since="DRF 3.18"')
    exhibit = replace(EXHIBIT, releases=("3.18.0",))

    page = markdown(
        two_columns(), [Demo(house.demo)], [exhibit, replace(EXHIBIT, older="hid | it")]
    )

    assert ") One query serves every product | hid it | shows it | since DRF 3.18 |" in page
    assert page.count("hid it") == 1
    assert "## The museum" in page
    assert "hid \\| it" in page


def test_the_page_says_how_many_are_the_same_everywhere(house):
    versions = two_columns()
    versions.tests["05"] += ["test_two", "test_three"]

    page = markdown(versions, [Demo(house.demo)], [])

    assert "**2 of 3 claims and traps are the same on all 2 pairs of releases.**" in page
    assert "| Django 5.2.1 + DRF 3.17.2 | 3.11.7 | ≠ 1 differ |" in page


def test_columns_of_few_demos_and_failed_pairs_count_as_no_pair(house):
    few = column("5.2.0", "3.18.0", demos=["05"])
    broken = column("6.1", "3.17.2", state="cannot import", reason="no cc_delim_re")

    page = markdown(two_columns(few, broken), [Demo(house.demo)], [])

    assert "the same on all 2 pairs" in page
    assert "Django 5.2.0" not in page
    assert "| Django 6.1 + DRF 3.17.2 | 3.11.7 | cannot import: no cc_delim_re |" in page


def test_the_page_names_a_demo_that_a_pair_cannot_import(house):
    older = column("5.2.0", "3.9", unimported={"07": "ImportError"})

    page = markdown(Versions([older]), [Demo(house.demo)], [])

    assert "| Django 5.2.0 + DRF 3.9 | 3.11.7 | ✔ all hold; 07 cannot be imported |" in page


def test_what_was_not_tried_is_no_row(house):
    skipped = {"05": {"test_one_query": Cell("not tried", reason="no browser")}}
    versions = Versions([column("5.2.1", "3.18.0", differs=skipped)], two_columns().tests)

    assert changes_of(versions, [Demo(house.demo)], []) == []


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Make this the data that the pages show, with a row of the museum."""

    def show(versions: Versions) -> None:
        monkeypatch.setattr("runner.show.web.versions.read_versions", lambda: versions)
        monkeypatch.setattr("runner.show.web.versions.read_museum", lambda: [EXHIBIT])

    return show


def test_the_web_page_has_the_rows_the_pairs_that_fail_and_the_museum(house, data):
    data(two_columns(column("6.1", "3.17.2", state="cannot import", reason="no cc_delim_re")))
    mark_in(house, 'since="DRF 3.18"')

    page = shared_pages([Demo(house.demo)])["versions.html"]

    assert '<a href="05.html#test_one_query">05 · One query serves every product</a>' in page
    assert "<td><code>[{}, 'bad']</code></td><td><code>{'1': 'bad'}</code></td>" in page
    assert 'aria-label="differs">≠' in page
    assert "<strong>Django 6.1 + DRF 3.17.2</strong> cannot import: no cc_delim_re" in page
    assert "<td>hid it</td><td>shows it</td><td>since DRF 3.2.0</td>" in page


def test_the_strip_of_a_demo_has_what_differs_and_counts_the_rest(house, data):
    versions = two_columns()
    versions.tests["05"] += ["test_two", "test_three"]
    data(versions)

    strip = strip_of(Demo(house.demo))

    (row,) = strip["rows"]
    assert row["cells"] == [("differs", "≠"), ("holds", "✔")]
    assert strip["alike"] == 2
    assert [column["drf"] for column in strip["columns"]] == ["3.17.2", "3.18.0"]


def test_a_demo_that_is_new_has_no_strip(house, data):
    data(Versions([column("5.2.1", "3.18.0")]))

    assert strip_of(Demo(house.demo)) == {}
