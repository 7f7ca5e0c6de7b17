"""Mutations as exercises: which are offered, their hints, and the copy on the disk."""

import json

import pytest

from runner.catalogue import Demo, find_demos
from runner.errors import UserError
from runner.learn.exercises import CURES, exercises_of, reason_against
from runner.learn.hints import difference, hints_of, is_same_code, solution_of
from runner.learn.record import Done, done_in, last_demo, note
from runner.proofs.check import faults_of
from runner.proofs.mutations import mutations_of
from runner.tests.conftest import MUTATIONS
from runner.tests.learner import BROKEN, ORIGINAL, SECOND, exercise_of, practice_of


@pytest.mark.parametrize("demo", find_demos(), ids=lambda demo: demo.number)
def test_every_mutation_is_offered_or_says_why_not(demo):
    offered = [exercise.mutation for exercise in exercises_of(demo)]

    for mutation in mutations_of(demo):
        assert (mutation in offered) != bool(reason_against(demo, mutation)), mutation.breaks
    assert offered
    assert len({exercise.key for exercise in exercises_of(demo)}) == len(offered)


def test_a_cure_is_no_exercise_by_rule(house):
    house.edit("mutations.toml", "[[mutation]]", "[[mutation]]\ncures = true")
    (mutation,) = mutations_of(Demo(house.demo))

    assert reason_against(Demo(house.demo), mutation) == CURES


def test_what_no_longer_applies_is_no_exercise(house):
    house.edit("views.py", ORIGINAL, BROKEN)
    (mutation,) = mutations_of(Demo(house.demo))

    assert reason_against(Demo(house.demo), mutation) == "It no longer applies to views.py."
    assert exercises_of(Demo(house.demo)) == []


@pytest.mark.parametrize(
    ("because", "faults"),
    [("", ["this mutation is no exercise, and no `because` says why"]), ("It is dull.", [])],
)
def test_no_exercise_without_a_reason_is_a_fault(house, because, faults):
    marked = f'[[mutation]]\nexercise = false\nbecause = "{because}"'
    house.edit("mutations.toml", "[[mutation]]", marked)
    demo = Demo(house.demo)

    assert [fault.text for fault in faults_of(demo) if "exercise" in fault.text] == faults
    assert reason_against(demo, mutations_of(demo)[0]) == because or faults


REMOVES = """
[[mutation]]
breaks = "The serializer goes"
file = "views.py"
find = '''
    queryset = Product.objects.select_related("brand")
    serializer_class = ProductSerializer
'''
replace = '''
    queryset = Product.objects.select_related("brand")
'''
caught_by = ["test_one_query"]
"""


def test_what_only_removes_a_line_comes_after_what_leaves_a_wrong_one(house):
    house.write("mutations.toml", REMOVES + MUTATIONS)

    first, second = exercises_of(Demo(house.demo))

    assert (first.number, first.mutation.breaks) == (1, "The join is dropped")
    assert (second.number, second.mutation.breaks) == (2, "The serializer goes")
    assert hints_of(second)[2] == "Something is missing after line 7."


@pytest.mark.parametrize(
    ("theirs", "lines"),
    [
        ("one\ntwo\nthree\n", "views.py is as it was before."),
        ("one\nTWO\nthree\n", "Look at line 2."),
        ("ONE\nTWO\nthree\n", "Look at lines 1 to 2."),
        ("two\nthree\n", "Something is missing before line 1."),
        ("one\nTWO\nthree\nfour\n", "Look at line 2. Look at line 4."),
    ],
)
def test_the_last_hint_is_about_the_lines_of_the_learner(house, theirs, lines):
    house.write("views.py", "one\ntwo\nthree\n")
    house.edit("mutations.toml", "'Product.objects.select_related(\"brand\")'", "'two'")

    assert hints_of(exercise_of(house), theirs)[2] == lines


def test_the_key_of_an_exercise_follows_its_edit_and_not_its_words(house):
    before = exercise_of(house).key
    house.edit("mutations.toml", "The join is dropped", "Another sentence")
    house.write("mutations.toml", SECOND + (house.demo / "mutations.toml").read_text("utf-8"))
    assert exercise_of(house, 2).key == before

    house.edit("mutations.toml", BROKEN, "Product.objects.none()")

    assert exercise_of(house, 2).key != before


def test_the_solution_leads_from_the_broken_line_to_the_original(house):
    diff = solution_of(exercise_of(house)).splitlines()

    assert diff[:2] == ["--- views.py, broken", "+++ views.py, original"]
    assert f"-    queryset = {BROKEN}" in diff
    assert f"+    queryset = {ORIGINAL}" in diff


def test_layout_and_comments_are_the_same_code(house):
    demo = Demo(house.demo)
    originals = {f.name: f.read_bytes() for f in house.demo.glob("*.py") if f.name != "tests.py"}
    commented = originals | {"views.py": originals["views.py"] + b"# a comment\n"}
    other = originals | {"extra.py": b"x = 1\n"}

    assert difference(demo, originals) == ""
    assert "+# a comment" in difference(demo, commented)
    assert is_same_code(demo, commented)
    assert "+x = 1" in difference(demo, other)
    assert not is_same_code(demo, other)


def test_only_what_would_be_lost_is_work(house):
    practice, exercise = practice_of(house), exercise_of(house)
    practice.begin(exercise)
    views, serializers = practice.folder / "views.py", practice.folder / "serializers.py"

    assert sorted(practice.files()) == ["serializers.py", "urls.py", "views.py"]
    assert practice.work() == []
    views.write_text(exercise.original, "utf-8")
    assert practice.work() == []
    (practice.folder / "mine.py").write_text("x = 1\n", "utf-8")
    assert practice.work() == []
    serializers.write_text("y = 1\n", "utf-8")
    assert practice.work() == ["serializers.py"]
    serializers.unlink()
    assert practice.work() == []

    practice.begin(exercise)

    assert (practice.folder / "mine.py").read_text("utf-8") == "x = 1\n"
    assert sorted(practice.files()) == ["mine.py", "serializers.py", "urls.py", "views.py"]


def test_a_copy_that_cannot_be_written_is_a_sentence(house):
    (house.folder / "practice").write_text("a file", "utf-8")

    with pytest.raises(UserError, match=r"^practice/05_tiny cannot be written \("):
        practice_of(house).begin(exercise_of(house))


@pytest.mark.parametrize("marker", ["", "{}", "[]", '{"exercise": "x", "written": 1}'])
def test_a_marker_that_is_damaged_is_not_ours(house, marker):
    practice = practice_of(house)
    practice.begin(exercise_of(house))
    (practice.folder / ".exercise.json").write_text(marker, "utf-8")

    with pytest.raises(UserError, match="was not made by `make fix-05`"):
        practice.key()


def test_the_record_keeps_what_others_have_written(tmp_path):
    file = tmp_path / "state.json"
    file.write_text('{"quiz": {"a": 1}, "fix": {"b": "damaged", "last": 5}}', "utf-8")
    assert (last_demo(file), done_in(file, "b"), done_in(file, "c")) == ("", Done(), Done())

    note(file, "07", "c", Done(hints=2))

    assert (last_demo(file), done_in(file, "c")) == ("07", Done(hints=2))
    assert json.loads(file.read_text("utf-8"))["quiz"] == {"a": 1}
