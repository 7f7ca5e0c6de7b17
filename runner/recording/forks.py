"""Keeps a preloaded process for each checkout, which runs tests in forks of itself."""

import atexit
import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from runner.catalogue import ROOT, Demo
from runner.errors import UserError


class Uncollected(UserError):
    """The tests did not run: something that they import cannot be imported, for example."""


class Preloaded:
    """The preloaded process of the checkout at `folder`; it runs one thing at a time."""

    def __init__(self, folder: Path, python: str) -> None:
        self.python = python
        self._is_closing = False
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        # A scratch copy keeps bytecode from run to run, whatever the user wants in the checkout.
        writes = {} if folder == ROOT else {"PYTHONDONTWRITEBYTECODE": ""}
        self._process = subprocess.Popen(
            [python, "-m", "runner.recording.preloaded"],
            cwd=folder,
            env=os.environ | writes,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            process_group=0,
        )

    def run(self, *arguments: str, demo: Demo | None, seconds: float, output: Path) -> int | None:
        """Run pytest with these arguments; what it prints goes to the file `output`.

        Returns its exit status, None where it was ended after these seconds. Raises Uncollected
        where the process cannot run anything, UserError where it is closed meanwhile.
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
        if self._is_closing:
            raise UserError("the run was ended")
        if not answer:
            self._log.seek(0)
            said = self._log.read().decode(errors="replace").strip() or "it ended"
            raise Uncollected(f"pytest cannot be loaded: {said.splitlines()[-1]}")
        return json.loads(answer)

    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End the process, and its run if there is one."""
        self._is_closing = True
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._log.close()


_preloaded: dict[Path, Preloaded] = {}


def preloaded(folder: Path, python: str = sys.executable) -> Preloaded:
    """The preloaded process of this checkout under this Python, started where there is none."""
    known = _preloaded.get(folder)
    if known and known.python != python:
        forget(folder)
    if known is None or not known.alive():
        _preloaded[folder] = known = Preloaded(folder, python)
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
