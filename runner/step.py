"""`make demo-NN STEP=1`: one scene at a time, for the stage."""

import os
import select
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.text import Text

from runner.discovery import Demo
from runner.errors import UserError
from runner.loading import load
from runner.play import demo_after
from runner.recording import Recording
from runner.rehearsal import rehearse
from runner.show import Options, Show

KEYS = "n next · b back · r run again · c code · q quit"
NEXT, BACK = ("n", " ", "\r", "\n", "\x1b[C", "\x1b[B"), ("b", "\x7f", "\x1b[D", "\x1b[A")


def step(demo: Demo) -> int:
    """Play the demo, then show its scenes one at a time, by key.

    Returns 0 when every scene was green at last, else 1. Raises UserError without a terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UserError(
            "STEP=1 reads keys from a terminal, and there is none; "
            f"`make demo-{demo.number}` plays all scenes in a row."
        )
    load(demo)
    console = Console(highlight=False)
    with console.status(f"playing demo {demo.number} …"):
        recording = rehearse(demo.path, demo=demo)
    stage = Stage(demo, recording, console)
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

    def __init__(self, demo: Demo, recording: Recording, console: Console) -> None:
        self.demo = demo
        self.recording = recording
        self.console = console
        self.position = 0
        self.page = 0
        self.with_code = False

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
        show = Show(self.demo, Options(whole_sql=bool(os.environ.get("SQL")), code=self.with_code))
        if self.position == 0:
            yield show.header(self.recording, sorted({scene.database for scene in scenes}))
        if self.position == len(scenes):
            yield show.closing(self.recording, demo_after(self.demo))
            return
        for earlier in scenes[: self.position]:
            show.scene(self.recording, earlier)  # so that code shown before comes as a diff
        yield show.scene(self.recording, scenes[self.position])

    def _run_again(self) -> None:
        if self.position == len(self.recording.scenes):
            return
        self.page = 0
        test = self.recording.scenes[self.position].test
        try:
            again = rehearse(f"{self.demo.path}/tests.py::{test}", demo=self.demo)
        except UserError as error:
            self.console.clear()
            self.console.print(f"{error}\n\nAny key goes back.")
            return
        self.recording.sources |= again.sources
        self.recording.scenes[self.position] = again.scenes[0]
