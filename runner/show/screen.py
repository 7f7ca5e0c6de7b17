"""The whole terminal, one page at a time, by key."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.text import Text

from runner.show.keys import BACK, NEXT, RESIZED, one_key_at_a_time
from runner.show.pages import cut
from runner.show.style import print_to

Pages = Callable[[Console], list[RenderableType]]  # cuts what is shown to the size of the terminal


@contextmanager
def full_screen(key_list: RenderableType) -> Iterator["Screen"]:
    """Hands out the screen. Afterwards the terminal is as it was, also after an exception."""
    console = Console(highlight=False)
    with console.screen(), one_key_at_a_time() as read_key:
        yield Screen(console, read_key, key_list)


def print_below(part: RenderableType) -> None:
    """Print where the command was typed, to stay there after it."""
    print_to(Console(highlight=False), part)


def draw(console: Console, page: RenderableType, footer: str) -> None:
    """Put a page on an empty screen, and the footer in its last line.

    All of it is written at once, so that a page with a clock does not flicker.
    """
    with console.capture() as above:
        console.clear()
        console.print(page)
    with console.capture() as below:
        console.print(_last_line(console, footer), end="")
    console.file.write(f"{above.get()}{_to_the_last_line(console)}{below.get()}")
    console.file.flush()


def write_footer(console: Console, text: str) -> None:
    """Write over the last line of the screen."""
    console.file.write(f"{_to_the_last_line(console)}\x1b[2K")
    console.print(_last_line(console, text), end="")


def _to_the_last_line(console: Console) -> str:
    return f"\x1b[{console.height};1H"


def _last_line(console: Console, text: str) -> Text:
    line = Text(f" {text}", style="reverse")
    line.truncate(console.width - 1)
    return line


class Screen:
    """Shows pages and reads keys; `?` shows `key_list`."""

    def __init__(
        self, console: Console, read_key: Callable[..., str], key_list: RenderableType
    ) -> None:
        self.console = console
        self.read_key = read_key
        self.key_list = key_list

    def show(
        self,
        pages_of: Pages,
        place: str,
        hint: str,
        keys: Collection[str] | None,
        every: float | None = None,
    ) -> str:
        """Show the pages, and in the last line the place and the hint.

        Returns the first of `keys` that is pressed and turns no page; any key where it is None.
        A resize cuts again, and so does the end of `every` so many seconds.
        """
        page = 0
        while True:
            pages = pages_of(self.console)
            page = min(page, len(pages) - 1)
            number = f"page {page + 1} of {len(pages)}" if len(pages) > 1 else ""
            draw(self.console, pages[page], " · ".join(filter(None, (place, number, hint))))
            key = self.read_key(every)
            if len(key) == 1:
                key = key.lower()
            if key in NEXT and page + 1 < len(pages):
                page += 1
            elif key in BACK and page > 0:
                page -= 1
            elif key != RESIZED and (keys is None or key in keys):
                return key
            elif key == "?":
                self._show_keys()

    def _show_keys(self) -> None:
        self.show(lambda console: cut(console, self.key_list), "", "any key goes back", None)
