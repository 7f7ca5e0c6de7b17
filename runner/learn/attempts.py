"""Runs the tests of a demo, as they are, on the app of a learner's practice copy."""

import ast
from dataclasses import dataclass, replace

from runner.errors import UserError
from runner.learn.exercises import Exercise
from runner.learn.practice import Practice
from runner.proofs.scratch import Scratch
from runner.recording.model import Recording, Scene
from runner.recording.run import rehearse
from runner.story.story import Teller
from runner.story.told import ToldScene


@dataclass(frozen=True)
class Attempt:
    """What the tests say of the files: `problem` is why they could not say anything."""

    files: dict[str, bytes]
    problem: str = ""
    recording: Recording | None = None

    @property
    def red(self) -> list[Scene]:
        return [s for s in self.recording.scenes if s.outcome == "failed"] if self.recording else []


def attempt(scratch: Scratch, practice: Practice, exercise: Exercise) -> Attempt:
    """Run the demo's own tests on the learner's files, in the scratch copy."""
    files, demo = practice.files(), practice.demo
    if broken := next((problem for name in files if (problem := _broken(name, files[name]))), ""):
        return Attempt(files, f"{practice.path}/{broken}")
    try:
        scratch.put_app(demo, files)
        recording = rehearse(demo.path, folder=scratch.folder, demo=demo)
    except OSError as error:
        return Attempt(files, f"The scratch copy cannot be written ({error.strerror}).")
    except UserError as error:
        return Attempt(files, str(error).replace(demo.path, practice.path))
    found = Attempt(files, recording=recording)
    return found if found.red else replace(found, problem=_not_shown(found, exercise))


def _broken(name: str, content: bytes) -> str:
    """Where a file is no valid Python, and why; empty where it is."""
    try:
        ast.parse(content)
    except SyntaxError as error:
        line = f" line {error.lineno}" if error.lineno else ""
        return f"{name}{line} is no valid Python: {error.msg}."
    except ValueError as error:  # a NUL
        return f"{name} is no valid Python: {error}."
    return ""


def _not_shown(found: Attempt, exercise: Exercise) -> str:
    """Why green tests say nothing here, empty where they do."""
    wanted = exercise.mutation.caught_by
    for scene in found.recording.scenes:
        if scene.test in wanted and scene.outcome == "skipped":
            reason = next(case.reason for case in scene.cases if case.outcome == "skipped")
            return f"The test of this exercise was not tried here: {reason}"
    if found.files.get(exercise.mutation.file) == exercise.broken.encode():
        return "No test notices this edit here. Press n for the next exercise."
    return ""


def told_red(found: Attempt, practice: Practice) -> list[ToldScene]:
    """The red scenes as they are told; places in the app are those of the practice copy."""
    if not found.recording:
        return []
    teller = Teller(practice.demo, found.recording)
    return [_in_practice(teller.scene(scene), practice) for scene in found.red]


def _in_practice(told: ToldScene, practice: Practice) -> ToldScene:
    endings = [
        replace(end, fall=replace(end.fall, app=_moved(end.fall.app, practice)))
        if end.fall
        else end
        for end in told.endings
    ]
    return replace(told, endings=endings)


def _moved(place: str, practice: Practice) -> str:
    return place.replace(f"{practice.demo.path}/", f"{practice.path}/")
