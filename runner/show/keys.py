"""Reads single keys from the terminal."""

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

NEXT = ("n", " ", "\r", "\n", "\x1b[C", "\x1b[B", "\x1b[6~")  # PageDown is what a clicker sends
BACK = ("b", "\x7f", "\x1b[D", "\x1b[A", "\x1b[5~")
RESIZED = "resized"
NOTHING = ""  # no key came in time
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


@contextmanager
def one_key_at_a_time() -> Iterator[Callable[..., str]]:
    """Hands out a function that waits for a key and returns it.

    Arrow and page keys come as their escape sequences; a resize of the terminal as RESIZED. Given a
    number of seconds, it waits no longer than that and then returns NOTHING.
    """
    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    # Python runs no handler of a signal that comes just before `select`, until that returns.
    previous_waker = signal.set_wakeup_fd(waker, warn_on_full_buffer=False)

    def read_key(seconds: float | None = None) -> str:
        ready, _, _ = select.select([keyboard, wake], [], [], seconds)
        if not ready:
            return NOTHING
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

    previous = signal.signal(signal.SIGWINCH, lambda *_: None)
    tty.setcbreak(keyboard)
    try:
        yield read_key
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
        signal.signal(signal.SIGWINCH, previous)
        signal.set_wakeup_fd(previous_waker)
        os.close(wake)
        os.close(waker)
