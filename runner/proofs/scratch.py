"""Copies of the checkout in which edits are tried, so that the working tree is never touched."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatch
from importlib.util import cache_from_source
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from runner.catalogue import ROOT, Demo
from runner.errors import UserError
from runner.recording.forks import forget

COPIED = ("config", "shop", "runner", "conftest.py", "pyproject.toml")
# Python writes bytecode to a name that ends in a number, and renames the file when it is whole.
BYTECODE = f"*.{sys.implementation.cache_tag}*.pyc"

Task = TypeVar("Task")
Result = TypeVar("Result")


class Scratch:
    """A copy of the checkout in `folder`, to which the demos are added as they are needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        copy_what_demos_share(folder)

    def add(self, demo: Demo) -> None:
        """Copy this demo as well, if it is not there."""
        if not (self.folder / demo.path).exists():
            _copy(demo.path, self.folder, shutil.ignore_patterns("__pycache__"))

    @contextmanager
    def edited(self, demo: Demo, name: str, text: str) -> Iterator[None]:
        """Inside the block, the demo's file `name` holds this text."""
        self.add(demo)
        file = self.folder / demo.path / name
        before = file.read_text("utf-8")
        _write(file, text.encode())
        try:
            yield
        finally:
            _write(file, before.encode())

    def put_app(self, demo: Demo, files: dict[str, bytes]) -> None:
        """Let the demo's app be these files from now on; its tests stay."""
        self.add(demo)
        folder = self.folder / demo.path
        for file in folder.glob("*.py"):
            if file.name != "tests.py":
                file.unlink()
        for name, content in files.items():
            _write(folder / name, content)


def copy_what_demos_share(folder: Path) -> None:
    """Copy what COPIED names to `folder`, without the runner's own tests.

    Bytecode comes along, as it is found good by the time of its source, which is kept: each copy
    would compile 100 modules again.
    """
    for name in COPIED:
        _copy(name, folder, _not_needed)


def _not_needed(folder: str, names: list[str]) -> list[str]:
    if os.path.basename(folder) == "__pycache__":
        return [name for name in names if not fnmatch(name, BYTECODE)]
    return [name for name in names if name == "tests"]


def _copy(name: str, folder: Path, not_needed: Callable[[str, list[str]], Iterable[str]]) -> None:
    source, target = ROOT / name, folder / name
    try:
        if source.is_dir():
            shutil.copytree(source, target, ignore=not_needed)
        else:
            shutil.copy(source, target)
    except OSError as error:
        raise UserError(
            f"The scratch copy of {name} cannot be written to {tempfile.gettempdir()} "
            f"({error.strerror or str(error).splitlines()[0]}); make room there, or set "
            "TMPDIR to a folder with room."
        ) from error


def _write(file: Path, content: bytes) -> None:
    """Write the content and remove the bytecode.

    Python compares size and second, and misses an edit that changes neither.
    """
    file.write_bytes(content)
    Path(cache_from_source(str(file))).unlink(missing_ok=True)


@contextmanager
def scratch_copy() -> Iterator[Scratch]:
    """A scratch copy. After the block its runs have ended and it is removed.

    Raises UserError where it cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="demo-scratch-") as folder, ExitStack() as stack:
        stack.callback(forget, Path(folder))
        yield Scratch(Path(folder))


def in_scratch_copies(
    work: Callable[[Scratch, Task], Result], tasks: Iterable[Task], at_once: int | None = None
) -> Iterator[Result]:
    """What `work` returns for each task, in their order; `at_once` of them, or one a core.

    An exception, such as KeyboardInterrupt, ends all tasks at once.
    """
    free: SimpleQueue[Scratch] = SimpleQueue()

    def do(task: Task) -> Result:
        scratch = free.get()
        try:
            return work(scratch, task)
        finally:
            free.put(scratch)

    count = at_once or os.cpu_count()
    with ThreadPoolExecutor(count) as workers, ExitStack() as copies:
        for _ in range(count):
            free.put(copies.enter_context(scratch_copy()))
        futures = [workers.submit(do, task) for task in tasks]
        try:
            for future in futures:
                yield future.result()
        finally:
            workers.shutdown(wait=False, cancel_futures=True)
