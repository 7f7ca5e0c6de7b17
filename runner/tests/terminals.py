"""A pseudo-terminal that a test types into."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time


class Terminal:
    """80 columns and 24 lines, a keyboard, and a Python command that runs in it.

    `prepare` runs in the new process before the command does.
    """

    def __init__(self, house, *command, prepare=lambda: None, **variables):
        self.keyboard, inside = pty.openpty()
        self.resize(24, 80)

        def prepared():
            os.login_tty(inside)
            prepare()

        self.process = subprocess.Popen(
            [sys.executable, *command],
            cwd=house.folder,
            env=house.environment(TERM="xterm-256color", **variables),
            preexec_fn=prepared,
        )
        os.close(inside)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.keyboard)

    def resize(self, lines, columns):
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self.keyboard, termios.TIOCSWINSZ, size)

    def press(self, key):
        os.write(self.keyboard, key.encode())

    def waits_for_enter(self):
        """Whether the terminal reads lines, as a shell expects it to."""
        return bool(termios.tcgetattr(self.keyboard)[3] & termios.ICANON)

    def read_until(self, awaited):
        """What appears on the screen, without its control sequences, up to `awaited`."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.read_raw_until(awaited))

    def read_raw_until(self, awaited):
        """The same with its control sequences. A page with a clock is drawn all the time, so the
        deadline is for all of it."""
        seen = ""
        deadline = time.monotonic() + 60
        while awaited not in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen):
            left = max(0, deadline - time.monotonic())
            assert select.select([self.keyboard], [], [], left)[0], f"no {awaited!r} in {seen!r}"
            seen += os.read(self.keyboard, 65536).decode()
        return seen

    def read_to_the_end(self):
        """What appears until the command has ended."""
        seen = b""
        while True:
            try:
                part = os.read(self.keyboard, 65536)
            except OSError:  # Linux: no process has the terminal open any more
                part = b""
            if not part:
                return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode())
            seen += part
