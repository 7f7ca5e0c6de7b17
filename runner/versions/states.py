"""What a test came to in a column: holds, differs, wording only, or not tried."""

import ast
import re
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from runner.recording.model import Case, Failure, Scene
from runner.story.versions import DIFFERS, NOT_TRIED, WORDING, Cell

LONGEST = 120
SENTENCE = re.compile(r"[A-Z].* .*[.!?]")
COUNTS = re.compile(r"(at most )?\d+ quer(y|ies)$")
DIFFERENCE = re.compile(
    r"(At index \d+ diff: .+)|Differing items:\s+(.+)|((?:Left|Right) contains .+ more item.*)"
)


def case_of(scene: Scene) -> Case | None:
    """The first case that did not pass, without its events; None where all did."""
    case = next((case for case in scene.cases if case.outcome != "passed"), None)
    return case and replace(case, events=[])


def cell_of(case: Case) -> Cell:
    """What a test came to, by the case that did not pass."""
    failure = case.failure
    if failure is None:
        return Cell(NOT_TRIED, reason=case.reason)
    if failure.expected is None or failure.seen is None:
        said = failure.message.splitlines()[0]
        return Cell(DIFFERS, reason=said if failure.is_assertion else f"{failure.type}: {said}")
    if found := COUNTS.match(failure.expected):
        return Cell(DIFFERS, seen=failure.seen, expected=found[0])
    sides = _literal(failure.expected), _literal(failure.seen)
    if None in sides:
        return Cell(DIFFERS, reason=_cut(_difference_in(failure)))
    expected, seen = nearest_difference(*sides)
    state = WORDING if is_wording(*sides) else DIFFERS
    return Cell(state, seen=_cut(repr(seen)), expected=_cut(repr(expected)))


def _difference_in(failure: Failure) -> str:
    """What pytest says of the difference, where the sides themselves are cut."""
    found = DIFFERENCE.search(failure.message)
    return next(filter(None, found.groups())) if found else f"{failure.seen} != {failure.expected}"


def is_wording(expected: Any, seen: Any) -> bool:
    """Whether both are of the same shape, and differ in sentences alone."""
    if isinstance(expected, dict) and isinstance(seen, dict) and list(expected) == list(seen):
        return all(is_wording(expected[name], seen[name]) for name in expected)
    if isinstance(expected, list | tuple) and type(expected) is type(seen):
        return all(is_wording(*pair) for pair in zip_longest(expected, seen))
    return expected == seen or (_is_sentence(expected) and _is_sentence(seen))


def _is_sentence(value: Any) -> bool:
    return isinstance(value, str) and SENTENCE.fullmatch(value) is not None


def nearest_difference(expected: Any, seen: Any) -> tuple[Any, Any]:
    """The smallest parts of the two that hold all that differs."""
    if isinstance(expected, dict) and isinstance(seen, dict):
        names = [n for n in {**expected, **seen} if expected.get(n, ...) != seen.get(n, ...)]
        if len(names) == 1 and names[0] in expected and names[0] in seen:
            return nearest_difference(expected[names[0]], seen[names[0]])
        kept = [{n: side[n] for n in names if n in side} for side in (expected, seen)]
        return kept[0], kept[1]
    if isinstance(expected, list | tuple) and type(expected) is type(seen):
        pairs = [pair for pair in zip(expected, seen, strict=False) if pair[0] != pair[1]]
        if len(expected) == len(seen) and len(pairs) == 1 and isinstance(pairs[0][0], list | dict):
            return nearest_difference(*pairs[0])
        if len(expected) == len(seen):
            return [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return expected, seen


def _literal(text: str) -> Any:
    """The value behind its repr; None where it is cut, or no literal."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
