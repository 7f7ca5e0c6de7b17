"""What is known of a demo's test before it runs."""

import inspect

import pytest

from runner.marks import database_of
from runner.recording.model import Scene


def function_id(item: pytest.Item) -> str:
    """The same for all cases of a test."""
    return item.nodeid.partition("[")[0]


def scene_of(item: pytest.Item) -> Scene | None:
    """The scene of a claim or a trap, without its cases; None of another test."""
    said = item.get_closest_marker("claim") or item.get_closest_marker("trap")
    if said is None:
        return None
    test = item.function
    return Scene(
        demo=item.path.parent.name[:2],
        test=test.__name__,
        kind=said.name,
        text=said.args[0],
        verdict=str(said.kwargs["verdict"]) if said.name == "claim" else None,
        explanation=" ".join((inspect.getdoc(test) or "").split()),
        database=database_of(item),
        since=said.kwargs["since"],
        until=said.kwargs["until"],
        is_about_sql=item.get_closest_marker("not_about_sql") is None,
        not_tried=((skip := item.get_closest_marker("skip")) and skip.kwargs["reason"]) or "",
    )
