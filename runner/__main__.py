"""The commands behind the Makefile: `python -m runner COMMAND …`.

Exit status: 0 all is well · 1 a verdict, a proof or a check is red · 2 the user can fix it ·
130 interrupted.
"""

# ruff: noqa: E402 - Ctrl-C is looked after before the imports, which take a while

import os
import signal
from typing import NoReturn


def end_at_once(*_: object) -> NoReturn:
    """What Ctrl-C does before and after `run`, where there is nothing to close."""
    os._exit(130)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, end_at_once)

import atexit
import gc
import sys
from contextlib import ExitStack, suppress

from runner import commands, surroundings
from runner.errors import UserError
from runner.options import parsed
from runner.support.launch.scratch import run_folder
from runner.support.launch.shared import chosen_database


def main(arguments: list[str]) -> int:
    """Run the command; returns its exit status."""
    options = parsed(arguments)
    surroundings.clean()
    with run_folder(), ExitStack() as services:
        if "db" in options:
            services.enter_context(chosen_database(options.db))
        return getattr(commands, f"do_{options.command}")(options)


def run(arguments: list[str]) -> int:
    """Run the command. Print errors that the user can fix as one sentence on standard error."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return main(arguments)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, `head` for example, has closed the pipe
        return 0
    except KeyboardInterrupt:
        return 130


def leave(status: int) -> NoReturn:
    """End the process and skip interpreter shutdown, which takes a sixth of `make demo-07`.

    Nothing is left to close: services end with their blocks, and exit handlers do run.
    """
    signal.signal(signal.SIGINT, end_at_once)
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    gc.disable()  # the process is short, and collecting would walk its modules for nothing
    sys.stdout.reconfigure(errors="replace")
    leave(run(sys.argv[1:]))
