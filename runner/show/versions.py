"""docs/VERSIONS.md: what differs between releases, the older beside the newer."""

from collections.abc import Iterator

from runner.catalogue import Demo
from runner.story.changes import Change, changes_of, exhibits, tally_of
from runner.story.versions import STATES, Column, Exhibit, Versions

INTRODUCTION = """\
`make versions` plays all demos on these releases and writes this page. `make museum` looks for the
release with which a behaviour changed below what the demos run on. Every row was seen in a run.
The exact releases of all packages are in `versions.json`."""


def markdown(versions: Versions, demos: list[Demo], museum: list[Exhibit]) -> str:
    """The whole page."""
    told = changes_of(versions, demos, museum)
    paths = {demo.number: demo.path for demo in demos}
    lines = ["# What changes by version", "", INTRODUCTION, "", f"**{tally_of(versions)}.**", ""]
    lines += ["## The releases", "", *_columns(versions), ""]
    lines += ["## What differs", "", *_table(told, paths), ""]
    if below := exhibits(told, museum):
        lines += ["## The museum", "", *_table(below, paths), ""]
    return "\n".join(lines)


def _columns(versions: Versions) -> Iterator[str]:
    yield "| releases | Python | what came of it |"
    yield "| --- | --- | --- |"
    for column in versions.columns:
        if not column.demos:
            python = column.releases["Python"]
            yield f"| {column.name} | {python} | {_cell(_told(column))} |"
    services = ", ".join(f"{name} {release}" for name, release in versions.services.items())
    yield from ["", f"All of them with {services}."] if services else []


def _told(column: Column) -> str:
    if column.state:
        return f"{column.state}: {column.reason}"
    red = sum(map(len, column.differs.values()))
    told = f"{STATES['differs']} {red} differ" if red else f"{STATES['holds']} all hold"
    return told + "".join(f"; {n} cannot be imported" for n in column.unimported)


def _table(rows: list[Change], paths: dict[str, str]) -> Iterator[str]:
    yield "| demo | older | newer | release |"
    yield "| --- | --- | --- | --- |"
    for row in rows:
        links = " ".join(f"[{n}](../{paths[n]}/)" for n in row.demos if n in paths)
        cells = [f"{links} {row.text}", row.older, row.newer, row.when]
        yield f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
