"""Draws a story in the terminal, with rich."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import singledispatch

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table as Grid
from rich.text import Text

from runner.recording.model import Note, Table
from runner.story.lanes import Cell, Lane, Lanes
from runner.story.sources import Code
from runner.story.story import (
    Answer,
    Closing,
    Comparison,
    Ending,
    Fall,
    Message,
    Opening,
    Part,
    Racing,
    Request,
    Statement,
    ToldScene,
)
from runner.story.words import SIGNS, counted

# Colours in the middle between black and white, so that they read on a light and a dark
# background alike; for the same reason nothing is dim or yellow.
GREEN, ORANGE, BLUE, PURPLE, RED = (f"color({n})" for n in (28, 130, 31, 127, 196))
STYLES = {
    "holds": GREEN,
    "depends": ORANGE,
    "outdated": BLUE,
    "wrong": PURPLE,
    "trap": RED,
    "not tried": ORANGE,
    "FAILED": RED,
}
STATUSES = {"2": GREEN, "3": BLUE, "4": ORANGE}
MARGIN = 4
BETWEEN_LANES = box.Box("    \n  │ \n    \n  │ \n    \n    \n  │ \n    \n")
NARROWEST_LANE = 34  # columns; where less is left for each, lanes stand below each other


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
    grid.add_row(label, Text.assemble(prose(told.text), style="bold"))
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


@singledispatch
def draw(part: Part) -> RenderableType:
    """Draw one part of a scene."""
    raise TypeError(f"a {type(part).__name__} cannot be drawn")


@draw.register
def _(part: Note) -> RenderableType:
    return indented(prose(part.text))


@draw.register
def _(part: Table) -> RenderableType:
    table = Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for header in part.headers:
        table.add_column(Text(header), overflow="fold")
    for row in part.rows:
        table.add_row(*(Text(cell) for cell in row))
    return indented(table)


@draw.register
def _(part: Racing) -> RenderableType:
    return indented(Text(f"{part.requests} requests at once:", PURPLE))


@draw.register
def _(part: Lanes) -> RenderableType:
    head = Text(f"{len(part.lanes)} requests at once", PURPLE)
    if part.request:
        method, _, path = part.request.partition(" ")
        head = Text.assemble((f"{len(part.lanes)} × ", PURPLE), (method, "bold"), f" {path}")
    drawn: list[RenderableType] = [indented(head)]
    if part.sent:
        drawn.append(indented(messages(Message(True, text) for text in part.sent), 2))
    return Group(*drawn, Text(), indented(_Lanes(part)))


@draw.register
def _(part: Request) -> RenderableType:
    drawn: list[RenderableType] = [_Line(part)]
    if part.messages:
        drawn.append(indented(messages(part.messages), 2))
    if part.statements:
        drawn.append(indented(statements(part.statements)))
    drawn += [indented(code(block), 2) for block in part.code]
    return Group(*drawn)


@dataclass
class _Line:
    """The request and its figures on one line, on two where they do not fit."""

    request: Request

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        told = self.request
        margin = "║".rjust(MARGIN - 1) + " " if told.raced else " " * MARGIN
        request = Text.assemble((margin, PURPLE), (told.method, "bold"), " ", told.path)
        status = str(told.status or "—")
        figures = Text.assemble((f"{status:>5}", _style_of(status)))
        figures.append(_aligned(told.queries, "query"))
        figures.append(" " * 11 if told.rows is None else _aligned(told.rows, "row"))
        if told.ms is not None:
            figures.append(f"{told.ms:6.0f} ms")
        if told.user:
            request.append(f"  as {told.user}")
        room = options.max_width - len(figures)
        if len(request) > room:
            yield request
            request = Text()
        request.pad_right(room - len(request))
        yield request + figures


def _aligned(number: int, noun: str) -> str:
    """ "   16 queries", padded so that the numbers of several lines line up."""
    width = len(counted(2, noun)) - len("2 ")
    return f"{number:>6} {counted(number, noun).partition(' ')[2]:<{width}}"


def _style_of(status: str) -> str:
    return STATUSES.get(status[0], f"bold {RED}")


@dataclass
class _Lanes:
    """The lanes side by side where there is room for all, else one line a moment, each with the
    number of its request."""

    lanes: Lanes

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Grid]:
        lanes = self.lanes.lanes
        width = options.max_width // len(lanes) - 3
        if width < NARROWEST_LANE:
            yield from self._below_each_other()
            return
        heads = [self._head(lane) for lane in lanes]
        yield self._side_by_side(width, [heads])
        cells: list[list[Text]] = []
        for row in self.lanes.rows:
            if row.across:
                yield self._side_by_side(width, cells)
                cells = []
                yield Text(f"── {row.across} ".ljust(len(lanes) * (width + 3) - 3, "─"), PURPLE)
                continue
            cells.append(
                [_cell(row.cells.get(lane.number), lane.number in row.waiting) for lane in lanes]
            )
        yield self._side_by_side(width, cells)

    def _side_by_side(self, width: int, rows: list[list[Text]]) -> Grid:
        grid = Grid(
            box=BETWEEN_LANES,
            show_header=False,
            show_edge=False,
            pad_edge=False,
            border_style=PURPLE,
        )
        for _ in self.lanes.lanes:
            grid.add_column(width=width)
        for row in rows:
            grid.add_row(*row)
        return grid

    def _below_each_other(self) -> Iterator[Grid]:
        grid = Grid.grid(padding=(0, 2, 0, 0))
        for lane in self.lanes.lanes:
            grid.add_row(Text(str(lane.number), PURPLE), self._head(lane))
        for row in self.lanes.rows:
            if row.across:
                grid.add_row(Text("─", PURPLE), Text(row.across, PURPLE))
            for number, cell in row.cells.items():
                grid.add_row(Text(str(number), PURPLE), _cell(cell, is_waiting=False))
        yield grid

    def _head(self, lane: Lane) -> Text:
        lines = [lane.request] if lane.request else []
        lines += [f"→ {text}" for text in lane.sent]
        name = Text(f"request {lane.number} · {counted(lane.queries, 'query')}", "bold")
        return Text("\n").join([name, *(Text(line) for line in lines)])


def _cell(cell: Cell | None, is_waiting: bool) -> Text:
    if cell is None:
        return Text("⋮" if is_waiting else "", ORANGE)
    if cell.kind == "waits":
        return Text(f"⋮ {cell.text}", ORANGE)
    if cell.kind == "answer":
        style = _style_of(cell.text) if cell.text[:1].isdigit() or cell.text == "—" else ""
        return Text(f"← {cell.text}", style)
    return sql(cell.text)


def sql(statement: str) -> Text:
    """SQL with its key words set apart."""
    text = Text(statement)
    text.highlight_regex(r"\b[A-Z]{2,}\b", BLUE)
    return text


def messages(told: Iterable[Message]) -> RenderableType:
    grid = Grid.grid(padding=(0, 1, 0, 0))
    for message in told:
        if message.is_error:
            grid.add_row(Text("←", RED), Text(message.text, RED))
        elif message.sent:
            grid.add_row(Text("→", BLUE), Text(message.text))
        else:
            grid.add_row(Text("←"), Text(message.text))
    return grid


def statements(told: Iterable[Statement]) -> RenderableType:
    table = Grid.grid(padding=(0, 1, 0, 0))
    table.add_column(justify="right", width=5)
    table.add_column(width=1)
    table.add_column()
    for statement in told:
        if statement.sql is None:
            more = f"… {counted(statement.count, 'more statement')} (SQL=1 shows all)"
            table.add_row("", "", Text(more))
            continue
        style = "bold" if statement.count > 1 else ""
        table.add_row(Text(str(statement.count), style), "×", sql(statement.sql))
    return table


def code(told: Code) -> RenderableType:
    heading = f"{told.file}:{told.line}"
    if told.against:
        heading = f"{heading}, against {told.against}"
        return Group(Text(heading, "underline"), coloured_diff(told.lines))
    return Group(Text(heading, "underline"), python("\n".join(told.lines)))


def python(source: str) -> RenderableType:
    """Python in colours."""
    # pygments is slow to import and seldom asked for
    from pygments.token import Comment, Keyword, Name, Number, String
    from rich.style import Style
    from rich.syntax import ANSISyntaxTheme, Syntax

    colours = {
        Keyword: Style(color=BLUE, bold=True),
        Name.Decorator: Style(color=PURPLE),
        String: Style(color=GREEN),
        Number: Style(color=PURPLE),
        Comment: Style(italic=True),
    }
    theme = ANSISyntaxTheme(colours)
    return Syntax(source, "python", theme=theme, background_color="default", word_wrap=True)


def coloured_diff(lines: Iterable[str]) -> Text:
    """A diff as text: what goes in red, what comes in green."""
    styles = {"+": GREEN, "-": RED, "@": BLUE}
    return Text("\n").join([Text(line, styles.get(line[:1], "")) for line in lines])


class _Bar:
    """A bar that fills this share of the room there is; a value above zero is always seen."""

    def __init__(self, share: float) -> None:
        self.share = share

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        blocks = round(self.share * options.max_width)
        yield Text("█" * (blocks or bool(self.share)), style=BLUE)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(4, options.max_width)


def bars(told: Comparison) -> RenderableType:
    largest = max(bar.value for bar in told.bars) or 1
    table = Grid.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    table.add_column(justify="right", no_wrap=True)
    for bar in told.bars:
        table.add_row(Text(bar.label), _Bar(bar.value / largest), f"{bar.value:g}")
    return Group(Text(f" {told.measure}", style="bold"), Padding(table, (0, 0, 0, 1)))


def indented(what: RenderableType, more: int = 0) -> Padding:
    return Padding(what, (0, 0, 0, MARGIN + more), expand=False)


def prose(sentences: str) -> Text:
    """Text in which `code` is set apart by its style instead of its backticks."""
    text = Text()
    for number, part in enumerate(sentences.split("`")):
        text.append(part, BLUE if number % 2 else "")
    return text


def print_to(console: Console, part: RenderableType) -> None:
    """Print; where no terminal listens, without the blanks that rich leaves at line ends."""
    try:
        if console.is_terminal:
            console.print(part)
            return
        with console.capture() as capture:
            console.print(part)
        console.file.writelines(f"{line.rstrip()}\n" for line in capture.get().splitlines())
        console.file.flush()
    except BrokenPipeError:  # the reader, `head` for example, has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), console.file.fileno())
