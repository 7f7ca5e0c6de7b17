"""Draws an exercise of `make fix` in the terminal."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from runner.show import terminal
from runner.show.pages import cut_below
from runner.show.style import BLUE, GREEN, RED, coloured_diff, indented, prose, python
from runner.story.exercise import ToldExercise
from runner.story.told import ToldScene
from runner.story.words import counted

KEYS = "t test · h hint · s solution · n next · r start again · q quit"
BACK = "any other key back · h hint · s solution · n next · q quit"


@dataclass(frozen=True)
class Page:
    """What fits on the screen, the test that it is about, and the keys below it."""

    drawn: RenderableType
    test: str = ""
    keys: str = KEYS


def pages(console: Console, told: ToldExercise) -> list[Page]:
    """The screens of an exercise: where the learner stands, on one or several pages."""
    if told.problem:
        return _pages(console, told, indented(Text(told.problem, RED)))
    if told.result:
        return _pages(console, told, _result(told))
    return [page for scene in told.red for page in _pages(console, told, _red(scene), scene.test)]


def test_pages(console: Console, told: ToldExercise, place: str, source: str) -> list[Page]:
    """The text of a test, and where it stands."""
    body = Group(Text(f"    {place}"), indented(python(source)))
    return _pages(console, told, body, keys=BACK)


def solution_pages(console: Console, told: ToldExercise, diff: str) -> list[Page]:
    """What undoes the edit."""
    return _pages(console, told, indented(coloured_diff(diff.splitlines())), keys=BACK)


def _pages(
    console: Console, told: ToldExercise, body: RenderableType, test: str = "", keys: str = KEYS
) -> list[Page]:
    head = Group(*_head(told), Rule(style=""))
    return [Page(part, test, keys) for part in cut_below(console, head, body)]


def _head(told: ToldExercise) -> Iterable[RenderableType]:
    heading = Text.assemble(
        (f" {told.demo} · exercise {told.number} of {told.exercises}", f"bold {BLUE}"),
        (f" · {told.question}", "bold"),
    )
    heading.no_wrap, heading.overflow = True, "ellipsis"
    yield heading
    if not told.result:
        yield Padding(_task(told), (0, 0, 0, 1))
    for number, hint in enumerate(told.hints, 1):
        yield Text.assemble((f" hint {number}  ", "bold"), prose(hint))
    for note in told.notes:
        yield Text(f" {note}")


def _task(told: ToldExercise) -> Text:
    task = (
        f"The app in {told.folder}/ was broken on purpose. Fix it there, in your own editor; "
        "each save runs the tests again."
    )
    if told.red:
        red, tests = len(told.red), counted(told.tests, "test")
        task += f" {red} of {tests} {'is' if red == 1 else 'are'} red."
    return Text(task)


def _red(scene: ToldScene) -> RenderableType:
    """The claim or trap, why it fell, and what its requests did."""
    first, *others = scene.endings
    drawn = [terminal.title(scene), Text(), terminal.ending(first)]
    if others:
        drawn.append(indented(Text(f"{counted(len(others), 'other case')} failed as well", RED)))
    return Group(*drawn, Text(), *terminal.body(scene)[:-1])


def _result(told: ToldExercise) -> RenderableType:
    left = told.exercises - told.done
    following = f"{left} of {told.exercises} are left: press n" if left else "That was the last one"
    drawn = [
        Text(f" ✔ Fixed: {counted(told.tests, 'test')} green. {following}.", f"bold {GREEN}"),
        Text(),
        Padding(prose(told.result), (0, 0, 0, 1)),
        Text(),
    ]
    return Group(*drawn, indented(coloured_diff(told.diff.splitlines())))
