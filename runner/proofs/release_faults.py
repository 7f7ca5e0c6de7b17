"""Whether docs/versions.json still is what it should be, and whether it proves the marks."""

import re
from collections.abc import Iterator

from packaging.version import Version

from runner.catalogue import ROOT, Claim, Demo
from runner.proofs.faults import Fault, line_of
from runner.story.changes import PACKAGES, exhibit_of, is_same
from runner.story.versions import (
    DIFFERS,
    FILE,
    HOLDS,
    WORDING,
    Column,
    Exhibit,
    Versions,
    read_museum,
    read_versions,
)

PINNED = ("constraints.txt", "constraints-newest.txt")
PIN = re.compile(r"^([\w.-]+)==([^\s;]+)(.*)$", re.MULTILINE)
RED = (DIFFERS, WORDING)


def releases_in(pins: str) -> dict[str, str]:
    """The release of each package that this text pins."""
    return {name: release for name, release, _ in PIN.findall(pins)}


def faults_of_versions(demos: list[Demo]) -> Iterator[Fault]:
    """What the committed data lacks, and which marks it does not prove."""
    versions, museum = read_versions(), read_museum()
    yield from _faults_of_columns(versions)
    for demo in demos:
        missing = [s for s in demo.claims if s.test not in versions.tests.get(demo.number, [])]
        for said in missing:
            text = f"lacks {said.test} of demo {demo.number}; `make versions` plays it"
            yield Fault(FILE, 0, text)
        if not missing:
            yield from faults_of_marks(demo, versions, museum)


def _faults_of_columns(versions: Versions) -> Iterator[Fault]:
    there = [column.name for column in versions.columns if not column.demos]
    for file in PINNED:
        pins = releases_in((ROOT / file).read_text("utf-8"))
        wanted = " + ".join(f"{label} {pins[PACKAGES[label]]}" for label in ("Django", "DRF"))
        if wanted not in there:
            text = f"has no column for {wanted}, the releases of {file}; `make versions` adds it"
            yield Fault(FILE, 0, text)


def faults_of_marks(demo: Demo, versions: Versions, museum: list[Exhibit]) -> Iterator[Fault]:
    """The `since` and `until` of this demo that the columns contradict or nothing shows, and what
    differs without a mark."""
    tests = demo.folder / "tests.py"
    text = tests.read_text("utf-8")
    for said in demo.claims:
        line = line_of(text, text.find(f"def {said.test}("))
        fault = _fault_of_since(demo, said, versions, museum) if said.since else ""
        fault = fault or (_fault_of_until(demo, said, versions) if said.until else "")
        fault = fault or ("" if said.since or said.until else _unmarked(demo, said, versions))
        if fault:
            yield Fault(tests, line, f"{said.test} {fault}")


def _fault_of_since(demo: Demo, said: Claim, versions: Versions, museum: list[Exhibit]) -> str:
    label, _, release = said.since.rpartition(" ")
    states = _states(demo, said, versions, label)
    for column, other, state in states:
        if state == HOLDS and Version(other) < Version(release):
            return f"says since {said.since}, and it holds on {column.name} already"
        if state in RED and Version(other) >= Version(release) and not column.alone:
            return f"says since {said.since}, and it still differs on {column.name}"
    is_older_red = any(s in RED and Version(r) < Version(release) for _, r, s in states)
    is_seen = any(state == HOLDS and is_same(other, release) for _, other, state in states)
    if (is_older_red and is_seen) or exhibit_of(museum, demo.number, said.since):
        return ""
    return (
        f"says since {said.since}, which nothing shows: give columns.toml a column with that "
        "release and one before it, or museum.toml a row"
    )


def _fault_of_until(demo: Demo, said: Claim, versions: Versions) -> str:
    label, _, release = said.until.rpartition(" ")
    states = _states(demo, said, versions, label)
    for column, other, state in states:
        if state == HOLDS and Version(other) > Version(release):
            return f"says until {said.until}, and it still holds on {column.name}"
    if any(state == HOLDS and is_same(other, release) for _, other, state in states):
        return ""
    return f"says until {said.until}, which no column shows"


def _unmarked(demo: Demo, said: Claim, versions: Versions) -> str:
    for column in versions.columns:
        if not column.alone and column.cell(demo.number, said.test).state in RED:
            return f"differs on {column.name}, and has no `since` or `until`"
    return ""


def _states(
    demo: Demo, said: Claim, versions: Versions, label: str
) -> list[tuple[Column, str, str]]:
    """Each column, with its release of that package, and what the test came to in it."""
    found = []
    for column in versions.columns:
        installed = versions.packages | column.packages
        release = column.releases.get(label) or installed.get(PACKAGES.get(label, label))
        if release:
            found.append((column, release, column.cell(demo.number, said.test).state))
    return found
