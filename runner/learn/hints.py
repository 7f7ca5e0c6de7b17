"""Hints, the solution, and the difference between a learner's app and the original, as text."""

import ast
import difflib
from collections.abc import Iterator

from runner.catalogue import Demo
from runner.learn.exercises import Exercise
from runner.learn.practice import app_of

STEPS = 3


def hints_of(exercise: Exercise, theirs: str | None = None) -> list[str]:
    """What is broken in words, then the file, then its lines, from vague to exact.

    The lines are those of the learner's file, if it is given, else of the broken one.
    """
    mutation = exercise.mutation
    text = exercise.broken if theirs is None else theirs
    return [
        f"{mutation.breaks}.",
        f"The edit is in {mutation.file}.",
        " ".join(_places(text, exercise.original)) or f"{mutation.file} is as it was before.",
    ]


def _places(theirs: str, original: str) -> Iterator[str]:
    """Where their lines differ from the original ones, in sentences."""
    lines, wanted = theirs.splitlines(), original.splitlines()
    matcher = difflib.SequenceMatcher(None, lines, wanted, autojunk=False)
    for kind, first, end, _, _ in matcher.get_opcodes():
        if kind == "insert":
            yield (
                f"Something is missing after line {first}."
                if first
                else ("Something is missing before line 1.")
            )
        elif kind != "equal":
            yield (
                f"Look at line {end}."
                if end == first + 1
                else (f"Look at lines {first + 1} to {end}.")
            )


def solution_of(exercise: Exercise) -> str:
    """The diff that leads from the broken file back to the original."""
    name = exercise.mutation.file
    return _diff(exercise.broken, exercise.original, f"{name}, broken", f"{name}, original")


def difference(demo: Demo, theirs: dict[str, bytes]) -> str:
    """The diff that leads from the original app to theirs, empty where both are equal."""
    originals = app_of(demo)
    return "".join(
        _diff(
            _text(originals.get(name, b"")),
            _text(theirs.get(name, b"")),
            f"{name}, original",
            f"{name}, yours",
        )
        for name in sorted(originals.keys() | theirs.keys())
    )


def is_same_code(demo: Demo, theirs: dict[str, bytes]) -> bool:
    """Whether both apps are the same program, apart from layout and comments."""
    originals = app_of(demo)
    return originals.keys() == theirs.keys() and all(
        _tree(theirs[name]) == _tree(originals[name]) for name in originals
    )


def _tree(source: bytes) -> str:
    return ast.dump(ast.parse(source))


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _diff(before: str, after: str, old: str, new: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), old, new, lineterm="")
    return "".join(f"{line}\n" for line in lines)
