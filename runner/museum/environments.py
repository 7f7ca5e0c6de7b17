"""Makes environments of old releases, and runs the experiments of museum/ in them.

They are kept in .versions/museum/, each with what was seen in it, so that a run that was stopped
goes on where it was.
"""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from runner.errors import UserError
from runner.museum.rows import FOLDER
from runner.versions import foreign

KEPT = foreign.KEPT / "museum"


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
        _new_environment(self.folder, "--python", interpreter(self.python))
        done = foreign.uv("pip", "install", "-q", "--python", self._program, *self.requirements)
        if done.returncode not in (0, foreign.UNRESOLVED):
            raise _no_index()
        if done.returncode:
            self.cannot = "cannot be installed"
        else:
            made.touch()

    def _experiments(self, names: list[str]) -> dict[str, Any]:
        done = foreign.run(self._program, "-E", "-B", "-m", FOLDER.name, *names)
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
        _new_environment(folder, "--seed")
        (folder / "made").touch()
    asked = foreign.run(
        *(folder / "bin" / "python", "-E", "-m", "pip", "index", "versions", package),
        "--ignore-requires-python",
    )
    found = [line for line in asked.stdout.splitlines() if line.startswith("Available versions: ")]
    if not found:
        raise _no_index()
    return found[0].removeprefix("Available versions: ").split(", ")[::-1]


def interpreter(python: str) -> Path:
    """The program of that Python, "3.6"; raises UserError where there is none that runs."""
    found = foreign.interpreter(python)
    if found is None:
        raise UserError(
            f"The museum needs Python {python}, and there is none: `pyenv install {python}` "
            "builds it."
        )
    return found


def _new_environment(folder: Path, *options: object) -> None:
    if foreign.new_environment(folder, *options).returncode:
        raise _no_index()


def _no_index() -> UserError:
    return UserError(
        "Installing for the museum failed; is a package index reachable? Then run the command "
        "again: it goes on where it was."
    )
