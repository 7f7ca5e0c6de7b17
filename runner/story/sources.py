"""Which code is told beside an exchange, and against what it is shown as a diff.

The naive way that belongs to a cure is known from the demo's urls.py: two routes of one resource
(their first word) that differ in one other word, or of which one lacks it, are ways to do the same
thing. The first of them is the one that all others are compared with.
"""

import difflib
from dataclasses import dataclass

from runner.recording.model import Exchange, Recording, Route, Source

ALIKE = 0.3  # difflib's ratio below which a diff would tell less than the code itself


@dataclass(frozen=True)
class Code:
    """A view or serializer: its lines, or what it does differently from `against`.

    The lines of a diff begin with "+ ", "- " or two spaces.
    """

    file: str
    line: int
    against: str | None
    lines: list[str]


class Shelf:
    """The sources of one demo. Each is taken from it once."""

    def __init__(self, recording: Recording, demo: str) -> None:
        self.recording = recording
        self.routes = recording.routes.get(demo, [])
        self.taken: set[str] = set()

    def new_code(self, exchange: Exchange) -> list[Code]:
        """The code of the view and serializers behind this exchange, as far as not yet taken."""
        names = [exchange.view, *exchange.serializers]
        own = [self.recording.sources[name] for name in names if name in self.recording.sources]
        new = [source for source in own if source.name not in self.taken]
        self.taken |= {source.name for source in new}
        naive = self._naive_of(exchange)
        return [_code(source, _counterpart(source, own, naive)) for source in new]

    def _naive_of(self, exchange: Exchange) -> list[Source]:
        """The view and serializers of the first route that is a way to do the same."""
        for route in self.routes:
            if exchange.route is None or route.route == exchange.route:
                break
            if are_ways_to_do_the_same(route.route, exchange.route):
                return self._sources_of(route)
        return []

    def _sources_of(self, route: Route) -> list[Source]:
        names = [route.view, *route.serializers]
        return [self.recording.sources[name] for name in names if name in self.recording.sources]


def are_ways_to_do_the_same(one: str, other: str) -> bool:
    """Whether two routes of one resource differ in one word only, as `07/orders/naive/` and
    `07/orders/deep/` do, or one has a word more, as `07/orders/` and `07/orders/deep/`."""
    first, second = one.strip("/").split("/"), other.strip("/").split("/")
    if first[:2] != second[:2]:
        return False
    if len(first) == len(second):
        pairs = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
        return len(pairs) == 1 and not any("<" in word for word in pairs[0])
    shorter, longer = sorted((first, second), key=len)
    return any(
        "<" not in word and longer[:place] + longer[place + 1 :] == shorter
        for place, word in enumerate(longer)
    )


def _counterpart(source: Source, own: list[Source], naive: list[Source]) -> Source | None:
    """What the naive way has in the place of this source: in the same file, and none that both
    use."""
    others = [known for known in naive if known.file == source.file and known not in own]
    best = max(others, key=lambda known: _ratio(known, source), default=None)
    return best if best and _ratio(best, source) >= ALIKE else None


def _ratio(one: Source, other: Source) -> float:
    return difflib.SequenceMatcher(None, one.text, other.text).ratio()


def _code(source: Source, naive: Source | None) -> Code:
    if naive is None:
        return Code(source.file, source.line, None, source.text.splitlines())
    lines = difflib.ndiff(naive.text.splitlines(), source.text.splitlines())
    return Code(
        source.file,
        source.line,
        naive.name.rpartition(".")[2],
        [line.rstrip() for line in lines if not line.startswith("?")],
    )
