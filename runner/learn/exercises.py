"""The mutations of a demo as exercises: which are offered, in which order, and why others are not.

What is told of an exercise is plain data: hints and solution are in `hints`, what was done so far
in `record`.
"""

from dataclasses import dataclass
from hashlib import sha256

from runner.catalogue import Demo
from runner.errors import UserError
from runner.proofs.mutations import Mutation, mutated, mutations_of, text_of

CURES = "It makes the app right. An exercise would ask you to break the app again."


@dataclass(frozen=True)
class Exercise:
    """A mutation to find and undo. `number` counts the exercises of the demo, from easy to hard.

    `original` and `broken` are the text of its file before and after the edit.
    """

    demo: Demo
    mutation: Mutation
    number: int
    original: str
    broken: str

    @property
    def key(self) -> str:
        """Names it in a progress file, without telling what is broken.

        Another edit is another exercise; another place among the mutations is not.
        """
        edit = "\0".join((self.mutation.file, self.mutation.find, self.mutation.replace))
        return f"{self.demo.number}-{sha256(edit.encode()).hexdigest()[:12]}"


def exercises_of(demo: Demo) -> list[Exercise]:
    """What `make fix` offers: first the mutations that leave a wrong line to be seen, then those
    that only remove something. Raises UserError where mutations.toml cannot be read."""
    offered = [each for each in mutations_of(demo) if not reason_against(demo, each)]
    offered.sort(key=_only_removes)
    return [_exercise(demo, mutation, number) for number, mutation in enumerate(offered, 1)]


def reason_against(demo: Demo, mutation: Mutation) -> str:
    """Why this mutation is no exercise, empty where it is one."""
    if mutation.cures:
        return CURES
    if not mutation.exercise:
        return mutation.because
    if mutated(mutation, text_of(demo, mutation)) is None:
        return f"It no longer applies to {mutation.file}."
    return ""


def exercise_number(exercises: list[Exercise], n: str) -> Exercise:
    """The exercise that N= asks for; raises UserError where there is none."""
    demo, last = exercises[0].demo.number, len(exercises)
    if not n.isdecimal() or not 1 <= int(n) <= last:
        raise UserError(f"N={n} is no exercise of demo {demo}, which has N=1 to N={last}.")
    return exercises[int(n) - 1]


def _exercise(demo: Demo, mutation: Mutation, number: int) -> Exercise:
    original = text_of(demo, mutation)
    return Exercise(demo, mutation, number, original, mutated(mutation, original))


def _only_removes(mutation: Mutation) -> bool:
    lines = [line.strip() for line in mutation.find.splitlines()]
    return all(line.strip() in lines for line in mutation.replace.splitlines())
