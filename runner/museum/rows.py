"""What museum/ says of itself: its rows, and what each release runs on."""

import tomllib
from dataclasses import dataclass
from typing import Any

from packaging.version import Version

from runner.catalogue import ROOT

FOLDER = ROOT / "museum"
NEWEST = "99999"


@dataclass(frozen=True)
class Row:
    """One behaviour that changed with a release. `name` is its module and function in museum/."""

    name: str
    demos: tuple[str, ...]
    package: str
    older: str
    newer: str
    first: str = "0"
    last: str = NEWEST
    beside: tuple[str, ...] = ()  # what the experiment needs more, as requirements

    def is_about(self, release: str) -> bool:
        return within(release, self.first, self.last)

    def runs_with(self, other: "Row") -> bool:
        """Whether both experiments run in the same environments, so that one process does both."""
        return (self.package, self.beside) == (other.package, other.beside)


@dataclass(frozen=True)
class Era:
    """Releases of a package that run on one Python, beside the same other packages."""

    package: str
    first: str
    python: str
    last: str = NEWEST
    beside: tuple[str, ...] = ()

    def has(self, release: str) -> bool:
        return within(release, self.first, self.last)


def within(release: str, first: str, last: str) -> bool:
    return Version(first) <= Version(release) <= Version(last)


def rows() -> list[Row]:
    """The rows of museum.toml, in its order."""
    modules = tomllib.loads((FOLDER / "museum.toml").read_text("utf-8"))
    return [
        Row(name=f"{module}.{function}", **_frozen(row))
        for module, functions in modules.items()
        for function, row in functions.items()
    ]


def eras() -> list[Era]:
    """The eras of eras.toml; of one package the oldest comes first."""
    packages = tomllib.loads((FOLDER / "eras.toml").read_text("utf-8"))
    return [
        Era(package=package, **_frozen(era)) for package, found in packages.items() for era in found
    ]


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in table.items()
    }
