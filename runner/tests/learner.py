"""A learner who runs `make fix` in a real terminal, and edits the practice copy."""

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from functools import partial

from runner.catalogue import Demo
from runner.learn.exercises import exercises_of
from runner.learn.practice import Practice
from runner.tests.test_slides import Terminal

ORIGINAL = 'Product.objects.select_related("brand")'
BROKEN = "Product.objects.all()"
SECOND = """
[[mutation]]
breaks = "The list ends after one product"
file = "views.py"
find = 'Product.objects.select_related("brand")'
replace = 'Product.objects.select_related("brand")[:1]'
caught_by = ["test_one_query"]
"""


class Learner(Terminal):
    """A terminal in which `make fix` runs, and an editor for the practice copy."""

    def __init__(self, house, *arguments, **variables):
        self.house = house
        self.views = house.folder / "practice" / "05_tiny" / "views.py"
        self.state = house.folder / "state.json"
        self.unread = ""
        self.keyboard, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "runner", "fix", *arguments, f"--state={self.state}"],
            cwd=house.folder,
            env=house.environment(TERM="xterm-256color", **variables),
            preexec_fn=partial(os.login_tty, inside),
        )
        os.close(inside)

    def save(self, before, after):
        """Edit the copy as an editor does."""
        text = self.views.read_text("utf-8")
        assert before in text
        self.views.write_text(text.replace(before, after), "utf-8")

    def screen(self, text=""):
        """The next screen on which this text stands."""
        seen = ""
        while text not in seen or not seen:
            seen = self.read_until("q quit")
        return seen

    def read_until(self, awaited):
        """What appears up to `awaited`; what comes after it is read by the next call."""
        while awaited not in self.unread:
            assert select.select([self.keyboard], [], [], 60)[0], f"no {awaited!r}: {self.unread!r}"
            new = os.read(self.keyboard, 65536)
            self.unread += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", new.decode(errors="replace"))
        seen, _, self.unread = self.unread.partition(awaited)
        return seen + awaited

    def quit(self):
        self.press("q")
        said = self.read_until("goes on.")
        assert self.process.wait(30) == 0
        return said

    def kept(self):
        """What the progress file holds of the exercises, in their order."""
        fix = json.loads(self.state.read_text("utf-8"))["fix"]
        keys = [exercise.key for exercise in exercises_of(Demo(self.house.demo))]
        return [fix.get(key) for key in keys]


def exercise_of(house, number=1):
    return exercises_of(Demo(house.demo))[number - 1]


def practice_of(house):
    return Practice(Demo(house.demo), house.folder / "practice")
