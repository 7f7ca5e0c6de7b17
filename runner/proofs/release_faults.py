"""Whether docs/versions.json still is what it should be, and whether it proves the marks."""

import re
from collections.abc import Iterator

from packaging.version import Version

from runner.catalogue import ROOT, Claim, Demo
from runner.proofs.faults import Fault, line_of
from runner.story.changes import exhibit_of
from runner.story.versions import (
    FILE,
    HOLDS,
    PACKAGES,
    RED,
    Aside,
    Column,
    Exhibit,
    Versions,
    read_museum,
    read_versions,
)

PINNED = ("constraints.txt", "constraints-newest.txt")
PIN = re.compile(r"^([\w.-]+)==([^\s;]+)(.*)$", re.MULTILINE)


def releases_in(pins: str) -> dict[str, str]:
    """The release of each package that this text pins."""
    return {name: release for name, release, _ in PIN.findall(pins)}


def faults_of_versions(demos: list[Demo]) -> Iterator[Fault]:
    """What the committed data lacks, and which marks it does not prove."""
    versions, museum = read_versions(), read_museum()
    yield from faults_of_columns(versions)
    for demo in demos:
        yield from faults_of_tests(demo, versions)
        yield from faults_of_marks(demo, versions, museum)


def faults_of_columns(versions: Versions) -> Iterator[Fault]:
    """Pins that are no column which played all demos."""
    there = [column.name for column in versions.wide()]
    for file in PINNED:
        pins = releases_in((ROOT / file).read_text("utf-8"))
        wanted = " + ".join(f"{label} {pins[PACKAGES[label]]}" for label in ("Django", "DRF"))
        if wanted not in there:
            text = f"has no column for {wanted}, the releases of {file}; `make versions` adds it"
            yield Fault(FILE, 0, text)


def faults_of_tests(demo: Demo, versions: Versions) -> Iterator[Fault]:
    """Claims and traps that the data lacks, and those in it that are gone."""
    named, told = versions.tests.get(demo.number, []), [said.test for said in demo.claims]
    for test in [name for name in told if name not in named]:
        yield Fault(FILE, 0, f"lacks {test} of demo {demo.number}; `make versions` plays it")
    for test in [name for name in named if name not in told]:
        text = f"names {test} of demo {demo.number}, which is gone; `make versions` removes it"
        yield Fault(FILE, 0, text)


def faults_of_marks(demo: Demo, versions: Versions, museum: list[Exhibit]) -> Iterator[Fault]:
    """The `since` and `until` of this demo that the columns contradict or nothing shows, and what
    differs without a mark."""
    tests = demo.folder / "tests.py"
    text = tests.read_text("utf-8")
    for said in demo.claims:
        aside = versions.asides.get(demo.number, {}).get(said.test)
        mark = said if said.since or said.until else aside or said
        fault = _fault(demo.number, said.test, mark, versions, museum)
        if fault:
            line = line_of(text, text.find(f"def {said.test}("))
            yield Fault(tests, line, f"{said.test} {fault}")


def _fault(
    demo: str, test: str, mark: Claim | Aside, versions: Versions, museum: list[Exhibit]
) -> str:
    if mark.since:
        shown = exhibit_of(museum, demo, mark.since) is not None
        return _fault_of_since(mark.since, _states(demo, test, versions, mark.since), shown)
    if mark.until:
        return _fault_of_until(mark.until, _states(demo, test, versions, mark.until))
    for column in versions.columns:
        if not column.alone and column.cell(demo, test).state in RED:
            return f"differs on {column.name}, and has no `since` or `until`"
    return ""


# Each column, with its release of the package of a mark, and what the test came to in it.
States = list[tuple[Column, Version, str]]


def _states(demo: str, test: str, versions: Versions, mark: str) -> States:
    label = mark.rpartition(" ")[0]
    found = []
    for column in versions.columns:
        if release := versions.release(column, label):
            found.append((column, Version(release), column.cell(demo, test).state))
    return found


def _fault_of_since(mark: str, states: States, is_in_museum: bool) -> str:
    first = Version(mark.rpartition(" ")[2])
    for column, release, state in states:
        if state == HOLDS and release < first:
            return f"says since {mark}, and it holds on {column.name} already"
        if state in RED and release >= first and not column.alone:
            return f"says since {mark}, and it still differs on {column.name}"
    is_red_before = any(state in RED and release < first for _, release, state in states)
    is_green_with = any(state == HOLDS and release == first for _, release, state in states)
    if is_in_museum or (is_red_before and is_green_with):
        return ""
    return (
        f"says since {mark}, which nothing shows: give columns.toml a column of that release and "
        "one before it, or museum.toml a row"
    )


def _fault_of_until(mark: str, states: States) -> str:
    last = Version(mark.rpartition(" ")[2])
    for column, release, state in states:
        if state == HOLDS and release > last:
            return f"says until {mark}, and it still holds on {column.name}"
        if state in RED and release <= last and not column.alone:
            return f"says until {mark}, and it differs on {column.name} already"
    if any(state == HOLDS and release == last for _, release, state in states):
        return ""
    return f"says until {mark}, and no column has that release"
