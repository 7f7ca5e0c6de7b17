"""What a learner has done so far: one file, shared by the quiz, `make fix` and the interview.

It holds a dictionary for each of them. What one of them does not know is kept as it is: an entry
about a claim that was renamed or removed harms nobody.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from runner.errors import UserError

Progress = dict[str, dict[str, Any]]
DEFAULT = "cathay-shop/progress.json"


def progress_file(state: str = "") -> Path:
    """`state` where the user named a file, else one below the user's state folder.

    Links are followed, so that a link to a synchronized folder stays one.
    Reference: https://specifications.freedesktop.org/basedir-spec/0.8/, XDG_STATE_HOME
    """
    home = os.environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(home):
        home = "~/.local/state"
    return Path(os.path.realpath(os.path.expanduser(state or f"{home}/{DEFAULT}")))


def progress_in(file: Path) -> Progress:
    """What the file holds; nothing where there is none.

    Raises UserError where it is no progress.
    """
    try:
        found = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, RecursionError, ValueError) as error:
        raise UserError(_unreadable(file, error)) from error
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise UserError(_unreadable(file, "it is no progress of this project"))
    return found


@contextmanager
def changed(file: Path) -> Iterator[Progress]:
    """Hand out what the file holds, and write it when the block ends without an error.

    Another command that does the same waits. The old file stays until the new one is whole on the
    disk. Raises UserError where the file cannot be read or written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(file.parent, os.O_RDONLY)
    except OSError as error:
        raise UserError(_unwritable(file, error)) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        progress = progress_in(file)
        yield progress
        _write(file, json.dumps(progress, indent=1) + "\n")
    finally:
        os.close(lock)


def _write(file: Path, text: str) -> None:
    new = file.with_name(f"{file.name}.new")
    try:
        with new.open("w", encoding="utf-8") as written:
            written.write(text)
            written.flush()
            os.fsync(written.fileno())
        new.replace(file)
    except OSError as error:
        with suppress(OSError):
            new.unlink()
        raise UserError(_unwritable(file, error)) from error


def _unreadable(file: Path, reason: object) -> str:
    return f"{file} cannot be read ({reason}); move it away, or name another file by STATE=."


def _unwritable(file: Path, error: OSError) -> str:
    return f"{file} cannot be written ({error.strerror}); name another file by STATE=."
