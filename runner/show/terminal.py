"""Draws a story in the terminal, with rich."""

import io
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
from runner.story.sources import Code
from runner.story.story import (
    Closing,
    Comparison,
    Ending,
    Message,
    Opening,
    Part,
    Racing,
    Request,
    Statement,
    ToldScene,
)
from runner.story.words import counted

STYLES = {
    "holds": "green",
    "depends": "yellow",
    "outdated": "blue",
    "wrong": "magenta",
    "trap": "red",
    "not tried": "yellow",
    "FAILED": "red",
}
MARGIN = 4


def opening(told: Opening) -> RenderableType:
    return Group(
        Rule(style="dim"),
        Text.assemble((f" {told.number} · ", "bold cyan"), (told.question, "bold")),
        Text(f" {' · '.join(told.facts)}", style="dim"),
        Rule(style="dim"),
    )


def scene(told: ToldScene) -> RenderableType:
    drawn: list[RenderableType] = [Text(), title(told), Text()]
    previous: Part | None = None
    for part in told.parts:
        if previous and Table in (type(previous), type(part)):
            drawn.append(Text())
        drawn.append(draw(part))
        previous = part
    if told.parts:
        drawn.append(Text())
    return Group(*drawn, *(ending(end) for end in told.endings))


def title(told: ToldScene) -> RenderableType:
    label = Text(f"{told.label:>2}", style="bold red" if told.is_trap else "bold cyan")
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_row(label, Text(told.text, style="bold"))
    return grid


def ending(told: Ending) -> RenderableType:
    grid = Grid.grid(padding=(0, 2, 0, 0))
    style = f"bold {STYLES[told.word]}"
    text = Text(told.text) if told.word == "FAILED" else prose(told.text)
    grid.add_row(Text(f"{told.sign} {told.word}", style=style), text)
    return indented(grid)


def closing(told: Closing) -> RenderableType:
    drawn: list[RenderableType] = []
    for comparison in told.comparisons:
        drawn += [Text(), bars(comparison)]
    ways_on = Grid.grid(padding=(0, 2, 0, 0))
    for what, how in told.ways_on:
        ways_on.add_row(Text(f" {what}", "dim"), how)
    return Group(*drawn, Text(), Rule(style="dim"), Text(f" {told.tally}", "bold"), ways_on)


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
    return indented(Text(f"{part.requests} requests at once:", style="magenta"))


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
        request = Text.assemble((margin, "magenta"), (told.method, "bold"), " ", told.path)
        status = str(told.status or "—")
        style = {"2": "green", "3": "cyan", "4": "yellow"}.get(status[0], "bold red")
        figures = Text.assemble((f"{status:>5}", style), _aligned(told.queries, "query"))
        figures.append(" " * 11 if told.rows is None else _aligned(told.rows, "row"))
        if told.ms is not None:
            figures.append(f"{told.ms:6.0f} ms", "dim")
        if told.user:
            request.append(f"  as {told.user}", "dim")
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
            grid.add_row(Text("←", style="red"), Text(message.text, style="red"))
        elif message.sent:
            grid.add_row(Text("→", style="cyan"), Text(message.text))
        else:
            grid.add_row(Text("←", style="dim"), Text(message.text, style="dim"))
    return grid


def statements(told: Iterable[Statement]) -> RenderableType:
    table = Grid.grid(padding=(0, 1, 0, 0))
    table.add_column(justify="right", width=5)
    table.add_column(width=1)
    table.add_column()
    for statement in told:
        if statement.sql is None:
            more = f"… {counted(statement.count, 'more statement')} (SQL=1 shows all)"
            table.add_row("", "", Text(more, style="dim"))
            continue
        text = Text(statement.sql, style="dim")
        text.highlight_regex(r"\b[A-Z]{2,}\b", "not dim cyan")
        style = "bold" if statement.count > 1 else "dim"
        table.add_row(Text(str(statement.count), style=style), "×", text)
    return table


def code(told: Code) -> RenderableType:
    heading = f"{told.file}:{told.line}"
    if told.against:
        heading = f"{heading}, against {told.against}"
        return Group(Text(heading, style="dim underline"), coloured_diff(told.lines))
    from rich.syntax import Syntax  # pygments is slow to import and seldom asked for

    python = "\n".join(told.lines)
    syntax = Syntax(python, "python", theme="ansi_dark", background_color="default", word_wrap=True)
    return Group(Text(heading, style="dim underline"), syntax)


def coloured_diff(lines: Iterable[str]) -> Text:
    """A diff as text: what goes in red, what comes in green."""
    styles = {"+": "green", "-": "red", "@": "cyan"}
    return Text("\n").join([Text(line, styles.get(line[:1], "dim")) for line in lines])


class _Bar:
    """A bar that fills this share of the room there is; a value above zero is always seen."""

    def __init__(self, share: float) -> None:
        self.share = share

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        blocks = round(self.share * options.max_width)
        yield Text("█" * (blocks or bool(self.share)), style="cyan")

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
        text.append(part, "cyan" if number % 2 else "")
    return text


def print_to(console: Console, part: RenderableType) -> None:
    """Print; where no terminal listens, without the blanks that rich leaves at line ends."""
    with console.capture() as capture:
        console.print(part)
    drawn = capture.get()
    if not console.is_terminal:
        drawn = "".join(f"{line.rstrip()}\n" for line in drawn.splitlines())
    try:
        console.file.write(drawn)
        console.file.flush()
    except BrokenPipeError:  # the reader, `head` for example, has closed the pipe
        # Not by os.dup2: pytest puts the pipe back after each test.
        console.file = io.StringIO()
