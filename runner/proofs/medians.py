"""Medians of measures that are taken in turns."""

from collections.abc import Callable
from statistics import median

from rich import box
from rich.table import Table

RUNS = 7


def side_by_side(*measures: Callable[[], float]) -> list[float]:
    """The median of each measure, taken in turns so that a busy moment hits all of them."""
    rounds = [[measure() for measure in measures] for _ in range(RUNS)]
    return [median(times) for times in zip(*rounds, strict=True)]


def empty_table(caption: str) -> Table:
    return Table(caption=caption, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
