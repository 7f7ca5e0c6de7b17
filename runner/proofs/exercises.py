"""The mutations of a demo as exercises on a page: the scenes that turn red, hints, the solution."""

import difflib
from collections.abc import Iterator
from hashlib import sha256

from runner.catalogue import Demo
from runner.proofs.mutations import Mutation, mutated, mutations_of, text_of
from runner.show.web.learning import Exercise


def exercises_of(demo: Demo) -> list[Exercise]:
    """First the mutations that leave a wrong line to be seen, then those that only remove
    something. A cure is nothing to find and undo."""
    offered = [
        each
        for each in mutations_of(demo)
        if not each.cures and mutated(each, text_of(demo, each)) is not None
    ]
    offered.sort(key=_only_removes)
    return [_exercise(demo, number, mutation) for number, mutation in enumerate(offered, 1)]


def _only_removes(mutation: Mutation) -> bool:
    lines = [line.strip() for line in mutation.find.splitlines()]
    return all(line.strip() in lines for line in mutation.replace.splitlines())


def _exercise(demo: Demo, number: int, mutation: Mutation) -> Exercise:
    original = text_of(demo, mutation)
    lines, wanted = mutated(mutation, original).splitlines(), original.splitlines()
    names = f"{mutation.file}, broken", f"{mutation.file}, original"
    edit = "\0".join((mutation.file, mutation.find, mutation.replace))
    return Exercise(
        number=number,
        key=f"{demo.number}-{sha256(edit.encode()).hexdigest()[:12]}",
        caught_by=mutation.caught_by,
        hints=[
            f"{mutation.breaks}.",
            f"The edit is in {mutation.file}.",
            " ".join(_places(lines, wanted)),
        ],
        solution="\n".join(difflib.unified_diff(lines, wanted, *names, lineterm="")),
    )


def _places(lines: list[str], wanted: list[str]) -> Iterator[str]:
    """Where the broken lines differ from the original ones, in sentences."""
    matcher = difflib.SequenceMatcher(None, lines, wanted, autojunk=False)
    for kind, first, end, _, _ in matcher.get_opcodes():
        if kind == "insert":
            yield f"Something is missing after line {first}."
        elif kind != "equal":
            yield (
                f"Look at line {end}."
                if end == first + 1
                else (f"Look at lines {first + 1} to {end}.")
            )
