"""A list to tick, by digit or letter, or with the arrows and space."""

from rich.console import Console, Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from runner.show.pages import cut
from runner.show.style import BLUE, GREEN, prose

LABELS = "123456789acdefghijklmoprstuvwxyz"  # without b, n and q, which are keys of the screen
UP, DOWN = "\x1b[A", "\x1b[B"
KEYS = (*LABELS, UP, DOWN, " ")


class Ticks:
    """The list: `ticked` are the places that are ticked, `cursor` is the place of the cursor."""

    def __init__(self, texts: list[str], ticked: set[int]) -> None:
        self.texts = texts
        self.ticked = ticked
        self.cursor = 0

    def obey(self, key: str) -> None:
        """Do what one of KEYS asks for. A label without a text does nothing."""
        if key in (UP, DOWN):
            move = 1 if key == DOWN else -1
            self.cursor = min(max(self.cursor + move, 0), len(self.texts) - 1)
            return
        place = self.cursor if key == " " else LABELS.index(key)
        if place < len(self.texts):
            self.cursor = place
            self.ticked ^= {place}

    def pages(self, console: Console, above: RenderableType) -> list[list[int]]:
        """The places on each page, if `above` stands on it too."""
        pages: list[list[int]] = [[]]
        for place in range(len(self.texts)):
            longer = [*pages[-1], place]
            if pages[-1] and len(cut(console, Group(above, self._items(longer)))) > 1:
                pages.append([place])
            else:
                pages[-1] = longer
        return pages

    def here(self, pages: list[list[int]]) -> int:
        """Which of the pages the cursor is on."""
        return next(number for number, page in enumerate(pages) if self.cursor in page)

    def draw(self, console: Console, above: RenderableType) -> RenderableType:
        """The page that the cursor is on; on a tiny terminal without what is above."""
        pages = self.pages(console, above)
        items = self._items(pages[self.here(pages)])
        whole = cut(console, Group(above, items))
        return whole[0] if len(whole) == 1 else cut(console, items)[0]

    def _items(self, places: list[int]) -> RenderableType:
        grid = Grid.grid(padding=(0, 1, 0, 0))
        for place in places:
            label = LABELS[place] if place < len(LABELS) else ""
            box = Text("[x]", f"bold {GREEN}") if place in self.ticked else Text("[ ]")
            pointer = " ▶" if place == self.cursor else "  "
            grid.add_row(pointer, Text(label, f"bold {BLUE}"), box, prose(self.texts[place]))
        return grid
