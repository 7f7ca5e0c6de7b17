"""Decides what is told of a recording: numbers, selects, shortens, compares. Draws nothing.

`Teller` tells one demo's recording in the order in which it is played: `opening`, a `scene` for
each claim and trap, `closing`. What it returns is plain data; every show is a function of it.
"""

import json
import re
from dataclasses import dataclass, field
from itertools import pairwise

from runner.catalogue import Demo
from runner.recording.model import Bar, Exchange, Failure, Note, Recording, Scene, Table
from runner.story.sources import Code, Shelf
from runner.story.sql import folded
from runner.story.words import SIGNS, database_names, tally

TELLING_HEADERS = ("Location", "ETag", "Retry-After", "WWW-Authenticate")
MOST_STATEMENTS = 8
LONGEST_BODY = 150


@dataclass(frozen=True)
class Options:
    """How much is told: whole SQL, the code behind the endpoints, the verdicts alone, and what a
    clock or a version says.

    `measured` is off in transcripts, which must be the same on every machine.
    """

    whole_sql: bool = False
    code: bool = False
    short: bool = False
    measured: bool = True


@dataclass(frozen=True)
class Answer:
    """One claim of the usual answer. `verdict` is empty until its test has run; `outcome` is that
    of the test: passed, failed or skipped."""

    number: int
    text: str
    verdict: str = ""
    outcome: str = ""


@dataclass(frozen=True)
class Opening:
    """The question, where it is tried, and the usual answer."""

    number: str
    question: str
    facts: list[str]  # databases and versions
    usual_answer: list[Answer]


@dataclass(frozen=True)
class Statement:
    """SQL that ran `count` times; or, without SQL, how many statements are left out here."""

    count: int
    sql: str | None


@dataclass(frozen=True)
class Message:
    """What went in (`sent`) or came out."""

    sent: bool
    text: str
    is_error: bool = False


@dataclass(frozen=True)
class Request:
    """One exchange as told."""

    method: str
    path: str
    status: int | None
    queries: int
    rows: int | None
    ms: float | None  # None where times are not told
    user: str | None  # None where all requests of the scene come from the same user
    raced: bool = False
    messages: list[Message] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    code: list[Code] = field(default_factory=list)


@dataclass(frozen=True)
class Racing:
    """So many requests at once; they follow."""

    requests: int


Part = Request | Racing | Note | Table


@dataclass(frozen=True)
class Ending:
    """How a scene ends: a verdict, "trap", "not tried" or "FAILED"."""

    sign: str
    word: str
    text: str


@dataclass(frozen=True)
class ToldScene:
    """One claim (with its number) or trap (with ▲)."""

    test: str
    is_trap: bool
    label: str
    text: str
    parts: list[Part]
    endings: list[Ending]


@dataclass(frozen=True)
class Comparison:
    """Bars that measure the same thing."""

    measure: str
    bars: list[Bar]


@dataclass(frozen=True)
class Closing:
    """The comparisons, the answer corrected, the tally, and the ways on."""

    comparisons: list[Comparison]
    answers: list[Answer]
    tally: str
    ways_on: list[tuple[str, str]]


class Teller:
    """Tells the recording of one demo. Code is told once: what was told before is not repeated."""

    def __init__(self, demo: Demo, recording: Recording, options: Options | None = None) -> None:
        self.demo = demo
        self.recording = recording
        self.options = options or Options()
        self.scenes = [scene for scene in recording.scenes if scene.demo == demo.number]
        self.claims = [scene.test for scene in self.scenes if scene.kind == "claim"]
        self.shelf = Shelf(recording, demo.number)

    def opening(self) -> Opening:
        facts = database_names(scene.database for scene in self.scenes if not scene.not_tried)
        if self.options.measured:
            facts += [f"Django {self.recording.django}", f"DRF {self.recording.drf}"]
        answers = [
            Answer(self.claims.index(scene.test) + 1, scene.text)
            for scene in self.scenes
            if scene.kind == "claim"
        ]
        return Opening(self.demo.number, self.demo.question, facts, answers)

    def scene(self, scene: Scene) -> ToldScene:
        is_trap = scene.kind == "trap"
        return ToldScene(
            test=scene.test,
            is_trap=is_trap,
            label="▲" if is_trap else str(self.claims.index(scene.test) + 1),
            text=scene.text,
            parts=[] if self.options.short else list(self._parts(scene)),
            endings=_endings(scene),
        )

    def closing(self, following: Demo | None = None) -> Closing:
        bars: dict[str, list[Bar]] = {}
        for scene in self.scenes:
            for event in scene.events:
                if isinstance(event, Bar):
                    bars.setdefault(event.measure, []).append(event)
        answers = [
            Answer(self.claims.index(s.test) + 1, s.text, s.verdict, s.outcome)
            for s in self.scenes
            if s.kind == "claim"
        ]
        ways_on = [
            ("code", f"{self.demo.path}/views.py"),
            ("break it", f"make break-{self.demo.number}"),
        ]
        if following:
            ways_on.append(("next", f"make demo-{following.number}"))
        comparisons = [Comparison(measure, values) for measure, values in bars.items()]
        return Closing(comparisons, answers, tally(self.scenes), ways_on)

    def _parts(self, scene: Scene):
        exchanges = [event for event in scene.events if isinstance(event, Exchange)]
        telling = self._telling(scene, exchanges)
        with_user = len({exchange.user for exchange in exchanges}) > 1
        told = [event for event in scene.events if not isinstance(event, Bar)]
        for previous, event in pairwise([None, *told]):
            if not isinstance(event, Exchange):
                yield event
                continue
            if event.race and event.race != getattr(previous, "race", None):
                yield Racing(sum(e.race == event.race for e in exchanges))
            yield self._request(event, telling.get(id(event), []), with_user=with_user)

    def _request(
        self, exchange: Exchange, statements: list[Statement], *, with_user: bool
    ) -> Request:
        return Request(
            method=exchange.method,
            path=exchange.path,
            status=exchange.status,
            queries=len(exchange.queries),
            rows=exchange.rows,
            ms=exchange.ms if self.options.measured else None,
            user=exchange.user if with_user else None,
            raced=exchange.race is not None,
            messages=list(_messages(exchange)),
            statements=statements,
            code=self.shelf.new_code(exchange) if self.options.code else [],
        )

    def _telling(self, scene: Scene, exchanges: list[Exchange]) -> dict[int, list[Statement]]:
        """The statements of the exchanges whose SQL is told: of those that ran the same
        statements, the one that ran the most, or the last."""
        if not (scene.is_about_sql or self.options.whole_sql):
            return {}
        telling: dict[object, tuple[Exchange, list[tuple[int, str]]]] = {}
        for exchange in exchanges:
            if not exchange.queries:
                continue
            statements = folded(exchange.queries, whole=self.options.whole_sql)
            same = tuple(re.sub(r"\d+", "", text) for _, text in statements)
            known, _ = telling.get(same, (exchange, []))
            if len(exchange.queries) >= len(known.queries):
                telling[same] = exchange, statements
        return {id(exchange): self._selected(found) for exchange, found in telling.values()}

    def _selected(self, statements: list[tuple[int, str]]) -> list[Statement]:
        told = [Statement(count, sql) for count, sql in statements]
        hidden = 0 if self.options.whole_sql else len(told) - MOST_STATEMENTS
        if hidden > 0:
            middle = MOST_STATEMENTS // 2
            told[middle : middle + hidden] = [Statement(hidden, None)]
        return told


def _endings(scene: Scene) -> list[Ending]:
    failures = [case for case in scene.cases if case.failure]
    if failures:
        return [Ending("✘", "FAILED", _about(case.failure, case.id)) for case in failures]
    if scene.outcome == "skipped":
        reason = next(case.reason for case in scene.cases if case.outcome == "skipped")
        return [Ending("○", "not tried", reason)]
    if scene.verdict is None:
        return [Ending("▲", "trap", scene.explanation)]
    return [Ending(SIGNS[scene.verdict], scene.verdict, scene.explanation)]


def _about(failure: Failure, case: str) -> str:
    where = f"{failure.where}: {failure.statement}" + (f"  [{case}]" if case else "")
    kind = "" if failure.is_assertion else f"{failure.type}: "
    return f"{where}\n{kind}{failure.message}"


def _messages(exchange: Exchange):
    """What went in and out, as far as it is short enough to tell something."""
    for name, value in exchange.request_headers.items():
        yield Message(True, f"{name}: {_without_secret(name, value)}")
    if exchange.request_body:
        yield Message(True, shortened(one_line(exchange.request_body)))
    telling = list(TELLING_HEADERS)
    if exchange.status == 405:
        telling.append("Allow")
    is_json = exchange.headers.get("Content-Type") == "application/json"
    if exchange.body and not is_json and not exchange.error:
        telling.append("Content-Type")
    for name in telling:
        if name in exchange.headers:
            yield Message(False, f"{name}: {exchange.headers[name]}")
    body = one_line(exchange.body)
    if body and not exchange.error and (not exchange.rows or len(body) <= LONGEST_BODY):
        yield Message(False, shortened(body))
    if exchange.error:
        yield Message(False, shortened(readable_error(exchange.error)), is_error=True)


def _without_secret(header: str, value: str) -> str:
    """Of credentials only their scheme: a token is long, and different on every run."""
    return f"{value.partition(' ')[0]} …" if header == "Authorization" else value


def readable_error(error: str) -> str:
    """Its first line, without the dotted path into the demo, which the scene says already."""
    first_line = error.partition("\n")[0]
    return re.sub(r"\bdemos\.\d\d_\w+\.", "", first_line)


def one_line(body: str) -> str:
    """JSON with one space after each colon and comma; other text with its white space folded."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:
        return " ".join(body.split())


def shortened(text: str) -> str:
    """The text, cut where it is longer than a reader would read."""
    return text if len(text) <= LONGEST_BODY else text[:LONGEST_BODY] + "…"
