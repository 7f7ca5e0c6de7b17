"""Whose turn it is in an interview: which demos are asked, by what was said of them before."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from runner.catalogue import Demo

SEED = 7


@dataclass(frozen=True)
class Result:
    """The last time that a demo was asked: when (ISO 8601, UTC), how many of its traps were said,
    of how many; and how many times it was asked so far."""

    when: str
    said: int
    of: int
    times: int

    @property
    def entry(self) -> dict[str, Any]:
        """What is kept of it."""
        return asdict(self)


def result_of(entry: object) -> Result | None:
    """What an entry says; None where there is none or it is damaged."""
    match entry:
        case {"when": str(when), "said": int(said), "of": int(of), "times": int(times)}:
            return Result(when, said, of, times)
    return None


def in_turn(demos: list[Demo], results: Mapping[str, Result | None]) -> list[Demo]:
    """The demos in the order in which they are asked; `results` by their numbers.

    First those never asked, mixed, but each time in the same way; then the weakest; of the same
    share the one that was asked longest ago.
    """
    mixed = Random(SEED).sample(demos, len(demos))
    return sorted(mixed, key=lambda demo: _strength(results.get(demo.number)))


def _strength(result: Result | None) -> tuple[bool, float, str]:
    if result is None:
        return False, 0.0, ""
    return True, result.said / result.of if result.of > 0 else 1.0, result.when
