"""What `make check` prints: one fault, with its place."""

from dataclasses import dataclass
from pathlib import Path

from runner.catalogue import ROOT


@dataclass(frozen=True)
class Fault:
    """Something to fix in this file, or in this folder as a whole (line 0)."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        place = f"{self.path.relative_to(ROOT)}"
        return f"{place}:{self.line}: {self.text}" if self.line else f"{place}: {self.text}"


def line_of(text: str, position: int) -> int:
    """The number of the line on which this position of the text stands."""
    return text.count("\n", 0, position) + 1
