"""Names what a run makes on a server of the user, so that a later run can tell whose it is."""

import os
import re
from contextlib import suppress


def prefix_of_host() -> str:
    """Return the beginning of every Redis key of every run on this host."""
    return f"demo-{os.uname().nodename}-"


def prefix_of_run() -> str:
    """Return the beginning of every Redis key of this run."""
    return f"{prefix_of_host()}{os.getpid()}-"


def is_of_dead_run(name: str, before: str, after: str = "") -> bool:
    """Whether `name` is `before`, the process id of a run on this host, and `after` (a pattern),
    and no process has that id."""
    match = re.fullmatch(rf"{re.escape(before)}(\d+){after}", name)
    return match is not None and _is_gone(int(match[1]))


def _is_gone(pid: int) -> bool:
    with suppress(PermissionError, OverflowError):  # another user's process; no process id at all
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
    return False
