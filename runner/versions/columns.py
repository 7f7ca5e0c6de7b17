"""Which releases are tried together: columns.toml, with the releases of the pins filled in."""

import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from packaging.version import Version

from runner.catalogue import ROOT
from runner.proofs.release_faults import PIN, releases_in
from runner.story.versions import PACKAGES, Aside, Versions

FILE = Path(__file__).with_name("columns.toml")


@dataclass(frozen=True)
class Pair:
    """The releases of one column: those that differ from the pins, by the name of the package."""

    python: str
    pins: str
    changed: dict[str, str] = field(default_factory=dict, hash=False)
    demos: tuple[str, ...] = ()
    alone: str = ""

    @cached_property
    def pinned(self) -> str:
        """The text of the pins, with the releases of this column."""
        text = PIN.sub(self._pin, (ROOT / self.pins).read_text("utf-8"))
        known = releases_in(text)
        more = [f"{name}=={release}" for name, release in self.changed.items() if name not in known]
        return "\n".join([text.rstrip("\n"), *more, ""])

    def _pin(self, pin: re.Match[str]) -> str:
        name, release, marker = pin.groups()
        return f"{name}=={self.changed.get(name, release)}{marker}"

    @cached_property
    def releases(self) -> dict[str, str]:
        """Those of Django and DRF."""
        known = releases_in(self.pinned)
        return {label: known[PACKAGES[label]] for label in ("Django", "DRF")}

    @property
    def name(self) -> str:
        """ "Django 5.2.19 + DRF 3.18.3"; of a column with few demos also what else it changes."""
        others = {n: r for n, r in self.changed.items() if n not in PACKAGES.values()}
        named = self.releases | (others if self.demos else {})
        return " + ".join(f"{label} {release}" for label, release in named.items())

    def plays(self, demo: str) -> bool:
        return not self.demos or demo in self.demos

    @property
    def is_pinned(self) -> bool:
        """Whether it is what `make test` or `make newest` runs on."""
        return not self.changed and not self.demos


def read_pairs(file: Path = FILE) -> list[Pair]:
    """All columns, the oldest first: by the release of DRF, then by that of Django."""
    tables = tomllib.loads(file.read_text("utf-8"))["column"]
    return sorted(map(_pair, tables), key=_age)


def read_asides(file: Path = FILE) -> dict[str, dict[str, Aside]]:
    """What differs beside the claims, by demo and test."""
    found: dict[str, dict[str, Aside]] = {}
    for table in tomllib.loads(file.read_text("utf-8")).get("aside", []):
        demo, tests = table.pop("demo"), table.pop("tests")
        found.setdefault(demo, {}).update(dict.fromkeys(tests, Aside(**table)))
    return found


def _pair(table: dict) -> Pair:
    named = {PACKAGES["Django"]: table.get("django"), PACKAGES["DRF"]: table.get("drf")}
    changed = {name: release for name, release in named.items() if release}
    return Pair(
        python=table["python"],
        pins=table["pins"],
        changed=changed | table.get("with", {}),
        demos=tuple(table.get("demos", ())),
        alone=table.get("alone", ""),
    )


def _age(pair: Pair) -> list[Version]:
    return [Version(pair.releases[label]) for label in ("DRF", "Django")]


def keep_former(versions: Versions, file: Path = FILE) -> list[str]:
    """Add the columns of the data that were those of the pins, where the pins have moved; returns
    their names."""
    there = {pair.name for pair in read_pairs(file)}
    former = [c for c in versions.columns if c.pins and c.name not in there]
    for column in former:
        python = ".".join(column.releases["Python"].split(".")[:2])
        text = f'\n[[column]]\npython = "{python}"\npins = "{column.pins}"\n'
        text += "".join(
            f'{label.lower()} = "{column.releases[label]}"\n' for label in ("Django", "DRF")
        )
        file.write_text(file.read_text("utf-8") + text, "utf-8")
    return [column.name for column in former]
