"""What differs between releases, row by row: of the demos, and of the museum below them."""

from dataclasses import dataclass

from packaging.version import Version

from runner.catalogue import Claim, Demo
from runner.story.versions import PACKAGES, RED, Aside, Cell, Column, Exhibit, Versions
from runner.story.words import counted, releases


@dataclass(frozen=True)
class Change:
    """One behaviour that releases differ in; the texts are Markdown.

    `states` has one for each wide column; a row of the museum has none, and no test.
    """

    demos: tuple[str, ...]
    when: str
    older: str
    newer: str
    test: str = ""
    text: str = ""
    states: tuple[str, ...] = ()


def changes_of(versions: Versions, demos: list[Demo], museum: list[Exhibit]) -> list[Change]:
    """The claims and traps that differ in a column, in the order of the demos."""
    differing = {demo.number: versions.differing(demo.number) for demo in demos}
    return [
        _change(versions, demo, said, museum)
        for demo in demos
        for said in demo.claims
        if said.test in differing[demo.number]
    ]


def exhibits(told: list[Change], museum: list[Exhibit]) -> list[Change]:
    """The rows of the museum that no claim or trap of a demo tells."""
    known = {(change.older, change.newer) for change in told}
    return [
        Change(exhibit.demos, exhibit.when, exhibit.older, exhibit.newer)
        for exhibit in museum
        if (exhibit.older, exhibit.newer) not in known
    ]


def tally_of(versions: Versions) -> str:
    """ "720 claims and traps behave the same on all 6 pairs of releases, 20 differ"."""
    total = sum(map(len, versions.tests.values()))
    differ = sum(len(versions.differing(number)) for number in versions.tests)
    pairs = counted(len(versions.wide()), "pair")
    return f"{total - differ} of {total} claims and traps are the same on all {pairs} of releases"


def exhibit_of(museum: list[Exhibit], demo: str, mark: str) -> Exhibit | None:
    """The row of the museum that shows for this demo what a mark says, "DRF 3.18", or what came
    and went with a release, "DRF 3.15.0 alone"."""
    label, _, release = mark.rpartition(" ")
    for exhibit in museum:
        if demo in exhibit.demos and (exhibit.when == mark or _came(exhibit, label, release)):
            return exhibit
    return None


def _came(exhibit: Exhibit, label: str, release: str) -> bool:
    return exhibit.package == PACKAGES.get(label, label) and any(
        Version(release) == Version(other) for other in exhibit.releases
    )


def _change(versions: Versions, demo: Demo, said: Claim, museum: list[Exhibit]) -> Change:
    column, cell = _newest_red(versions, demo.number, said.test)
    aside = versions.asides.get(demo.number, {}).get(said.test)
    mark = said if said.since or said.until else aside or said
    alone = "" if _explains(mark, versions, column) else column.alone
    prose = aside or exhibit_of(museum, demo.number, alone or mark.since)
    return Change(
        demos=(demo.number,),
        when=alone or releases(mark.since, mark.until) or f"not on {column.name}",
        older=prose.older if prose else _code(cell.seen) or _code(cell.reason),
        newer=prose.newer if prose else _code(cell.expected),
        test=said.test,
        text=said.text,
        states=tuple(c.cell(demo.number, said.test).state for c in versions.wide()),
    )


def _explains(mark: Claim | Aside, versions: Versions, column: Column) -> bool:
    """Whether the column is older than what the mark names."""
    label, _, release = mark.since.rpartition(" ")
    there = versions.release(column, label) if label else ""
    return bool(there) and Version(there) < Version(release)


def _newest_red(versions: Versions, demo: str, test: str) -> tuple[Column, Cell]:
    found = [(column, column.cell(demo, test)) for column in versions.columns]
    return [(column, cell) for column, cell in found if cell.state in RED][-1]


def _code(text: str) -> str:
    return f"`{text.replace('`', '´')}`" if text else ""
