"""Runs tests in a process of their own and brings back their recording."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from runner.discovery import ROOT, Demo
from runner.errors import UserError
from runner.recording import Recording


def rehearse(*what: str, folder: Path = ROOT, demo: Demo | None = None) -> Recording:
    """Record the tests that `what` names to pytest, in the checkout at `folder`.

    `demo` is loaded alone. Raises UserError, with what pytest said, where there is no recording.
    """
    with tempfile.TemporaryDirectory(prefix="demo-recording-") as scratch:
        file = Path(scratch) / "recording.json"
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", f"--recording={file}", *what],
            cwd=folder,
            env=os.environ | {"DEMO": demo.number if demo else ""},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if not file.exists() or run.returncode not in (0, 1):
            said = (run.stdout + run.stderr).strip().splitlines() or ["nothing"]
            telling = [line for line in said if line.startswith("E  ")] or said
            raise UserError(f"pytest {' '.join(what)} did not get far: {telling[-1].strip()}")
        return Recording.from_json(file.read_text("utf-8"))
