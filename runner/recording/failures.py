"""Why a test is red: where, what was expected, and what was seen."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from runner.recording.model import Failure


@dataclass
class Comparison:
    """A comparison that an assertion made and that was false."""

    places: list[tuple[str, int]]  # the lines that were running, file and number
    expected: str
    seen: str


LONGEST_SIDE = 200


def short(value: object) -> str:
    try:
        text = " ".join(repr(value).split())
    except Exception:  # the __repr__ of a foreign object may raise anything
        text = f"<{type(value).__name__}>"
    return text if len(text) <= LONGEST_SIDE else text[:LONGEST_SIDE] + "…"


def places_of_callers() -> list[tuple[str, int]]:
    frame, places = sys._getframe(1), []
    while frame:
        places.append((frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return places


def failure_of(
    item: pytest.Item, call: pytest.CallInfo[None], report: Any, comparison: Comparison | None
) -> Failure:
    from runner.recording.client import text_of
    from runner.recording.loading import places_in_demos, shown

    error = call.excinfo.value
    place = call.excinfo.traceback.filter(call.excinfo)[-1]
    for entry in call.excinfo.traceback:
        if Path(entry.path) == item.path:
            place = entry
    message = _without_advice(text_of(error)) or type(error).__name__
    nearest = (places_in_demos(error) or [""])[-1]
    failure = Failure(
        type=type(error).__name__,
        message=message,
        where=f"{shown(place.path)}:{place.lineno + 1}",
        is_assertion=report.when == "call"
        and isinstance(error, AssertionError | pytest.fail.Exception),
        statement=" ".join(str(place.statement).split()),
        app=nearest if nearest and "/tests.py:" not in nearest else None,
    )
    if counts := NUMBER_OF_QUERIES.match(message):
        most = "at most " if counts["most"] else ""
        failure.expected = most + _queries(counts["expected"])
        failure.seen = _queries(counts["seen"])
    elif comparison and isinstance(error, AssertionError) and _is_at(comparison, place):
        failure.expected, failure.seen = comparison.expected, comparison.seen
    return failure


# What pytest-django's django_assert_num_queries says.
NUMBER_OF_QUERIES = re.compile(
    r"Expected to perform (?P<expected>\d+) queries (?P<most>or less )?but (?P<seen>\d+) "
)


def _queries(count: str) -> str:
    return f"{count} query" if count == "1" else f"{count} queries"


ADVICE = re.compile(r"\n[^\n]*\b[Uu]se '?-v[^\n]*| \(add -v option to show queries\)")


def _without_advice(message: str) -> str:
    """The message without what pytest says about its own options."""
    return ADVICE.sub("", message).rstrip()


def _is_at(comparison: Comparison, place: Any) -> bool:
    """Whether the comparison was made by the statement that failed."""
    start, end = place.frame.code.fullsource.getstatementrange(place.lineno)
    file = str(place.path)
    return any(name == file and start < line <= end for name, line in comparison.places)
