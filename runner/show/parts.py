"""Draws the parts of a scene: requests, races, notes, tables; and the bars of a comparison."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import singledispatch

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from runner.recording.model import Note, Table
from runner.show.lanes import DrawnLanes
from runner.show.style import (
    BLUE,
    MARGIN,
    PURPLE,
    RED,
    coloured_diff,
    indented,
    prose,
    python,
    sql,
    style_of,
)
from runner.story.lanes import Lanes
from runner.story.sources import Code
from runner.story.told import (
    Comparison,
    Message,
    Part,
    Racing,
    Request,
    Statement,
)
from runner.story.words import counted


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
    blocks = [indented(code(block), 2) for block in part.code]
    return Group(*drawn, Text(), indented(DrawnLanes(part)), *blocks)


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
        sender = f"{told.sent_by} → " if told.sent_by else ""
        request = Text.assemble((margin, PURPLE), sender, (told.method, "bold"), " ", told.path)
        status = str(told.status or "—")
        figures = Text.assemble((f"{status:>5}", style_of(status)))
        figures.append(_aligned(told.queries, "query"))
        figures.append(" " * 11 if told.rows is None else _aligned(told.rows, "row"))
        if told.ms is not None:
            figures.append(f"{told.ms:6.0f} ms")
        if told.user:
            request.append(f"  as {told.user}")
        if told.server:
            request.append(f"  at server {told.server}")
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
