"""One scene at a time, in a real terminal: a pseudo-terminal that the test types into."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from functools import partial

import pytest

TESTS = """
import pytest
from runner import claim, trap
from shop.factories import stock_products

pytestmark = pytest.mark.django_db

@claim("The first scene")
def test_first(api):
    stock_products(2)
    assert len(api.get("/05/products/").json()) == 2

@trap("The second scene")
def test_second(api):
    assert api.get("/05/products/").json() == []
"""


class Terminal:
    """80 columns and 24 lines, a keyboard, and a command that runs in it."""

    def __init__(self, house, command="demo"):
        self.keyboard, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "runner", command, "05", "--step=1"],
            cwd=house.folder,
            env=house.environment(TERM="xterm-256color"),
            preexec_fn=partial(os.login_tty, inside),
        )
        os.close(inside)

    def press(self, key):
        os.write(self.keyboard, key.encode())

    def read_until(self, awaited):
        """What appears on the screen, without its control sequences, up to `awaited`."""
        seen = ""
        while awaited not in seen:
            assert select.select([self.keyboard], [], [], 60)[0], f"no {awaited!r} in {seen!r}"
            seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", os.read(self.keyboard, 65536).decode())
        return seen


@pytest.fixture
def terminal(house):
    house.write("tests.py", TESTS)
    terminal = Terminal(house)
    yield terminal
    terminal.process.kill()
    terminal.process.wait()
    os.close(terminal.keyboard)


def test_the_scenes_come_one_at_a_time_and_the_keys_stand_in_the_last_line(terminal):
    first = terminal.read_until("1/3")
    terminal.press("n")
    second = terminal.read_until("2/3")
    terminal.press("\x1b[C")
    end = terminal.read_until("3/3")
    terminal.press("b")
    back = terminal.read_until("2/3")
    terminal.press("q")

    assert "The first scene" in first
    assert "The second scene" not in first
    assert "n next · b back · r run again · c code · q quit" in first
    assert "The second scene" in second
    assert "1 claim: 1 holds · 1 trap" in end
    assert "The second scene" in back
    assert terminal.process.wait(30) == 0


def test_c_shows_the_code(terminal):
    terminal.read_until("1/3")

    terminal.press("c")
    code = terminal.read_until("class ProductList(ListAPIView):")

    assert "demos/05_tiny/views.py:6" in code


def test_r_runs_the_scene_again_as_the_files_are_now(terminal, house):
    terminal.read_until("1/3")

    house.edit("views.py", 'Product.objects.select_related("brand")', "Product.objects.none()")
    terminal.press("r")
    again = terminal.read_until("1/3")
    terminal.press("q")

    assert "✘ FAILED" in again
    assert terminal.process.wait(30) == 1


def test_r_with_a_file_that_is_broken_says_so_and_goes_on(terminal, house):
    terminal.read_until("1/3")

    house.write("views.py", "if:\n")
    terminal.press("r")
    said = terminal.read_until("1/3")
    terminal.press("q")

    assert "SyntaxError" in said
    assert terminal.process.wait(30) == 1


def test_ctrl_c_leaves_the_terminal_as_it_was(terminal):
    terminal.read_until("1/3")
    before = termios.tcgetattr(terminal.keyboard)[3] & termios.ICANON

    terminal.press("\x03")

    assert terminal.process.wait(30) == 130
    assert not before
    assert termios.tcgetattr(terminal.keyboard)[3] & termios.ICANON
