"""What a test says to the audience besides its requests."""

from collections.abc import Callable

import pytest

from runner.recording.model import Bar, Event, Note, Table


class Stage:
    """Records what a test says; without a recording, nothing."""

    def __init__(self, record: Callable[[Event], None]) -> None:
        self._record = record

    def say(self, sentence: str) -> None:
        """Show a sentence between the exchanges."""
        self._record(Note(sentence))

    def table(self, headers: list[object], rows: list[list[object]]) -> None:
        """Show a table; headers and cells are turned into text by `str`."""
        headers, *rows = ([str(cell) for cell in row] for row in (headers, *rows))
        self._record(Table(headers, rows))

    def bar(self, label: str, value: float, measure: str) -> None:
        """Show a measured value, and compare it at the end with the others of this `measure`,
        such as "queries for 50 orders"."""
        self._record(Bar(measure, label, value))


@pytest.fixture
def stage(record: Callable[[Event], None] | None) -> Stage:
    """Says things to the audience: `say`, `table`, `bar`."""
    return Stage(record or (lambda event: None))
