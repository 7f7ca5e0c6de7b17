"""Shows a recording in the terminal."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table as Grid
from rich.text import Text

from runner.databases import NAMES
from runner.discovery import Demo
from runner.recording import Bar, Exchange, Failure, Note, Recording, Scene, Table
from runner.sql import folded

VERDICTS = {
    "holds": ("✔", "green"),
    "depends": ("◐", "yellow"),
    "outdated": ("◷", "blue"),
    "wrong": ("⊘", "magenta"),
}
TELLING_HEADERS = ("Location", "ETag", "Retry-After", "WWW-Authenticate")
MOST_STATEMENTS = 8
LONGEST_BODY = 150
MARGIN = 4


@dataclass
class Options:
    """How much is shown: whole SQL, the code behind the endpoints, what a clock or a version says.

    `measured` is off in transcripts, which must be the same on every machine.
    """

    whole_sql: bool = False
    code: bool = False
    measured: bool = True


@dataclass
class Show:
    """Renders the parts of one demo's recording, in the order in which they are played."""

    demo: Demo
    options: Options = field(default_factory=Options)
    shown_code: Any = None  # runner.code.Shown, once code was asked for

    def header(self, recording: Recording, databases: list[str]) -> RenderableType:
        names = [NAMES[name] for name in databases]
        if self.options.measured:
            names += [f"Django {recording.django}", f"DRF {recording.drf}"]
        return Group(
            Rule(style="dim"),
            Text.assemble((f" {self.demo.number} · ", "bold cyan"), (self.demo.question, "bold")),
            Text(f" {' · '.join(names)}", style="dim"),
            Rule(style="dim"),
        )

    def scene(self, recording: Recording, scene: Scene) -> RenderableType:
        parts: list[RenderableType] = [Text(), self._title(recording, scene), Text()]
        telling = self._telling_statements(scene)
        users = {event.user for event in scene.events if isinstance(event, Exchange)}
        race = None
        told = [event for event in scene.events if not isinstance(event, Bar)]
        for previous, event in pairwise([None, *told]):
            if previous and Table in (type(previous), type(event)):
                parts.append(Text())
            if isinstance(event, Exchange):
                if event.race and event.race != race:
                    count = sum(
                        isinstance(e, Exchange) and e.race == event.race for e in scene.events
                    )
                    parts.append(_indented(Text(f"{count} requests at once:", style="magenta")))
                race = event.race
                parts += self._exchange(
                    recording, event, id(event) in telling, with_user=len(users) > 1
                )
            else:
                parts.append(_said(event))
        if told:
            parts.append(Text())
        return Group(*parts, *self._endings(scene))

    def _title(self, recording: Recording, scene: Scene) -> RenderableType:
        if scene.kind == "trap":
            number = Text(" ▲", style="bold red")
        else:
            claims = [s.test for s in recording.scenes if s.kind == "claim"]
            number = Text(f"{claims.index(scene.test) + 1:2}", style="bold cyan")
        title = Grid.grid(padding=(0, 2, 0, 0))
        title.add_row(number, Text(scene.text, style="bold"))
        return title

    def _exchange(
        self, recording: Recording, exchange: Exchange, with_statements: bool, *, with_user: bool
    ) -> list[RenderableType]:
        parts = [_Line(exchange, self.options.measured, with_user)]
        parts += [_indented(line, 2) for line in _messages(exchange)]
        if with_statements:
            parts.append(self._statements(exchange))
        if self.options.code:
            from runner.code import Shown  # pygments is slow to import and seldom asked for

            self.shown_code = self.shown_code or Shown()
            blocks = self.shown_code.new_blocks(recording, exchange)
            parts += [_indented(block, 2) for block in blocks]
        return parts

    def _telling_statements(self, scene: Scene) -> set[int]:
        """The ids of the exchanges whose SQL is shown: of those that ran the same statements,
        the one that ran the most, or the last."""
        telling: dict[object, Exchange] = {}
        for exchange in scene.events:
            if isinstance(exchange, Exchange) and exchange.queries and self._is_about_sql(scene):
                same = tuple(re.sub(r"\d+", "", text) for _, text in self._folded(exchange))
                if len(exchange.queries) >= len(telling.get(same, exchange).queries):
                    telling[same] = exchange
        return {id(exchange) for exchange in telling.values()}

    def _is_about_sql(self, scene: Scene) -> bool:
        return scene.is_about_sql or self.options.whole_sql

    def _folded(self, exchange: Exchange) -> list[tuple[int, str]]:
        return folded(exchange.queries, whole=self.options.whole_sql)

    def _statements(self, exchange: Exchange) -> RenderableType:
        table = Grid.grid(padding=(0, 1, 0, 0))
        table.add_column(justify="right", width=5)
        table.add_column(width=1)
        table.add_column()
        statements = self._folded(exchange)
        hidden = 0 if self.options.whole_sql else max(0, len(statements) - MOST_STATEMENTS)
        for position, (count, statement) in enumerate(statements):
            if hidden and position == MOST_STATEMENTS // 2:
                more = f"… {counted(hidden, 'more statement')} (SQL=1 shows all)"
                table.add_row("", "", Text(more, style="dim"))
            if not hidden or not 0 <= position - MOST_STATEMENTS // 2 < hidden:
                text = Text(statement, style="dim")
                text.highlight_regex(r"\b[A-Z]{2,}\b", "not dim cyan")
                table.add_row(Text(str(count), style="bold" if count > 1 else "dim"), "×", text)
        return _indented(table)

    def _endings(self, scene: Scene) -> list[RenderableType]:
        failures = [case for case in scene.cases if case.failure]
        if failures:
            return [_failed(case.failure, case.id) for case in failures]
        if scene.outcome == "skipped":
            reason = next(case.reason for case in scene.cases if case.outcome == "skipped")
            return [_ending("○", "not tried", "yellow", reason)]
        if scene.verdict is None:
            return [_ending("▲", "trap", "red", scene.explanation)]
        sign, style = VERDICTS[scene.verdict]
        return [_ending(sign, scene.verdict, style, scene.explanation)]

    def closing(self, recording: Recording, following: Demo | None) -> RenderableType:
        parts: list[RenderableType] = []
        bars: dict[str, list[Bar]] = {}
        for scene in recording.scenes:
            for event in scene.events:
                if isinstance(event, Bar):
                    bars.setdefault(event.measure, []).append(event)
        for measure, values in bars.items():
            parts += [Text(), _comparison(measure, values)]
        ways_on = Grid.grid(padding=(0, 2, 0, 0))
        ways_on.add_row(Text(" code", "dim"), f"{self.demo.path}/views.py")
        ways_on.add_row(Text(" break it", "dim"), f"make break-{self.demo.number}")
        if following:
            ways_on.add_row(Text(" next", "dim"), f"make demo-{following.number}")
        return Group(
            *parts, Text(), Rule(style="dim"), Text(" " + tally(recording.scenes), "bold"), ways_on
        )


def tally(scenes: list[Scene]) -> str:
    """ "4 claims: 2 hold, 1 depends, 1 is wrong · 5 traps", and what failed or was not tried."""
    claims = [scene for scene in scenes if scene.kind == "claim"]
    traps = [scene for scene in scenes if scene.kind == "trap"]
    parts = [f"{counted(len(claims), 'claim')}: {verdicts([s.verdict for s in claims])}"]
    if traps:
        parts.append(counted(len(traps), "trap"))
    for outcome, word in (("failed", "FAILED"), ("skipped", "not tried")):
        if number := sum(scene.outcome == outcome for scene in scenes):
            parts.append(f"{number} {word}")
    return " · ".join(parts)


def counted(number: int, noun: str) -> str:
    """ "1 trap", "5 traps", "16 queries"."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun.removesuffix('y')}ies" if noun == "query" else f"{number} {noun}s"


def verdicts(found: list[str | None]) -> str:
    """ "2 hold, 1 depends, 1 is wrong"."""
    one = {"holds": "holds", "depends": "depends", "outdated": "is outdated", "wrong": "is wrong"}
    many = {"holds": "hold", "depends": "depend", "outdated": "are outdated", "wrong": "are wrong"}
    counts = [(verdict, found.count(verdict)) for verdict in VERDICTS if verdict in found]
    return ", ".join(f"{n} {(one if n == 1 else many)[verdict]}" for verdict, n in counts)


def _aligned(number: int, noun: str) -> str:
    """ "   16 queries", so wide that the figures of several lines stand below each other."""
    width = len(counted(2, noun)) - len("2 ")
    return f"{number:>6} {counted(number, noun).partition(' ')[2]:<{width}}"


def _indented(what: RenderableType, more: int = 0) -> Padding:
    return Padding(what, (0, 0, 0, MARGIN + more), expand=False)


@dataclass
class _Line:
    """The request and its figures on one line, on two where they do not fit."""

    exchange: Exchange
    measured: bool
    with_user: bool

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        exchange = self.exchange
        margin = "║".rjust(MARGIN - 1) + " " if exchange.race else " " * MARGIN
        request = Text.assemble((margin, "magenta"), (exchange.method, "bold"), " ", exchange.path)
        status = str(exchange.status or "—")
        style = {"2": "green", "3": "cyan", "4": "yellow"}.get(status[0], "bold red")
        figures = Text.assemble((f"{status:>5}", style), _aligned(len(exchange.queries), "query"))
        figures.append(" " * 11 if exchange.rows is None else _aligned(exchange.rows, "row"))
        if self.measured:
            figures.append(f"{exchange.ms:6.0f} ms", "dim")
        if self.with_user and exchange.user:
            request.append(f"  as {exchange.user}", "dim")
        room = options.max_width - len(figures)
        if len(request) > room:
            yield request
            request = Text()
        request.pad_right(room - len(request))
        yield request + figures


def _messages(exchange: Exchange) -> list[RenderableType]:
    """What went in and out, as far as it is short enough to tell something."""
    sent = [f"{name}: {_told(name, value)}" for name, value in exchange.request_headers.items()]
    if exchange.request_body:
        sent.append(_shortened(_one_line(exchange.request_body)))
    telling = list(TELLING_HEADERS)
    if exchange.status == 405:
        telling.append("Allow")
    is_json = exchange.headers.get("Content-Type") == "application/json"
    if exchange.body and not is_json and not exchange.error:
        telling.append("Content-Type")
    received = [f"{name}: {exchange.headers[name]}" for name in telling if name in exchange.headers]
    body = _one_line(exchange.body)
    if body and not exchange.error and (not exchange.rows or len(body) <= LONGEST_BODY):
        received.append(_shortened(body))
    messages = Grid.grid(padding=(0, 1, 0, 0))
    for text in sent:
        messages.add_row(Text("→", style="cyan"), Text(text))
    for text in received:
        messages.add_row(Text("←", style="dim"), Text(text, style="dim"))
    if exchange.error:
        messages.add_row(Text("←", style="red"), Text(_shortened(exchange.error), style="red"))
    return [messages] if messages.rows else []


def _told(header: str, value: str) -> str:
    """The value, of credentials only their scheme: a token is long, and other on every run."""
    return f"{value.partition(' ')[0]} …" if header == "Authorization" else value


def _one_line(body: str) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:
        return " ".join(body.split())


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_BODY else text[:LONGEST_BODY] + "…"


def _said(event: Note | Table) -> RenderableType:
    if isinstance(event, Note):
        return _indented(_prose(event.text))
    table = Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for header in event.headers:
        table.add_column(Text(header), overflow="fold")
    for row in event.rows:
        table.add_row(*(Text(cell) for cell in row))
    return _indented(table)


def _ending(sign: str, word: str, style: str, explanation: str) -> RenderableType:
    ending = Grid.grid(padding=(0, 2, 0, 0))
    ending.add_row(Text(f"{sign} {word}", style=f"bold {style}"), _prose(explanation))
    return _indented(ending)


def _prose(sentences: str) -> Text:
    """Text in which `code` is set apart by its style instead of its backticks."""
    text = Text()
    for number, part in enumerate(sentences.split("`")):
        text.append(part, "cyan" if number % 2 else "")
    return text


def _failed(failure: Failure, case: str) -> RenderableType:
    where = f"{failure.where}  [{case}]" if case else failure.where
    kind = "" if failure.is_assertion else f"{failure.type}: "
    return _ending("✘", "FAILED", "red", f"{where}\n{kind}{failure.message}")


class _Bar:
    """A bar that fills this share of the room there is; a value above zero is always seen."""

    def __init__(self, share: float) -> None:
        self.share = share

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        blocks = round(self.share * options.max_width)
        yield Text("█" * (blocks or bool(self.share)), style="cyan")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(4, options.max_width)


def _comparison(measure: str, bars: list[Bar]) -> RenderableType:
    largest = max(bar.value for bar in bars) or 1
    table = Grid.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    table.add_column(justify="right", no_wrap=True)
    for bar in bars:
        table.add_row(Text(bar.label), _Bar(bar.value / largest), f"{bar.value:g}")
    return Group(Text(f" {measure}", style="bold"), Padding(table, (0, 0, 0, 1)))


def print_to(console: Console, part: RenderableType) -> None:
    """Print; where no terminal listens, without the blanks that rich leaves at line ends."""
    if console.is_terminal:
        console.print(part)
        return
    with console.capture() as capture:
        console.print(part)
    try:
        console.file.writelines(f"{line.rstrip()}\n" for line in capture.get().splitlines())
        console.file.flush()
    except BrokenPipeError:  # whoever was reading, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), console.file.fileno())
