"""`make demo-NN STEP=1`: the stage. One scene at a time, by key, for a class.

It begins with the usual answer. A verdict stays hidden until a key, so that the class can vote.
"""

import sys
import termios
from collections.abc import Callable
from dataclasses import replace

from rich.console import Console, RenderableType
from rich.text import Text

from runner.catalogue import Demo, demo_after
from runner.errors import UserError
from runner.recording.model import Recording
from runner.show import terminal
from runner.show.keys import BACK, KEYS, NEXT, RESIZED, one_key_at_a_time
from runner.show.pages import cut, cut_scene, key_list, scene_list
from runner.show.screen import draw
from runner.story.story import Teller
from runner.story.told import Options

Rehearse = Callable[[str, Demo], Recording]  # records the tests with this name of pytest's


def step(demo: Demo, options: Options, rehearse: Rehearse) -> int:
    """Play the demo, then show its scenes one at a time, by key.

    Returns 0 when the demo shown last is green, else 1. Raises UserError without a terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UserError(
            "STEP=1 reads keys from a terminal, and there is none; "
            f"`make demo-{demo.number}` plays all scenes in a row."
        )
    console = Console(highlight=False)
    with console.status(f"playing demo {demo.number} …"):
        recording = rehearse(demo.path, demo)
    stage = Stage(demo, recording, options, console, rehearse)
    with console.screen(), one_key_at_a_time() as read_key:
        while stage.draw_and_obey(read_key):
            pass
    return int(any(scene.outcome == "failed" for scene in stage.recording.scenes))


class Stage:
    """Where in the demo the audience is.

    Position 0 is the usual answer, then come the scenes, then the closing. A long one has pages.
    """

    def __init__(
        self,
        demo: Demo,
        recording: Recording,
        options: Options,
        console: Console,
        rehearse: Rehearse,
    ) -> None:
        self.demo = demo
        self.recording = recording
        self.options = replace(options, short=False)
        self.console = console
        self.rehearse = rehearse
        self.position = 0
        self.page = 0
        self.revealed: set[int] = set()

    @property
    def last(self) -> int:
        """The position of the closing."""
        return len(self.recording.scenes) + 1

    @property
    def is_scene(self) -> bool:
        return 0 < self.position < self.last

    def draw_and_obey(self, read_key: Callable[[], str]) -> bool:
        """Show a page and do what the next key asks for; False to quit."""
        pages = self._pages()
        self.page = min(self.page, len(pages) - 1) if self.page >= 0 else len(pages) - 1
        self._draw(pages[self.page], len(pages))
        key = read_key()
        if key in NEXT:
            self._next(len(pages), read_key)
        elif key in BACK:
            self._back()
        elif key.isdigit():
            self._go_to_claim(key)
        elif key == "c":
            self._tell(code=not self.options.code)
        elif key == "s":
            self._tell(whole_sql=not self.options.whole_sql)
        elif key == "r":
            self._run_again(read_key)
        elif key == "l":
            self._show_until_a_key(
                scene_list(self._teller(), self.position, self.revealed), read_key
            )
        elif key == "?":
            self._show_until_a_key(key_list(), read_key)
        return key != "q"

    def _next(self, pages: int, read_key: Callable[[], str]) -> None:
        if self.page + 1 < pages:
            self.page += 1
        elif self.is_scene and self.position not in self.revealed:
            self.revealed.add(self.position)
        elif self.position < self.last:
            self._go(self.position + 1)
        elif following := demo_after(self.demo):
            self._change_demo(following, read_key)

    def _back(self) -> None:
        if self.page > 0:
            self.page -= 1
        elif self.position > 0:
            self._go(self.position - 1, page=-1)

    def _go(self, position: int, page: int = 0) -> None:
        """Go there; page -1 is its last one."""
        self.position, self.page = position, page

    def _go_to_claim(self, digit: str) -> None:
        for position, scene in enumerate(self._teller().scenes, 1):
            if self._teller().scene(scene).label == digit:
                self._go(position)

    def _tell(self, **changed: bool) -> None:
        self.options = replace(self.options, **changed)
        self.page = 0

    def _change_demo(self, demo: Demo, read_key: Callable[[], str]) -> None:
        if played := self._run(demo, demo.path, f"playing demo {demo.number} …", read_key):
            self.demo, self.recording, self.revealed = demo, played, set()
            self._go(0)

    # Drawing

    def _draw(self, page: RenderableType, pages: int) -> None:
        where = f"{self.position}/{self.last}"
        if pages > 1:
            where += f" page {self.page + 1} of {pages}"
        draw(self.console, page, f"{where} · {KEYS}")

    def _pages(self) -> list[RenderableType]:
        """The pages of the current position."""
        teller = self._teller()
        if self.position == 0:
            return cut(self.console, terminal.opening(teller.opening()))
        if self.position == self.last:
            return cut(self.console, terminal.closing(teller.closing(demo_after(self.demo))))
        told = teller.scene(teller.scenes[self.position - 1])
        return cut_scene(self.console, told, is_revealed=self.position in self.revealed)

    def _teller(self) -> Teller:
        return Teller(self.demo, self.recording, self.options)

    def _show_until_a_key(self, part: RenderableType, read_key: Callable[[], str]) -> None:
        key = RESIZED
        while key == RESIZED:
            self.console.clear()
            self.console.print(part)
            self.console.print(Text("\n Any key goes back.", "bold"))
            key = read_key()

    # Running

    def _run_again(self, read_key: Callable[[], str]) -> None:
        if not self.is_scene:
            return
        test = f"{self.demo.path}/tests.py::{self.recording.scenes[self.position - 1].test}"
        again = self._run(self.demo, test, "running again …", read_key)
        if again:
            self.page = 0
            self.recording.sources |= again.sources
            self.recording.scenes[self.position - 1] = again.scenes[0]

    def _run(
        self, demo: Demo, what: str, doing: str, read_key: Callable[[], str]
    ) -> Recording | None:
        """Record these tests, with a sign of life; keys that are typed meanwhile are dropped.

        Returns None after the reason was shown, where they cannot be run.
        """
        self.console.file.write(f"\x1b[{self.console.height};1H\x1b[2K")
        try:
            with self.console.status(doing):
                return self.rehearse(what, demo)
        except UserError as error:
            problem = Text(str(error))
        finally:
            termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
        self._show_until_a_key(problem, read_key)
        return None
