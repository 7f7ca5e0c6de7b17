"""Decides what is told of a recording: numbers, selects, shortens, compares. Draws nothing.

`Teller` tells one demo's recording in the order in which it is played: `opening`, a `scene` for
each claim and trap, `closing`. What it returns is plain data; every show is a function of it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from runner.catalogue import Demo
from runner.recording.model import Bar, Exchange, Recording, Scene
from runner.story.curl import curl_of
from runner.story.endings import endings_of
from runner.story.lanes import Lane, Lanes, has_turns, rows_of
from runner.story.messages import messages, without_tokens
from runner.story.sources import Code, Shelf
from runner.story.sql import folded
from runner.story.told import (
    Answer,
    Closing,
    Comparison,
    Opening,
    Options,
    Part,
    Racing,
    Request,
    Statement,
    ToldScene,
)
from runner.story.topics import read_topics
from runner.story.words import database_names, releases, tally

MOST_STATEMENTS = 8


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
            if scene.kind == "claim" and not self.options.short
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
            endings=endings_of(scene),
            is_short=self.options.short,
            releases=releases(scene.since, scene.until),
        )

    def closing(self, following: Demo | None = None) -> Closing:
        bars: dict[str, list[Bar]] = {}
        for scene in [] if self.options.short else self.scenes:
            for event in scene.events:
                if isinstance(event, Bar):
                    bars.setdefault(event.measure, []).append(event)
        answers = [
            Answer(self.claims.index(s.test) + 1, s.text, s.verdict, s.outcome)
            for s in self.scenes
            if s.kind == "claim" and not self.options.short
        ]
        ways_on = [
            ("code", f"{self.demo.path}/views.py"),
            ("break it", f"make break-{self.demo.number}"),
        ]
        if others := read_topics().see_also(self.demo.number):
            ways_on.append(("see also", " ".join(others)))
        if following:
            ways_on.append(("next", f"make demo-{following.number}"))
        comparisons = [Comparison(measure, values) for measure, values in bars.items()]
        return Closing(comparisons, answers, tally(self.scenes), ways_on)

    def _parts(self, scene: Scene) -> Iterator[Part]:
        exchanges = [event for event in scene.events if isinstance(event, Exchange)]
        telling = self._telling(scene, exchanges)
        with_user = len({exchange.user for exchange in exchanges}) > 1
        with_server = len({exchange.server for exchange in exchanges} - {None}) > 1
        with_origin = len({exchange.origin for exchange in exchanges} - {""}) > 1
        told = [event for event in scene.events if not isinstance(event, Bar)]
        for previous, event in pairwise([None, *told]):
            if not isinstance(event, Exchange):
                yield event
                continue
            racing = [e for e in exchanges if e.race and e.race == event.race]
            begins = event.race and event.race != getattr(previous, "race", None)
            if has_turns(racing):
                if begins:
                    yield self._lanes(racing)
                continue
            if begins:
                yield Racing(len(racing))
            request = self._request(event, telling.get(id(event), []))
            yield replace(
                request,
                path=(event.origin if with_origin else "") + request.path,
                user=event.user if with_user else None,
                server=event.server if with_server and not event.sent_by else None,
            )

    def _lanes(self, racing: list[Exchange]) -> Lanes:
        requests = {_named(exchange) for exchange in racing}
        sent = [[m.text for m in messages(e) if m.sent] for e in racing]
        same_request, same_sent = len(requests) == 1, all(texts == sent[0] for texts in sent)
        lanes = [
            Lane(
                number=exchange.lane,
                request="" if same_request else _named(exchange),
                status=exchange.status,
                queries=len(exchange.queries),
                sent=[] if same_sent else texts,
            )
            for exchange, texts in zip(racing, sent, strict=True)
        ]
        answers = {
            e.lane: [str(e.status or "—"), *(m.text for m in messages(e) if not m.sent)]
            for e in racing
        }
        return Lanes(
            request=requests.pop() if same_request else "",
            sent=sent[0] if same_sent else [],
            lanes=lanes,
            rows=list(rows_of(racing, answers, whole=self.options.whole_sql)),
            code=[code for e in racing for code in self._code(e)],
        )

    def _request(self, exchange: Exchange, statements: list[Statement]) -> Request:
        return Request(
            method=exchange.method,
            path=without_tokens(exchange.path),
            status=exchange.status,
            queries=len(exchange.queries),
            rows=exchange.rows,
            ms=exchange.ms if self.options.measured else None,
            user=exchange.user,
            raced=exchange.race is not None,
            sent_by=exchange.sent_by,
            messages=list(messages(exchange)),
            statements=statements,
            code=self._code(exchange),
            curl=curl_of(exchange),
        )

    def _code(self, exchange: Exchange) -> list[Code]:
        return self.shelf.new_code(exchange) if self.options.code else []

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


def _named(exchange: Exchange) -> str:
    return f"{exchange.method} {without_tokens(exchange.path)}"
