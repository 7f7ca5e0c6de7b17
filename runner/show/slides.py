"""`make demo-NN STEP=1`: the stage. One scene at a time, by key, for a class.

It begins with the usual answer. A verdict stays hidden until a key, so that the class can vote.
"""

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from runner.catalogue import Demo, demo_after
from runner.errors import UserError
from runner.recording.model import Recording
from runner.show import terminal
from runner.story.story import Options, Teller, ToldScene

Rehearse = Callable[[str, Demo], Recording]  # records the tests with this name of pytest's

NEXT = ("n", " ", "\r", "\n", "\x1b[C", "\x1b[B", "\x1b[6~")  # PageDown is what a clicker sends
BACK = ("b", "\x7f", "\x1b[D", "\x1b[A", "\x1b[5~")
RESIZED = "resized"
KEYS = "n next · b back · r run · c code · s SQL · l list · ? help · q quit"
HELP = (
    ("n, space, →, PageDown", "next: reveal the verdict, then the next page or scene"),
    ("b, ←, PageUp", "back"),
    ("1 … 9", "go to this claim"),
    ("l", "list all scenes"),
    ("r", "run this scene again, as the files are now"),
    ("c", "show or hide the code"),
    ("s", "whole or shortened SQL"),
    ("q", "quit"),
)


def step(demo: Demo, options: Options, rehearse: Rehearse) -> int:
    """Play the demo, then show its scenes one at a time, by key.

    Returns 0 when every scene of the demo shown last was green, else 1. Raises UserError without
    a terminal.
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


@contextmanager
def one_key_at_a_time() -> Iterator[Callable[[], str]]:
    """Hands out a function that waits for a key and returns it.

    Arrow and page keys come as their escape sequences; a resize of the terminal as RESIZED.
    """
    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    wake, waker = os.pipe()
    os.set_blocking(waker, False)

    def resized(*_: Any) -> None:
        with suppress(BlockingIOError):  # the pipe is full: it wakes already
            os.write(waker, b"!")

    def read_key() -> str:
        ready, _, _ = select.select([keyboard, wake], [], [])
        if wake in ready:
            os.read(wake, 1024)
            return RESIZED
        key = os.read(keyboard, 1)
        if key == b"\x1b":
            while select.select([keyboard], [], [], 0.05)[0]:
                key += os.read(keyboard, 1)
                if key[-1:].isalpha() or key[-1:] == b"~":
                    break
        return key.decode("utf-8", "replace")

    previous = signal.signal(signal.SIGWINCH, resized)
    tty.setcbreak(keyboard)
    try:
        yield read_key
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
        signal.signal(signal.SIGWINCH, previous)
        os.close(wake)
        os.close(waker)


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
        return len(self.recording.scenes) + 1

    @property
    def is_scene(self) -> bool:
        return 0 < self.position < self.last

    def draw_and_obey(self, read_key: Callable[[], str]) -> bool:
        """Show the current page and do what the next key asks for; False when it is to quit."""
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
            self._show_until_a_key(self._list(), read_key)
        elif key == "?":
            self._show_until_a_key(_help(), read_key)
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
        self.console.clear()
        self.console.print(page)
        where = f"{self.position}/{self.last}"
        if pages > 1:
            where += f" page {self.page + 1} of {pages}"
        footer = Text(f" {where} · {KEYS}", style="reverse")
        footer.truncate(self.console.width - 1)
        self.console.file.write(f"\x1b[{self.console.height};1H")
        self.console.print(footer, end="")

    def _pages(self) -> list[RenderableType]:
        """The pages of the current position; a scene keeps its title and verdict on each."""
        teller = self._teller()
        if self.position == 0:
            return self._cut(terminal.opening(teller.opening()))
        if self.position == self.last:
            return self._cut(terminal.closing(teller.closing(demo_after(self.demo))))
        told = teller.scene(teller.scenes[self.position - 1])
        above = self._lines(Group(terminal.title(told), Text()))
        below = ["", *self._lines(self._verdict(told))]
        room = self.console.height - 1 - len(above) - len(below)
        if room < 5:  # a tiny terminal or a long explanation: its first line stays
            below = below[:2]
            room = max(1, self.console.height - 1 - len(above) - len(below))
        body = self._lines(Group(*terminal.body(told)[:-1]))
        starts = range(0, max(1, len(body)), room)
        return [_text(above + body[start : start + room] + below) for start in starts]

    def _verdict(self, told: ToldScene) -> RenderableType:
        if self.position in self.revealed:
            return Group(*(terminal.ending(end) for end in told.endings))
        question = "What is hidden? Vote, then press n." if told.is_trap else (
            "Holds, depends, outdated or wrong? Vote, then press n."
        )  # fmt: skip
        return Padding(Text(question, "bold"), (0, 0, 0, terminal.MARGIN))

    def _teller(self) -> Teller:
        return Teller(self.demo, self.recording, self.options)

    def _cut(self, part: RenderableType) -> list[RenderableType]:
        lines, height = self._lines(part), max(1, self.console.height - 1)
        return [_text(lines[start : start + height]) for start in range(0, len(lines), height)]

    def _lines(self, part: RenderableType) -> list[str]:
        with self.console.capture() as capture:
            self.console.print(part)
        return capture.get().splitlines()

    def _show_until_a_key(self, part: RenderableType, read_key: Callable[[], str]) -> None:
        key = RESIZED
        while key == RESIZED:
            self.console.clear()
            self.console.print(part)
            self.console.print(Text("\n Any key goes back.", "bold"))
            key = read_key()

    def _list(self) -> RenderableType:
        grid = Grid.grid(padding=(0, 2, 0, 0))
        teller = self._teller()
        for position, scene in enumerate(teller.scenes, 1):
            told = teller.scene(scene)
            (first, *_) = told.endings
            sign = Text(first.sign, terminal.STYLES[first.word])
            here = "▶" if position == self.position else ""
            hidden = position not in self.revealed
            grid.add_row(f" {here}", Text("?") if hidden else sign, told.label, told.text)
        return grid

    # Running

    def _run_again(self, read_key: Callable[[], str]) -> None:
        if not self.is_scene:
            return
        scene = self._teller().scenes[self.position - 1]
        test = f"{self.demo.path}/tests.py::{scene.test}"
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
        problem = ""
        with self.console.status(doing):
            try:
                return self.rehearse(what, demo)
            except UserError as error:
                problem = str(error)
            finally:
                termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
        self._show_until_a_key(Text(problem), read_key)
        return None


def _text(lines: list[str]) -> RenderableType:
    return Text.from_ansi("\n".join(lines))


def _help() -> RenderableType:
    grid = Grid.grid(padding=(0, 2, 0, 0))
    for keys, what in HELP:
        grid.add_row(Text(f" {keys}", "bold"), what)
    return grid
