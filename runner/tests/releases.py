"""Columns of few releases, for the tests of what older and newer releases do."""

from runner.story.versions import Cell, Column, Versions

LIST = Cell("differs", seen="[{}, 'bad']", expected="{'1': 'bad'}")
RED = {"05": {"test_one_query": LIST}}


def column(django: str, drf: str, **more) -> Column:
    releases = {"Python": "3.11.7", "Django": django, "DRF": drf}
    return Column(f"Django {django} + DRF {drf}", releases, **more)


def two_columns(*more: Column) -> Versions:
    """A test that is red on DRF 3.17.2, and green on 3.18.0."""
    older = column("5.2.1", "3.17.2", differs=RED)
    return Versions([older, column("5.2.1", "3.18.0"), *more], {"05": ["test_one_query"]})
