"""Runs tests in forks of a preloaded process, one for each checkout, and reads their recordings."""

import atexit
import json
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from runner.catalogue import ROOT, Demo
from runner.errors import UserError
from runner.recording.model import Recording

SECONDS = 300  # that a run may take: the longest demo takes a tenth of it


class Preloaded:
    """The preloaded process of the checkout at `folder`; it runs one thing at a time."""

    def __init__(self, folder: Path) -> None:
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "runner.recording.preloaded"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            process_group=0,
        )

    def run(self, *arguments: str, demo: Demo | None, seconds: float, output: Path) -> int | None:
        """Run pytest with these arguments; what it prints goes to the file `output`.

        Returns its exit status, None where it was ended after these seconds. Raises UserError
        where the process cannot run anything.
        """
        asked = {
            "arguments": arguments,
            "demo": demo.number if demo else "",
            "seconds": seconds,
            "output": str(output),
        }
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            self._log.seek(0)
            said = self._log.read().decode(errors="replace").strip() or "it ended"
            raise UserError(f"pytest cannot be loaded: {said.splitlines()[-1]}")
        return json.loads(answer)

    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End the process, and its run if there is one."""
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._log.close()


_preloaded: dict[Path, Preloaded] = {}


def preloaded(folder: Path) -> Preloaded:
    """The preloaded process of this checkout, started where there is none."""
    known = _preloaded.get(folder)
    if known is None or not known.alive():
        _preloaded[folder] = known = Preloaded(folder)
    return known


def forget(folder: Path) -> None:
    """End the preloaded process of this checkout, if there is one."""
    if known := _preloaded.pop(folder, None):
        known.close()


@atexit.register
def forget_all() -> None:
    """End all preloaded processes."""
    for folder in list(_preloaded):
        forget(folder)


def rehearse(
    *what: str, folder: Path = ROOT, demo: Demo | None = None, seconds: float = SECONDS
) -> Recording:
    """Record the tests that `what` names to pytest, in the checkout at `folder`.

    `demo` is loaded alone. Raises UserError, with what pytest said, where there is no recording.
    """
    with tempfile.TemporaryDirectory(prefix="demo-recording-") as scratch:
        file, output = Path(scratch) / "recording.json", Path(scratch) / "output"
        arguments = ["-q", "-p", "no:unraisableexception", f"--recording={file}", *what]
        status = preloaded(folder).run(*arguments, demo=demo, seconds=seconds, output=output)
        if status is None:
            raise UserError(f"still running after {seconds:g} seconds")
        if not file.exists() or status not in (0, 1):
            said = output.read_text("utf-8", "replace").strip().splitlines() or ["nothing"]
            telling = [line for line in said if line.startswith("E  ")] or said
            raise UserError(f"pytest {' '.join(what)} did not get far: {telling[-1].strip()}")
        return Recording.from_json(file.read_text("utf-8"))
