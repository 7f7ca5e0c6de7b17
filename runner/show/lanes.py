"""Draws a race: its requests side by side, time running down."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions
from rich.table import Table as Grid
from rich.text import Text

from runner.show.style import ORANGE, PURPLE, sql, style_of
from runner.story.lanes import Cell, Lane, Lanes
from runner.story.words import counted

BETWEEN_LANES = box.Box("    \n  │ \n    \n  │ \n    \n    \n  │ \n    \n")
NARROWEST_LANE = 34  # columns; where less is left for each, lanes stand below each other


@dataclass
class DrawnLanes:
    """The lanes side by side where there is room for all, else one line a moment, each with the
    number of its request."""

    lanes: Lanes

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Grid]:
        lanes = self.lanes.lanes
        width = options.max_width // len(lanes) - 3
        if width < NARROWEST_LANE:
            yield from self._below_each_other()
            return
        heads = [self._head(lane) for lane in lanes]
        yield self._side_by_side(width, [heads])
        cells: list[list[Text]] = []
        for row in self.lanes.rows:
            if row.across:
                yield self._side_by_side(width, cells)
                cells = []
                yield Text(f"── {row.across} ".ljust(len(lanes) * (width + 3) - 3, "─"), PURPLE)
                continue
            cells.append(
                [_cell(row.cells.get(lane.number), lane.number in row.waiting) for lane in lanes]
            )
        yield self._side_by_side(width, cells)

    def _side_by_side(self, width: int, rows: list[list[Text]]) -> Grid:
        grid = Grid(
            box=BETWEEN_LANES,
            show_header=False,
            show_edge=False,
            pad_edge=False,
            border_style=PURPLE,
        )
        for _ in self.lanes.lanes:
            grid.add_column(width=width)
        for row in rows:
            grid.add_row(*row)
        return grid

    def _below_each_other(self) -> Iterator[Grid]:
        grid = Grid.grid(padding=(0, 2, 0, 0))
        for lane in self.lanes.lanes:
            grid.add_row(Text(str(lane.number), PURPLE), self._head(lane))
        for row in self.lanes.rows:
            if row.across:
                grid.add_row(Text("─", PURPLE), Text(row.across, PURPLE))
            for number, cell in row.cells.items():
                grid.add_row(Text(str(number), PURPLE), _cell(cell, is_waiting=False))
        yield grid

    def _head(self, lane: Lane) -> Text:
        lines = [lane.request] if lane.request else []
        lines += [f"→ {text}" for text in lane.sent]
        name = Text(f"request {lane.number} · {counted(lane.queries, 'query')}", "bold")
        return Text("\n").join([name, *(Text(line) for line in lines)])


def _cell(cell: Cell | None, is_waiting: bool) -> Text:
    if cell is None:
        return Text("⋮" if is_waiting else "", ORANGE)
    if cell.kind == "waits":
        return Text(f"⋮ {cell.text}", ORANGE)
    if cell.kind == "answer":
        style = style_of(cell.text) if cell.text[:1].isdigit() or cell.text == "—" else ""
        return Text(f"← {cell.text}", style)
    return sql(cell.text)
