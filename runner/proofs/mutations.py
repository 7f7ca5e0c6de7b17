"""Breaks a demo on purpose and watches which test goes red: `make break-NN`, `make prove`."""

import difflib
import tomllib
from dataclasses import dataclass, fields
from time import perf_counter

from runner.catalogue import Demo
from runner.errors import UserError
from runner.proofs.scratch import Scratch, in_scratch_copies
from runner.recording.model import Exchange, Recording, Scene
from runner.recording.run import rehearse
from runner.story.words import counted

# The mutation itself is broken code, which says nothing about a claim.
SLIPS = ("NameError", "UnboundLocalError", "ImportError", "ModuleNotFoundError", "SyntaxError")


@dataclass(frozen=True)
class Mutation:
    """One edit of a demo's app. `caught_by` names every test that must go red, and no other.

    `cures` marks an edit that makes the app right: what goes red is the proof that it was broken,
    so it is no claim that holds. `exercise` is false where `make fix` does not offer it, `because`
    says why.
    """

    breaks: str
    file: str
    find: str
    replace: str
    caught_by: tuple[str, ...]
    cures: bool = False
    exercise: bool = True
    because: str = ""


@dataclass(frozen=True)
class Trial:
    """The result of a mutation; `problem` says in one line why it proves nothing, if so."""

    demo: Demo
    mutation: Mutation
    diff: str = ""
    recording: Recording | None = None
    red: tuple[Scene, ...] = ()
    problem: str | None = None


def mutations_of(demo: Demo) -> list[Mutation]:
    """Read the demo's mutations.toml; raises UserError where it is missing or malformed."""
    file = demo.folder / "mutations.toml"
    try:
        plain = tomllib.loads(file.read_text("utf-8"))["mutation"]
        return [Mutation(**entry | {"caught_by": tuple(entry["caught_by"])}) for entry in plain]
    except FileNotFoundError as error:
        raise UserError(f"{demo.path} has no mutations.toml.") from error
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        keys = ", ".join(field.name for field in fields(Mutation))
        raise UserError(
            f"{demo.path}/mutations.toml cannot be read ({error}); every [[mutation]] has {keys}."
        ) from error


def mutated(mutation: Mutation, text: str) -> str | None:
    """The text with the mutation's edit, None where its `find` does not occur exactly once."""
    return text.replace(mutation.find, mutation.replace) if text.count(mutation.find) == 1 else None


def text_of(demo: Demo, mutation: Mutation) -> str:
    """The file that the mutation edits, as it is; empty where there is none."""
    file = demo.folder / mutation.file
    return file.read_text("utf-8") if file.is_file() else ""


def diff_of(demo: Demo, mutation: Mutation) -> str:
    """What the mutation does to its file; empty where it no longer applies."""
    before = text_of(demo, mutation)
    after = mutated(mutation, before)
    return "".join(
        difflib.unified_diff(
            before.splitlines(keepends=True),
            (before if after is None else after).splitlines(keepends=True),
            f"{demo.path}/{mutation.file}",
            f"{demo.path}/{mutation.file}, {'cured' if mutation.cures else 'broken'}",
        )
    )


def try_out(scratch: Scratch, demo: Demo, mutation: Mutation) -> Trial:
    """Apply the mutation in the scratch copy, run the whole demo there, and take the edit back."""
    before = text_of(demo, mutation)
    after = mutated(mutation, before)
    if after is None:
        problem = f"no longer applies: {mutation.file} does not hold `find` exactly once"
        return Trial(demo, mutation, problem=problem)
    diff = diff_of(demo, mutation)
    with scratch.edited(demo, mutation.file, after):
        try:
            recording = rehearse(demo.path, folder=scratch.folder, demo=demo)
        except UserError as error:
            return Trial(demo, mutation, diff, problem=f"fails for another reason: {error}")
    red = tuple(scene for scene in recording.scenes if scene.outcome == "failed")
    return Trial(demo, mutation, diff, recording, red, _problem(mutation, red))


def _problem(mutation: Mutation, red: tuple[Scene, ...]) -> str | None:
    if not red:
        return "survives: no test went red"
    for scene in red:
        for case in scene.cases:
            if case.failure and not case.failure.is_assertion:
                failure = f"{case.failure.type}: {case.failure.message.splitlines()[0]}"
                return f"fails for another reason: {scene.test} ended in {failure}"
        for event in scene.events:
            if isinstance(event, Exchange) and event.error and event.error.startswith(SLIPS):
                return f"fails for another reason: {scene.test} met {event.error}"
    went_red = {scene.test for scene in red}
    if missed := set(mutation.caught_by) - went_red:
        return f"is not caught by {', '.join(sorted(missed))}"
    if others := went_red - set(mutation.caught_by):
        return f"is also caught by {', '.join(sorted(others))}, which caught_by does not name"
    if mutation.cures and (holding := [scene.test for scene in red if scene.verdict == "holds"]):
        return f"is no cure: {', '.join(holding)} proves a claim that holds"
    return None


def prove(demos: list[Demo]) -> int:
    """`make prove`: try every mutation of these demos, and each demo unbroken.

    Prints a line for each mutation, then the problems, the count and the time. Returns 0 when each
    was caught by the tests that it names, else 1.
    """
    start = perf_counter()
    tasks = [(demo, mutation) for demo in demos for mutation in (*mutations_of(demo), None)]
    caught, problems = 0, []
    for name, found in in_scratch_copies(_tried, tasks):
        problems += found
        if name and not found:
            caught += 1
            print(f"✔ {name}", flush=True)
    for problem in problems:
        print(f"✘ {problem}")
    mutations = counted(len(tasks) - len(demos), "mutation")
    print(f"{caught} of {mutations} caught in {perf_counter() - start:.0f} seconds")
    return int(bool(problems))


def _tried(scratch: Scratch, task: tuple[Demo, Mutation | None]) -> tuple[str, list[str]]:
    """The name of the mutation and its problems; without a mutation, those of the demo itself."""
    demo, mutation = task
    if mutation is None:
        scratch.add(demo)
        scenes = rehearse(demo.path, folder=scratch.folder, demo=demo).scenes
        red = [scene for scene in scenes if scene.outcome != "passed"]
        return "", [f"{demo.number} {scene.test} is {scene.outcome} unbroken" for scene in red]
    name = f"{demo.number} {mutation.breaks}"
    problem = try_out(scratch, demo, mutation).problem
    return name, [f"{name}: {problem}"] if problem else []
