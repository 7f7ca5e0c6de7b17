"""Tells a race as lanes: the requests side by side, time running down.

The controller of a race lets one request move at a time and counts its turns
(`runner.support.race`), so the rows below are the same on every run.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby, zip_longest

from runner.recording.model import Exchange, Query
from runner.story.sources import Code
from runner.story.sql import readable

ALL = {2: "both", 3: "all three", 4: "all four"}


@dataclass(frozen=True)
class Lane:
    """One request of a race; `request` is empty where all lanes sent the same."""

    number: int
    request: str
    status: int | None
    queries: int
    sent: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Cell:
    """What one request does at one moment: a statement ("sql"), "waits", or its "answer"."""

    kind: str
    text: str


@dataclass(frozen=True)
class Row:
    """One moment: the cells of the lanes that moved, by number, and the lanes that wait for a
    lock meanwhile; or, without lanes, a sentence about all of them."""

    cells: dict[int, Cell] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)
    across: str = ""


@dataclass(frozen=True)
class Lanes:
    """A race. `request` and `sent` are what all lanes sent, where they all sent the same."""

    request: str
    sent: list[str]
    lanes: list[Lane]
    rows: list[Row]
    code: list[Code] = field(default_factory=list)


def has_turns(exchanges: list[Exchange]) -> bool:
    """Whether the race got beyond its first hold, so that there is something to tell in lanes."""
    return any(query.turn for exchange in exchanges for query in exchange.queries)


def rows_of(
    exchanges: list[Exchange], answers: dict[int, list[str]], *, whole: bool
) -> Iterator[Row]:
    """What happened, in the order in which it happened. `answers`: the texts of each lane's."""
    before = {
        e.lane: _sql_cells([q for q in e.queries if not q.turn], whole=whole) for e in exchanges
    }
    moved = {exchange.lane for exchange in exchanges if any(q.turn for q in exchange.queries)}
    for lane in before.keys() - moved:
        before[lane] += _answer_cells(answers[lane])
    for cells in zip_longest(*before.values()):
        yield Row({lane: cell for lane, cell in zip(before, cells, strict=True) if cell})
    held = ALL.get(len(moved), f"all {len(moved)}") if len(moved) > 1 else f"request {min(moved)}"
    yield Row(across=f"{held} held here: read, not yet written")
    waiting: list[int] = []
    turns = list(_turns(exchanges))
    for place, (lane, queries) in enumerate(turns):
        waiting = [other for other in waiting if other != lane]
        for cell in _sql_cells(queries, whole=whole):
            yield Row({lane: cell}, waiting)
        if holders := queries[-1].waits_for:
            numbers = " and ".join(str(number) for number in holders)
            yield Row({lane: Cell("waits", f"waits for request {numbers}")}, waiting)
            waiting = [*waiting, lane]
        if all(later != lane for later, _ in turns[place + 1 :]):
            for cell in _answer_cells(answers[lane]):
                yield Row({lane: cell}, [other for other in waiting if other != lane])


def _turns(exchanges: list[Exchange]) -> Iterator[tuple[int, list[Query]]]:
    """Who moved, in the order of the turns, and the statements that it began then."""
    moves = [(q.turn, e.lane, q) for e in exchanges for q in e.queries if q.turn]
    moves.sort(key=lambda move: move[:2])
    for (_, lane), turn in groupby(moves, key=lambda move: move[:2]):
        yield lane, [query for *_, query in turn]


def _answer_cells(texts: list[str]) -> list[Cell]:
    return [Cell("answer", text) for text in texts]


def _sql_cells(queries: list[Query], *, whole: bool) -> list[Cell]:
    """The statements as they fit into a lane; the same one several times in a row is counted."""
    texts = groupby(_for_lane(query.sql, whole=whole) for query in queries)
    counts = [(text, len(list(same))) for text, same in texts]
    return [Cell("sql", text if n == 1 else f"{n} × {text}") for text, n in counts]


def _for_lane(sql: str, *, whole: bool) -> str:
    """A lane is narrow: of a SELECT the tables and whether it locks, unless `whole`."""
    text = readable(sql, whole=whole)
    if whole or not text.startswith("SELECT "):
        return text
    tables = re.sub(r" ON \(.*?\)(?= |$)", "", text)
    head, _, rest = tables.partition(" WHERE ")
    lock = re.search(r"\bFOR (?:UPDATE|NO KEY UPDATE|SHARE|KEY SHARE)\b.*", rest)
    head = re.sub(r" (?:LIMIT|ORDER BY) .*", "", head)
    return f"{head} {lock[0]}" if lock else head
