"""The page of the versions, and the strip of them on the page of a demo."""

from typing import Any

from runner.catalogue import Demo
from runner.story.changes import changes_of, exhibits, tally_of
from runner.story.versions import STATES, Column, read_museum, read_versions


def page_of_versions(demos: list[Demo]) -> dict[str, Any]:
    """What the template of the page needs: all that differs, and the museum."""
    versions, museum = read_versions(), read_museum()
    told = changes_of(versions, demos, museum)
    numbers = {demo.number for demo in demos}
    return {
        "tally": tally_of(versions),
        "columns": _columns(versions.wide()),
        "impossible": [c for c in versions.columns if c.state],
        "services": versions.services,
        "rows": [{"it": row, "cells": _cells(row.states)} for row in told],
        "museum": [
            {"it": row, "demos": [n for n in row.demos if n in numbers]}
            for row in exhibits(told, museum)
        ],
    }


def strip_of(demo: Demo) -> dict[str, Any]:
    """What the strip of one demo needs: its tests that differ, and how many do not. Nothing where
    the data does not know the demo yet."""
    versions = read_versions()
    if demo.number not in versions.tests:
        return {}
    rows = changes_of(versions, [demo], read_museum())
    return {
        "columns": _columns(versions.wide()),
        "rows": [{"it": row, "cells": _cells(row.states)} for row in rows],
        "alike": len(versions.tests[demo.number]) - len(rows),
    }


def _columns(columns: list[Column]) -> list[dict[str, str]]:
    return [
        {
            "name": column.name,
            "django": column.releases["Django"],
            "drf": column.releases["DRF"],
            "python": column.releases["Python"],
        }
        for column in columns
    ]


def _cells(states: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(state, STATES[state]) for state in states]
