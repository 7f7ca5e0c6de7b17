"""Makes environments of old releases, and runs the experiments of museum/ in them.

They are kept in .versions/museum/, each with what was seen in it, so that a run that was stopped
goes on where it was.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from runner.catalogue import ROOT
from runner.errors import UserError
from runner.museum.rows import FOLDER

KEPT = ROOT / ".versions" / "museum"
UV = [sys.executable, "-E", "-m", "uv"]
# Also where there is a folder that was interrupted before it was an environment.
NEW = ("venv", "-q", "--clear", "--force")
NOT_RESOLVED = 1  # what uv returns where no such release fits; 2 is a fault of another kind
# Settings of uv and pip that would install something else.
MISLEADING = ("UV_CONSTRAINT", "UV_OVERRIDE", "UV_SYSTEM_PYTHON", "PIP_CONSTRAINT")


class Environment:
    """One Python with these requirements; it is made when it is needed."""

    def __init__(self, python: str, requirements: Iterable[str]) -> None:
        self.python = python
        self.requirements = sorted(requirements)
        self.cannot = ""  # why it cannot be made
        self.folder = KEPT / "-".join([python, *self.requirements]).replace("==", "-")
        self.seen_file = self.folder / "seen.json"

    def seen(self, names: Iterable[str]) -> dict[str, Any]:
        """What each of these experiments saw: its behaviour, or `{"failed": why}`.

        Raises UserError where the index cannot be asked or the interpreter is missing.
        """
        seen = self._kept()
        if missing := sorted(set(names) - seen.keys()):
            self._make()
            if self.cannot:
                return {name: {"failed": self.cannot} for name in names}
            seen |= self._experiments(missing)
            new = self.seen_file.with_suffix(".new")
            new.write_text(json.dumps({"of": sources(), "seen": seen}), "utf-8")
            new.replace(self.seen_file)
        return seen

    def _kept(self) -> dict[str, Any]:
        if not self.seen_file.exists():
            return {}
        kept = json.loads(self.seen_file.read_text("utf-8"))
        return kept["seen"] if kept["of"] == sources() else {}

    def _make(self) -> None:
        """Install what is not there. An install that failed is tried again in the next run."""
        made = self.folder / "made"
        if made.exists() or self.cannot:
            return
        _checked(*UV, *NEW, "--python", interpreter(self.python), self.folder)
        done = _run(*UV, "pip", "install", "-q", "--python", self._program, *self.requirements)
        if done.returncode not in (0, NOT_RESOLVED):
            raise _no_index()
        if done.returncode:
            self.cannot = "cannot be installed"
        else:
            made.touch()

    def _experiments(self, names: list[str]) -> dict[str, Any]:
        done = _run(self._program, "-E", "-B", "-m", FOLDER.name, *names)
        if done.returncode:
            raise UserError(f"museum/ breaks in {self.folder.name}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    @property
    def _program(self) -> Path:
        return self.folder / "bin" / "python"


@cache
def environment(python: str, requirements: tuple[str, ...]) -> Environment:
    """The one of that Python with these requirements."""
    return Environment(python, requirements)


@cache
def sources() -> str:
    """A digest of the experiments: what other ones saw does not count."""
    text = b"".join(file.read_bytes() for file in sorted(FOLDER.glob("*.py")))
    return hashlib.sha256(text).hexdigest()


@cache
def offered(package: str) -> list[str]:
    """All releases that the package index offers, oldest first, of any Python."""
    folder = KEPT / "index"
    if not (folder / "made").exists():
        _checked(*UV, *NEW, "--seed", folder)
        (folder / "made").touch()
    asked = _run(
        *(folder / "bin" / "python", "-E", "-m", "pip", "index", "versions", package),
        "--ignore-requires-python",
    )
    found = [line for line in asked.stdout.splitlines() if line.startswith("Available versions: ")]
    if not found:
        raise _no_index()
    return found[0].removeprefix("Available versions: ").split(", ")[::-1]


@cache
def interpreter(python: str) -> Path:
    """The program of that Python, "3.6"; raises UserError where there is none that runs."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser()
    named = shutil.which(f"python{python}")
    for program in [named, *sorted(pyenv.glob(f"versions/{python}.*/bin/python"))]:
        if program and release_of(Path(program)).startswith(f"{python}."):
            return Path(program)
    raise UserError(
        f"The museum needs Python {python}, and there is none: `pyenv install {python}` builds it."
    )


@cache
def release_of(program: Path) -> str:
    """The release of that interpreter, "3.6.15"; empty where it does not run."""
    say = "import platform; print(platform.python_version())"
    return _run(program, "-E", "-c", say).stdout.strip()


def _run(*command: object) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    return subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env=inherited,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _checked(*command: object) -> None:
    if _run(*command).returncode:
        raise _no_index()


def _no_index() -> UserError:
    return UserError(
        "Installing for the museum failed; is a package index reachable? Then run the command "
        "again: it goes on where it was."
    )
