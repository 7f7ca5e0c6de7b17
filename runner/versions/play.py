"""Plays the demos in the columns: every environment is made first, then all that is not known yet
is played, four demos at once. What is done is kept at once, so a run that is stopped goes on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

from runner.catalogue import Demo
from runner.errors import UserError
from runner.proofs.scratch import Scratch, in_scratch_copies
from runner.recording.forks import Uncollected
from runner.recording.run import rehearse
from runner.story.versions import NO_IMPORT, NO_INSTALL, STATES
from runner.story.words import counted
from runner.support.launch.shared import servers_for
from runner.versions.columns import Pair
from runner.versions.environment import CannotInstall, Environment
from runner.versions.results import Result, Shelf
from runner.versions.services import keep_services
from runner.versions.states import case_of, cell_of

ENVIRONMENTS_AT_ONCE = 2
# Twice the cores of a small machine: half of the time a demo waits for a browser or a worker.
DEMOS_AT_ONCE = 4
# A release that is not the pinned one may warn of its own code; a warning is no verdict.
WARNINGS = ("-W", "default")

Task = tuple[Environment, Demo]


def say(text: str, end: str = "\n") -> None:
    print(text, end=end, flush=True)


def made(pairs: list[Pair]) -> dict[Pair, Environment | str]:
    """The environment of each column, or why it cannot be installed."""

    def make(pair: Pair) -> Environment | str:
        environment = Environment(pair)
        try:
            environment.make()
        except CannotInstall as error:
            return str(error)
        return environment

    with ThreadPoolExecutor(ENVIRONMENTS_AT_ONCE) as workers:
        made = dict(zip(pairs, workers.map(make, pairs), strict=True))
    for pair, environment in made.items():
        if isinstance(environment, str):
            say(f"{pair.name} {NO_INSTALL}: {environment}")
        elif environment.made.unimported:
            say(f"{pair.name} {NO_IMPORT}: {environment.made.unimported}")
    return made


def play(tasks: list[Task]) -> None:
    """Play these demos, and keep what each came to; a line for each column shows them.

    All that is done is kept, also where the user stops it. Raises UserError where a demo could not
    be played, for a reason that is none of the releases: a server that did not start.
    """
    if not tasks:
        return
    failed: list[str] = []
    with servers_for([demo for _, demo in tasks]):
        keep_services()
        played = in_scratch_copies(_played, tasks, at_once=DEMOS_AT_ONCE)
        for environment, group in groupby(zip(tasks, played, strict=True), lambda p: p[0][0]):
            say(f"{environment.pair.name} ", end="")
            for (_, demo), result in group:
                say(_sign(demo, result), end="")
                failed += [f"{demo.number}: {result}"] if isinstance(result, str) else []
            say("")
    if failed:
        raise UserError(
            f"{counted(len(failed), 'demo')} could not be played ({failed[0]}); "
            "all others are kept: run `make versions` again."
        )


def missing(environment: Environment, demos: list[Demo]) -> Iterator[Task]:
    """What of these demos has to be played in this environment, the first or the second time."""
    if environment.made.unimported:
        return
    shelf = Shelf(environment)
    for demo in demos:
        known = shelf.find(demo)
        if known is None or known.is_doubtful:
            yield environment, demo


def _played(scratch: Scratch, task: Task) -> Result | str:
    """The result, which is kept; or why there is none."""
    environment, demo = task
    shelf = Shelf(environment)
    file = shelf.file_of(demo)
    scratch.add(demo)
    try:
        result = _result(scratch, task)
    except UserError as error:
        return str(error)
    if first := shelf.find(demo):
        result = _red_twice(first, result)
    shelf.keep(file, result)
    return result


def _result(scratch: Scratch, task: Task) -> Result:
    environment, demo = task
    try:
        recording = rehearse(
            demo.path, *WARNINGS, folder=scratch.folder, demo=demo, python=str(environment.python)
        )
    except Uncollected as error:
        return Result(unimported=str(error).partition(": ")[2].removeprefix("E").strip())
    cases = {scene.test: case_of(scene) for scene in recording.scenes}
    return Result({test: case for test, case in cases.items() if case})


def _red_twice(first: Result, second: Result) -> Result:
    """What was red in both runs."""
    was_red = second.cases.keys() if first.unimported else first.cases.keys()
    cases = {test: case for test, case in second.cases.items() if test in was_red}
    return Result(cases, second.unimported, runs=2)


def _sign(demo: Demo, result: Result | str) -> str:
    if isinstance(result, str):
        return f" {demo.number}? "
    if result.unimported:
        return f" {demo.number}∅ "
    if not result.cases:
        return "."
    states = [cell_of(case).state for case in result.cases.values()]
    return f" {demo.number}{''.join(STATES[state] for state in states)} "
