"""`make fix-NN`: a demo broken on purpose, for the learner to repair in their own editor."""

import sys
from pathlib import Path

from rich.console import Console

from runner.catalogue import ROOT, Demo, find_demo
from runner.errors import UserError
from runner.learn.exercises import Exercise, exercise_number, exercises_of
from runner.learn.practice import Practice
from runner.learn.record import keys_done, last_demo
from runner.learn.workbench import Workbench
from runner.proofs.scratch import scratch_copy
from runner.show.keys import one_key_at_a_time
from runner.support.launch.shared import servers_for

PLACE = ROOT / "practice"


def fix(demo: Demo | None, n: str, file: Path, place: Path = PLACE) -> int:
    """Let the learner fix exercise `n` of the demo, or go on where they stopped.

    `file` keeps the progress, `place` the practice copies. Returns 0. Raises UserError without a
    terminal, where there is no such exercise, or where the folder of the copy belongs to others.
    """
    demo = demo or _last(file)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UserError(
            f"`make fix-{demo.number}` reads keys from a terminal, and there is none; "
            f"`make break-{demo.number}` shows all mutations in a row."
        )
    exercises = exercises_of(demo)
    if not exercises:
        raise UserError(f"Demo {demo.number} has no exercise; `make fix-07` has some.")
    practice = Practice(demo, place)
    wanted = _wanted(exercises, n, practice.key(), file)
    if wanted is None:
        all_of = f"All {len(exercises)} exercises" if exercises[1:] else "The only exercise"
        print(
            f"{all_of} of demo {demo.number} {'are' if exercises[1:] else 'is'} done; "
            f"`make fix-{demo.number} N=1` begins again."
        )
        return 0
    console = Console(highlight=False)
    with (
        servers_for([demo]),
        scratch_copy() as scratch,
        console.screen(),
        one_key_at_a_time() as read_key,
    ):
        bench = Workbench(exercises, practice, file, scratch, console, read_key)
        if bench.begin(wanted):
            bench.work()
    exercise = bench.exercise
    if exercise is None:
        print(f"{practice.path} stays as it is; move it away to begin another exercise.")
    else:
        print(
            f"Exercise {exercise.number} of {len(exercises)} of demo {demo.number} is in "
            f"{practice.path}/; `make fix` goes on."
        )
    return 0


def _last(file: Path) -> Demo:
    number = last_demo(file)
    if not number:
        raise UserError("You have not fixed a demo yet; `make fix-07` begins with one.")
    return find_demo(number)


def _wanted(exercises: list[Exercise], n: str, key: str, file: Path) -> Exercise | None:
    """The exercise to do: the one asked for, else that of the copy, else the first not done."""
    if n:
        return exercise_number(exercises, n)
    done = keys_done(file)
    undone = [each for each in exercises if each.key not in done]
    return next((each for each in undone if each.key == key), undone[0] if undone else None)
