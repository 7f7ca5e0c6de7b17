"""What was seen of a demo in a column, kept below .versions/ until anything it is of changes."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from runner.catalogue import ROOT, Demo
from runner.recording.model import Case, Failure
from runner.versions.environment import Environment

# What a verdict can depend on, besides the demo and what is installed.
PARTS = (
    *("config", "shop", "runner/recording", "runner/support"),
    *("conftest.py", "pyproject.toml", "runner/marks.py", "runner/catalogue.py"),
    "runner/versions/results.py",
)


@dataclass
class Result:
    """Of each test of a demo that did not pass its case; `unimported` says why none could run.

    What is red was so in each of the `runs`.
    """

    cases: dict[str, Case] = field(default_factory=dict)
    unimported: str = ""
    runs: int = 1

    @property
    def is_doubtful(self) -> bool:
        """Whether it is red, and was seen once: a busy machine can do that too."""
        is_red = any(case.outcome == "failed" for case in self.cases.values())
        return self.runs == 1 and bool(is_red or self.unimported)


class Shelf:
    """The results of one column."""

    def __init__(self, environment: Environment) -> None:
        self.folder = environment.folder / "results"
        self.pins = environment.pair.pinned

    def file_of(self, demo: Demo) -> Path:
        told = hashlib.sha256(f"{self.pins}\0{_digest(ROOT)}\0".encode())
        for file in sorted(demo.folder.rglob("*.py")):
            told.update(file.name.encode() + b"\0" + file.read_bytes())
        return self.folder / f"{demo.number}-{told.hexdigest()[:16]}.json"

    def find(self, demo: Demo) -> Result | None:
        """The result of the demo as it is now; None where it has to be played."""
        file = self.file_of(demo)
        if not file.exists():
            return None
        plain = json.loads(file.read_text("utf-8"))
        cases = {test: _case(case) for test, case in plain["cases"].items()}
        return Result(**plain | {"cases": cases})

    def keep(self, file: Path, result: Result) -> None:
        """Keep a result in this file, in place of older ones of the demo."""
        self.folder.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(".new")
        new.write_text(json.dumps(asdict(result), indent=1), "utf-8")
        for old in self.folder.glob(f"{file.name[:2]}-*.json"):
            old.unlink()
        new.replace(file)


def _case(plain: dict[str, Any]) -> Case:
    return Case(**plain | {"failure": plain["failure"] and Failure(**plain["failure"])})


@cache
def _digest(root: Path) -> str:
    told = hashlib.sha256()
    for part in PARTS:
        files = sorted((root / part).rglob("*.py")) if (root / part).is_dir() else [root / part]
        for file in files:
            told.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes())
    return told.hexdigest()
