"""What is told of an exercise, as plain data: what a show draws."""

from dataclasses import dataclass, field

from runner.story.told import ToldScene


@dataclass(frozen=True)
class ToldExercise:
    """An exercise, and where the learner stands in it.

    `red` are the scenes that fell, `problem` is why the tests could not run, and `result` says how
    it was fixed: at most one of the three is there.
    """

    demo: str
    question: str
    number: int
    exercises: int  # of this demo
    done: int
    folder: str  # the practice copy, as one would type it
    tests: int
    red: list[ToldScene] = field(default_factory=list)
    problem: str = ""
    hints: list[str] = field(default_factory=list)  # those that were asked for
    result: str = ""
    diff: str = ""  # what the result is about
    notes: list[str] = field(default_factory=list)
