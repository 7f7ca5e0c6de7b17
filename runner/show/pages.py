"""Cuts what is drawn into pages as high as the terminal."""

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from runner.show import terminal
from runner.show.keys import HELP
from runner.show.style import STYLES, indented
from runner.story.story import Teller
from runner.story.told import ToldScene


def cut(console: Console, part: RenderableType) -> list[RenderableType]:
    """The pages of one part; the last line of the terminal stays free."""
    lines, height = _lines(console, part), max(1, console.height - 1)
    return [_text(lines[start : start + height]) for start in range(0, len(lines), height)]


def cut_below(
    console: Console, above: RenderableType, body: RenderableType
) -> list[RenderableType]:
    """The pages of the body, each with what is above it; on a tiny terminal only the first."""
    head = _lines(console, above)
    room = console.height - 1 - len(head)
    if room < 5:
        return cut(console, Group(above, body))
    lines = _lines(console, body)
    return [_text(head + lines[start : start + room]) for start in range(0, len(lines), room)]


def cut_scene(console: Console, told: ToldScene, *, is_revealed: bool) -> list[RenderableType]:
    """The pages of a scene: each has its title above and its verdict, or the vote, below."""
    above = _lines(console, Group(terminal.title(told), Text()))
    below = ["", *_lines(console, _verdict(told) if is_revealed else _vote(told))]
    room = console.height - 1 - len(above) - len(below)
    if room < 5:  # a tiny terminal or a long explanation: its first line stays
        below = below[:2]
        room = max(1, console.height - 1 - len(above) - len(below))
    body = _lines(console, Group(*terminal.body(told)[:-1]))
    starts = range(0, max(1, len(body)), room)
    return [_text(above + body[start : start + room] + below) for start in starts]


def _verdict(told: ToldScene) -> RenderableType:
    return Group(*(terminal.ending(end) for end in told.endings))


def _vote(told: ToldScene) -> RenderableType:
    if told.is_trap:
        return indented(Text("What is hidden? Vote, then press n.", "bold"))
    return indented(Text("Holds, depends, outdated or wrong? Vote, then press n.", "bold"))


def _lines(console: Console, part: RenderableType) -> list[str]:
    with console.capture() as capture:
        console.print(part)
    return capture.get().splitlines()


def _text(lines: list[str]) -> RenderableType:
    return Text.from_ansi("\n".join(lines))


def scene_list(teller: Teller, here: int, revealed: set[int]) -> RenderableType:
    """All scenes on a line each; a verdict that is not revealed yet is a question mark."""
    grid = Grid.grid(padding=(0, 2, 0, 0))
    for position, scene in enumerate(teller.scenes, 1):
        told = teller.scene(scene)
        (first, *_) = told.endings
        sign = Text(first.sign, STYLES[first.word]) if position in revealed else Text("?")
        grid.add_row(" ▶" if position == here else "", sign, told.label, told.text)
    return grid


def key_list(known: Iterable[tuple[str, str]] = HELP) -> RenderableType:
    """What each key does."""
    grid = Grid.grid(padding=(0, 2, 0, 0))
    for keys, what in known:
        grid.add_row(Text(f" {keys}", "bold"), what)
    return grid
