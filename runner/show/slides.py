"""`make demo-NN STEP=1`: one scene at a time, for the stage."""

import os
import select
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from rich.console import Console, RenderableType
from rich.text import Text

from runner.catalogue import Demo, demo_after
from runner.errors import UserError
from runner.recording.model import Recording
from runner.show import terminal
from runner.story.story import Options, Teller

KEYS = "n next · b back · r run again · c code · q quit"
Rehearse = Callable[[str], Recording]
NEXT, BACK = ("n", " ", "\r", "\n", "\x1b[C", "\x1b[B"), ("b", "\x7f", "\x1b[D", "\x1b[A")


def step(demo: Demo, options: Options, rehearse: Rehearse) -> int:
    """Play the demo, then show its scenes one at a time, by key.

    `rehearse` records the tests that it is given, as pytest names them.

    Returns 0 when every scene was green at last, else 1. Raises UserError without a terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UserError(
            "STEP=1 reads keys from a terminal, and there is none; "
            f"`make demo-{demo.number}` plays all scenes in a row."
        )
    console = Console(highlight=False)
    with console.status(f"playing demo {demo.number} …"):
        recording = rehearse(demo.path)
    stage = Stage(demo, recording, options, console, rehearse)
    with console.screen(), one_key_at_a_time() as read_key:
        while stage.draw_and_obey(read_key):
            pass
    return int(any(scene.outcome == "failed" for scene in recording.scenes))


@contextmanager
def one_key_at_a_time() -> Iterator:
    """Hands out a function that waits for a key; arrow keys come as their escape sequences."""
    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)

    def read_key() -> str:
        key = os.read(keyboard, 1)
        if key == b"\x1b" and select.select([keyboard], [], [], 0.05)[0]:
            key += os.read(keyboard, 2)
        return key.decode("utf-8", "replace")

    tty.setcbreak(keyboard)
    try:
        yield read_key
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


class Stage:
    """Where in the demo the audience is: at a scene, and at a page of it if it is a long one."""

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
        self.console = console
        self.position = 0
        self.page = 0
        self.options = options
        self.rehearse = rehearse
        self.with_code = options.code

    def draw_and_obey(self, read_key) -> bool:
        """Show the current page and do what the next key asks for; False when it is to quit."""
        pages = self._pages()
        self.page = min(self.page, len(pages) - 1) if self.page >= 0 else len(pages) - 1
        self._draw(pages)
        key = read_key()
        if key in NEXT:
            if self.page + 1 < len(pages):
                self.page += 1
            elif self.position < len(self.recording.scenes):
                self.position, self.page = self.position + 1, 0
        elif key in BACK:
            if self.page > 0:
                self.page -= 1
            elif self.position > 0:
                self.position, self.page = self.position - 1, -1
        elif key == "c":
            self.with_code, self.page = not self.with_code, 0
        elif key == "r":
            self._run_again()
        return key != "q"

    def _draw(self, pages: list[list[str]]) -> None:
        self.console.clear()
        print("\n".join(pages[self.page]))
        where = f"{self.position + 1}/{len(self.recording.scenes) + 1}"
        if len(pages) > 1:
            where += f" page {self.page + 1} of {len(pages)}"
        footer = Text(f" {KEYS}   {where}", style="reverse")
        footer.truncate(self.console.width - 1)
        self.console.file.write(f"\x1b[{self.console.height};1H")
        self.console.print(footer, end="")

    def _pages(self) -> list[list[str]]:
        with self.console.capture() as capture:
            for part in self._parts():
                self.console.print(part)
        lines = capture.get().splitlines()
        height = max(1, self.console.height - 1)
        return [lines[start : start + height] for start in range(0, len(lines), height)]

    def _parts(self) -> Iterator[RenderableType]:
        scenes = self.recording.scenes
        options = replace(self.options, code=self.with_code)
        teller = Teller(self.demo, self.recording, options)
        if self.position == 0:
            yield terminal.opening(teller.opening())
        if self.position == len(scenes):
            yield terminal.closing(teller.closing(demo_after(self.demo)))
            return
        yield terminal.scene(teller.scene(scenes[self.position]))

    def _run_again(self) -> None:
        if self.position == len(self.recording.scenes):
            return
        self.page = 0
        test = self.recording.scenes[self.position].test
        try:
            again = self.rehearse(f"{self.demo.path}/tests.py::{test}")
        except UserError as error:
            self.console.clear()
            self.console.print(f"{error}\n\nAny key goes back.")
            return
        self.recording.sources |= again.sources
        self.recording.scenes[self.position] = again.scenes[0]
