"""One folder for the temporary files of a run; the next run removes what a killed one left.

The folder is `cathay-shop-PID-xxxxxxxx`, below the folder for temporary files. A run holds a lock
on the file MARKER in it for as long as it lives. The kernel gives the lock up when the process
ends, however it ends. So a folder whose lock is free belongs to a dead run, also where its process
id belongs to another process by now.
"""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from runner.errors import UserError

MARKER = ".run-of-cathay-shop"
NAME = re.compile(r"cathay-shop-\d+-\w{8}")


@contextmanager
def run_folder() -> Iterator[None]:
    """Inside the block, this process and its children put their temporary files into one folder.

    The folder is removed afterwards, and so are those of dead runs. A run inside another one shares
    its folder. Raises UserError where there is no place for the folder.
    """
    if NAME.fullmatch(os.path.basename(os.environ.get("TMPDIR", ""))):
        yield
        return
    try:
        place = Path(tempfile.gettempdir())
        remove_folders_of_dead_runs(place)
        folder, lock = _make(place)
    except OSError as error:
        raise UserError(
            "There is no place for temporary files: set TMPDIR to a folder that you may write to."
        ) from error
    before = os.environ.get("TMPDIR"), tempfile.tempdir
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        variable, tempfile.tempdir = before
        if variable is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = variable
        shutil.rmtree(folder, ignore_errors=True)
        lock.close()


def remove_folders_of_dead_runs(place: Path) -> None:
    """Remove the folders below `place` that runs of this user made and left."""
    for folder in place.glob("cathay-shop-*"):
        with suppress(OSError):  # another run removes it at the same moment, or it is not ours
            if NAME.fullmatch(folder.name) and folder.lstat().st_uid == os.geteuid():
                _remove_if_dead(folder)


def _remove_if_dead(folder: Path) -> None:
    try:
        lock = (folder / MARKER).open("r+b")
    except FileNotFoundError:
        folder.rmdir()  # a run was killed before it made the marker; fails unless it is empty
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)


def _make(place: Path) -> tuple[Path, IO[bytes]]:
    """Make the folder of this run; return it with the lock on it."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"cathay-shop-{os.getpid()}-", dir=place))
        with suppress(FileNotFoundError):  # another run took it for dead before it was locked
            if os.geteuid() == 0:
                folder.chmod(0o711)  # the servers that root starts run as `nobody`
            lock = (folder / MARKER).open("xb")
            fcntl.flock(lock, fcntl.LOCK_EX)
            if (folder / MARKER).exists():
                return folder, lock
            lock.close()
