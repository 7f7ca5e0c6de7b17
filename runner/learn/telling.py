"""Tells an exercise and what the tests say of it: plain data for every show."""

from runner.catalogue import Demo
from runner.learn.attempts import Attempt, told_red
from runner.learn.exercises import Exercise
from runner.learn.hints import difference, is_same_code, solution_of
from runner.learn.practice import Practice
from runner.story.exercise import ToldExercise


def told_exercise(
    exercise: Exercise,
    found: Attempt,
    hints: list[str],
    practice: Practice,
    count: tuple[int, int],
) -> ToldExercise:
    """An exercise with the hints that were asked for. `count` says how many exercises of the demo
    are done, of how many."""
    demo = exercise.demo
    result, diff = _result(exercise, found)
    return ToldExercise(
        demo=demo.number,
        question=demo.question,
        number=exercise.number,
        exercises=count[1],
        done=count[0],
        folder=practice.path,
        tests=len(demo.tests),
        red=told_red(found, practice),
        problem=found.problem,
        hints=hints,
        result=result,
        diff=diff,
        notes=_notes(demo, practice),
    )


def _result(exercise: Exercise, found: Attempt) -> tuple[str, str]:
    """How it was fixed and the diff that belongs to it; empty where it is not."""
    if found.red or found.problem:
        return "", ""
    diff = difference(exercise.demo, found.files)
    if not diff:
        return "The original code is back. This was the edit:", solution_of(exercise)
    if is_same_code(exercise.demo, found.files):
        return "The original code is back; only layout or comments differ:", diff
    return (
        "Your fix is another one than the original, and it is welcome: the tests are green for "
        "another reason. The difference:",
        diff,
    )


def _notes(demo: Demo, practice: Practice) -> list[str]:
    if not practice.has_other_tests():
        return []
    return [f"{practice.path}/tests.py is not run: the tests are those of {demo.path}/."]
