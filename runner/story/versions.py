"""What older and newer releases do: the data of `make versions`, and the rows of the museum."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from runner.catalogue import ROOT

# What the marks call a package, and its name in the pins.
PACKAGES = {
    "Django": "django",
    "DRF": "djangorestframework",
    "Simple JWT": "djangorestframework-simplejwt",
    "PyJWT": "pyjwt",
}
FILE = ROOT / "docs" / "versions.json"
MUSEUM = ROOT / "docs" / "museum.json"
HOLDS, DIFFERS, WORDING = "holds", "differs", "wording only"
NO_INSTALL, NO_IMPORT, NOT_TRIED = "cannot install", "cannot import", "not tried"
RED = (DIFFERS, WORDING)
STATES = {
    HOLDS: "✔",
    DIFFERS: "≠",
    WORDING: "≈",
    NO_INSTALL: "∅",
    NO_IMPORT: "∅",
    NOT_TRIED: "–",
}


@dataclass(frozen=True)
class Cell:
    """What one test came to in one column. `seen` and `expected` are the two sides of what was
    red; `reason` says why there is no answer."""

    state: str = HOLDS
    seen: str = ""
    expected: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Aside:
    """Words for what differs in a test. With `since` or `until` it is not what the claim or trap is
    about, which has no mark then."""

    older: str
    newer: str
    since: str = ""
    until: str = ""


@dataclass
class Column:
    """Releases that were installed together, and what came of it.

    `releases` has those of Python, Django and DRF, and of what else is not the one of the pins.
    `demos` are the demos that were played; empty: all of them. `state` is empty where they were,
    and `unimported` has the reason of each demo that this column cannot import.
    """

    name: str
    releases: dict[str, str]
    demos: list[str] = field(default_factory=list)
    state: str = ""
    reason: str = ""
    pins: str = ""  # the file that had exactly these releases, if one had
    alone: str = ""  # why what differs here alone came with no release
    unimported: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)  # those that other columns differ in
    differs: dict[str, dict[str, Cell]] = field(default_factory=dict)  # by demo and test

    def plays(self, demo: str) -> bool:
        return not self.demos or demo in self.demos

    def cell(self, demo: str, test: str) -> Cell:
        """What this test of this demo came to."""
        if not self.plays(demo):
            return Cell(NOT_TRIED, reason="this column does not play the demo")
        if self.state:
            return Cell(self.state, reason=self.reason)
        if demo in self.unimported:
            return Cell(NO_IMPORT, reason=self.unimported[demo])
        return self.differs.get(demo, {}).get(test, Cell())


@dataclass
class Versions:
    """All columns, the oldest first, and the names of all claims and traps, by demo."""

    columns: list[Column] = field(default_factory=list)
    tests: dict[str, list[str]] = field(default_factory=dict)
    services: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)  # the same in all columns
    asides: dict[str, dict[str, Aside]] = field(default_factory=dict)  # by demo and test

    def wide(self) -> list[Column]:
        """The columns that played all demos."""
        return [column for column in self.columns if not column.demos and not column.state]

    def release(self, column: Column, label: str) -> str:
        """The release of what the marks call DRF, Simple JWT or django-filter in this column;
        empty where it is not known."""
        installed = self.packages | column.packages
        return column.releases.get(label) or installed.get(PACKAGES.get(label, label), "")

    def differing(self, demo: str) -> list[str]:
        """The tests of this demo that do not hold in every column, in the order of the data."""
        return [
            test
            for test in self.tests.get(demo, [])
            if any(column.cell(demo, test).state in RED for column in self.columns)
        ]

    def to_json(self) -> str:
        """The data as text: one line for a column's cell, so that a change reads well in a diff."""
        return json.dumps(bare(asdict(self)), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Versions":
        data = json.loads(text)
        data["columns"] = [_column(plain) for plain in data["columns"]]
        data["asides"] = {
            demo: {test: Aside(**aside) for test, aside in tests.items()}
            for demo, tests in data.get("asides", {}).items()
        }
        return cls(**data)


def bare(value: Any) -> Any:
    """The value without what is empty."""
    if isinstance(value, dict):
        return {name: bare(item) for name, item in value.items() if item not in ("", [], {})}
    return [bare(item) for item in value] if isinstance(value, list) else value


def _column(plain: dict[str, Any]) -> Column:
    differs = {
        demo: {test: Cell(**cell) for test, cell in cells.items()}
        for demo, cells in plain.get("differs", {}).items()
    }
    return Column(**plain | {"differs": differs})


def read_versions(file: Path = FILE) -> Versions:
    """The committed data; without columns where there is none yet."""
    return Versions.from_json(file.read_text("utf-8")) if file.exists() else Versions()


@dataclass(frozen=True)
class Exhibit:
    """One row of the museum: a behaviour that changed below what the demos can run on."""

    demos: tuple[str, ...]
    package: str
    older: str
    newer: str
    when: str  # "since DRF 3.2"
    last_older: str
    releases: tuple[str, ...]  # with which it changed


def read_museum(file: Path = MUSEUM) -> list[Exhibit]:
    """The rows of the museum in their order; none where it has not been visited yet."""
    rows = json.loads(file.read_text("utf-8"))["rows"] if file.exists() else []
    return [
        Exhibit(
            demos=tuple(row["demos"]),
            package=row["package"],
            older=row["older"],
            newer=row["newer"],
            when=row["when"],
            last_older=row["last_older"],
            releases=tuple(change["after"] for change in row["changes"]),
        )
        for row in rows
    ]
