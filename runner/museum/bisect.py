"""Finds the releases between which a behaviour changes. Runs nothing itself.

`see(release)` says how a release behaves, or None where it cannot say. It is asked as rarely as it
goes: the first and last release of each series, such as 3.15.0 and 3.15.2, and then the middle of
what lies between two that differ. So a change that is taken back inside a series is not seen.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

See = Callable[[str], str | None]


@dataclass(frozen=True)
class Change:
    """Two releases that behave differently, with none between them that could be asked."""

    before: str
    after: str


def series(release: str) -> tuple[str, ...]:
    """What the releases that repair each other share: ("3", "15") for "3.15.2"."""
    return tuple(release.split(".")[:2])


def changes(releases: Sequence[str], see: See) -> list[Change]:
    """All changes, oldest first; the releases come oldest first too."""
    asked = [place for place in ends_of_series(releases) if see(releases[place]) is not None]
    return [
        change
        for older, newer in pairwise(asked)
        for change in _between(releases, older, newer, see)
    ]


def ends_of_series(releases: Sequence[str]) -> list[int]:
    """The places of the first and last release of each series."""
    places = range(len(releases))
    found = [list(group) for _, group in groupby(places, lambda place: series(releases[place]))]
    return sorted({end for group in found for end in (group[0], group[-1])})


def _between(releases: Sequence[str], older: int, newer: int, see: See) -> Iterator[Change]:
    if see(releases[older]) == see(releases[newer]):
        return
    middle = (older + newer) / 2
    nearest_first = sorted(range(older + 1, newer), key=lambda place: abs(place - middle))
    for place in nearest_first:
        if see(releases[place]) is not None:
            yield from _between(releases, older, place, see)
            yield from _between(releases, place, newer, see)
            return
    yield Change(releases[older], releases[newer])
