"""Draws a story in the terminal, with rich."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table as Grid
from rich.text import Text

from runner.recording.model import Table
from runner.show.parts import bars, draw
from runner.show.style import (
    BLUE,
    GREEN,
    RED,
    STYLES,
    indented,
    prose,
)
from runner.story.lanes import Lanes
from runner.story.told import (
    Answer,
    Closing,
    Ending,
    Fall,
    Opening,
    Part,
    ToldScene,
)
from runner.story.words import SIGNS


def opening(told: Opening) -> RenderableType:
    head = [
        Rule(style=""),
        Text.assemble((f" {told.number} · ", f"bold {BLUE}"), (told.question, "bold")),
        Text(f" {' · '.join(told.facts)}"),
        Rule(style=""),
    ]
    if not told.usual_answer:
        return Group(*head)
    grid = Grid.grid(padding=(0, 2, 0, 0))
    for answer in told.usual_answer:
        grid.add_row(Text(f"{answer.number:>2}", f"bold {BLUE}"), prose(answer.text))
    return Group(*head, Text("\n The usual answer", "bold"), grid)


def scene(told: ToldScene) -> RenderableType:
    if told.is_short and all(end.word != "FAILED" for end in told.endings):
        return verdict_line(told)
    ends = [ending(end) for end in told.endings]
    return Group(Text(), title(told), Text(), *body(told), *ends)


def body(told: ToldScene) -> list[RenderableType]:
    """The parts of a scene, each drawn, with a blank line after them."""
    drawn: list[RenderableType] = []
    previous: Part | None = None
    for part in told.parts:
        if previous and {Table, Lanes} & {type(previous), type(part)}:
            drawn.append(Text())
        drawn.append(draw(part))
        previous = part
    if told.parts:
        drawn.append(Text())
    return drawn


def verdict_line(told: ToldScene) -> RenderableType:
    """The scene on one line: its verdict, its number, its text."""
    end = told.endings[0]
    label = "" if told.is_trap else told.label
    return _answer_lines([(f"{end.sign} {end.word}", STYLES[end.word], label, told.text)])


def _answer_lines(lines: Iterable[tuple[str, str, str, str]]) -> RenderableType:
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=12)
    grid.add_column(width=2, justify="right")
    for verdict, style, label, text in lines:
        grid.add_row(Text(f" {verdict}", f"bold {style}"), Text(label), prose(text))
    return grid


def title(told: ToldScene) -> RenderableType:
    label = Text(f"{told.label:>2}", f"bold {RED if told.is_trap else BLUE}")
    grid = Grid.grid(padding=(0, 2, 0, 0))
    text = Text.assemble(prose(told.text), style="bold")
    if told.releases:
        text.append(f" · {told.releases}", "not bold")
    grid.add_row(label, text)
    return grid


def ending(told: Ending) -> RenderableType:
    style = f"bold {STYLES[told.word]}"
    text = fallen(told.fall) if told.fall else prose(told.text)
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_row(Text(f"{told.sign} {told.word}", style), text)
    return indented(grid)


def fallen(told: Fall) -> RenderableType:
    """Why a verdict fell: it is struck out, and what was expected stands above what was seen."""
    where = f"{told.where}  [{told.case}]" if told.case else told.where
    lines = [Text.assemble((told.verdict, "strike"), f" is not what happens: {where}")]
    grid = Grid.grid(padding=(0, 2, 0, 0))
    for name, text in (
        ("test", told.statement),
        ("expected", told.expected),
        ("seen", told.seen),
        ("error", told.error),
        ("in", told.app),
    ):
        if text:
            grid.add_row(Text(name), Text(text, STYLES["FAILED"] if name != "expected" else GREEN))
    return Group(*lines, grid)


def closing(told: Closing) -> RenderableType:
    drawn: list[RenderableType] = []
    for comparison in told.comparisons:
        drawn += [Text(), bars(comparison)]
    if told.answers:
        drawn += [Text("\n The answer, corrected", "bold"), corrected(told.answers)]
    ways_on = Grid.grid(padding=(0, 2, 0, 0))
    for what, how in told.ways_on:
        ways_on.add_row(Text(f" {what}"), how)
    return Group(*drawn, Text(), Rule(style=""), Text(f" {told.tally}", "bold"), ways_on)


def corrected(answers: Iterable[Answer]) -> RenderableType:
    """Each claim on a line behind its verdict; one that fell or was not tried says so."""
    lines = []
    for answer in answers:
        word = {"failed": "FAILED", "skipped": "not tried"}.get(answer.outcome, answer.verdict)
        sign = {"FAILED": "✘", "not tried": "○"}.get(word) or SIGNS[word]
        lines.append((f"{sign} {word}", STYLES[word], str(answer.number), answer.text))
    return _answer_lines(lines)
