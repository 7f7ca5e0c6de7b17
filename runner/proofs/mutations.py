"""Breaks a demo on purpose and watches which test goes red: `make break-NN`, `make prove`."""

import difflib
import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from runner.catalogue import ROOT, Demo
from runner.errors import UserError
from runner.recording.model import Exchange, Recording, Scene
from runner.recording.run import rehearse
from runner.show import terminal
from runner.show.style import coloured_diff, print_to
from runner.story.story import Teller
from runner.story.told import Options

# A slip of the pen in the mutation itself, not a claim gone wrong.
SLIPS = ("NameError", "UnboundLocalError", "ImportError", "ModuleNotFoundError", "SyntaxError")
COPIED = ("config", "shop", "runner", "conftest.py", "pyproject.toml")


@dataclass(frozen=True)
class Mutation:
    """One edit of a demo's app. `caught_by` names every test that must go red, and no other."""

    breaks: str
    file: str
    find: str
    replace: str
    caught_by: tuple[str, ...]


@dataclass(frozen=True)
class Trial:
    """What became of a mutation; `problem` says in one line why it proves nothing, if so."""

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


@contextmanager
def scratch_copy(demo: Demo) -> Iterator[Path]:
    """A copy of the checkout that holds this demo alone, gone after the block.

    Raises UserError where it cannot be written.
    """
    with ExitStack() as stack:
        try:
            folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix=f"demo-{demo.number}-"))
            )
            for name in (*COPIED, demo.path):
                source, target = ROOT / name, folder / name
                if source.is_dir():
                    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(source, target)
        except (OSError, shutil.Error) as error:
            raise UserError(
                f"The scratch copy of {demo.path} cannot be written to {tempfile.gettempdir()} "
                f"({_reason(error)}); make room there, or set TMPDIR to a folder with room."
            ) from error
        yield folder


def _reason(error: OSError) -> str:
    return error.strerror or str(error).splitlines()[0]


def try_out(demo: Demo, mutation: Mutation) -> Trial:
    """Apply the mutation to a scratch copy and run the whole demo there."""
    with scratch_copy(demo) as folder:
        file = folder / demo.path / mutation.file
        before = file.read_text("utf-8") if file.is_file() else ""
        after = mutated(mutation, before)
        if after is None:
            problem = f"no longer applies: {mutation.file} does not hold `find` exactly once"
            return Trial(demo, mutation, problem=problem)
        file.write_text(after, "utf-8")
        diff = "".join(
            difflib.unified_diff(
                before.splitlines(keepends=True),
                after.splitlines(keepends=True),
                f"{demo.path}/{mutation.file}",
                f"{demo.path}/{mutation.file}, broken",
            )
        )
        try:
            recording = rehearse(demo.path, folder=folder, demo=demo)
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
    return None


def break_demo(demo: Demo, options: Options, only: int | None, step: bool) -> int:
    """`make break-NN`: show each edit, the scenes that turn red, and why.

    `only` is the number of the one mutation to show.
    Returns 0 when every mutation was caught by the test that it names, else 1.
    """
    console = Console(highlight=False)
    mutations = mutations_of(demo)
    problems = 0
    for number, mutation in enumerate(mutations, 1):
        if only not in (None, number):
            continue
        heading = Text.assemble(
            (f" {number}/{len(mutations)} ", "bold red"), (mutation.breaks, "bold")
        )
        print_to(console, Rule(style=""))
        print_to(console, heading)
        trial = try_out(demo, mutation)
        print_to(
            console, Padding(coloured_diff(trial.diff.splitlines()), (1, 0, 0, 4), expand=False)
        )
        for scene in trial.red:
            told = Teller(demo, trial.recording, options).scene(scene)
            print_to(console, terminal.scene(told))
        if trial.problem:
            problems += 1
            print_to(console, Text(f"\n ✘ {trial.problem}", style="bold red"))
        else:
            caught = ", ".join(mutation.caught_by)
            print_to(console, Text(f"\n ✔ caught by {caught}", style="bold green"))
    print_to(console, Rule(style=""))
    tried = 1 if only else len(mutations)
    print_to(
        console,
        Text(
            f" {tried - problems} of {tried} mutations caught · your files are untouched",
            style="bold",
        ),
    )
    return 1 if problems else 0


def prove(demos: list[Demo]) -> int:
    """`make prove`: try every mutation of these demos.

    Prints a line for each; returns 0 when each was caught by the tests it names, else 1.
    """
    tasks = [(demo, mutation) for demo in demos for mutation in mutations_of(demo)]
    problems = []
    for demo in demos:
        for scene in rehearse(demo.path, demo=demo).scenes:
            if scene.outcome != "passed":
                problems.append(f"{demo.number} {scene.test} is {scene.outcome} unbroken")
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        for trial in workers.map(lambda task: try_out(*task), tasks):
            name = f"{trial.demo.number} {trial.mutation.breaks}"
            if trial.problem:
                problems.append(f"{name}: {trial.problem}")
            else:
                print(f"✔ {name}")
    for problem in problems:
        print(f"✘ {problem}")
    print(f"{len(tasks) - len(problems)} of {len(tasks)} mutations caught")
    return 1 if problems else 0
