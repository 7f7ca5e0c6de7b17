"""Looks at the releases of one row, and says what was seen of which."""

from collections.abc import Callable, Sequence
from typing import Any

from runner.museum.bisect import changes
from runner.museum.environments import environment, interpreter, offered
from runner.museum.rows import Era, Row, eras
from runner.versions.foreign import release_of

Say = Callable[[str], None]


class Look:
    """The releases of one row, and what they were seen to do.

    `names` are the experiments that run in one process: this row's and those of rows like it.
    `say` is told what is looked at.
    """

    def __init__(self, row: Row, names: Sequence[str], say: Say) -> None:
        self.row = row
        self.names = tuple(names)
        self.say = say
        self.eras = [era for era in eras() if era.package == row.package]
        self.releases = [
            release
            for release in offered(row.package)
            if row.is_about(release) and any(era.has(release) for era in self.eras)
        ]
        self.behaviours: dict[str, str | None] = {}
        self.left_out: dict[str, str] = {}

    def result(self) -> dict[str, Any]:
        """What the releases did: the span that was looked at, its changes, and what was left out.

        Raises UserError where the index cannot be asked or an interpreter is missing.
        """
        found = [self.told(each.before, each.after) for each in changes(self.releases, self.see)]
        looked_at = [release for release in self.releases if self.behaviours.get(release)]
        return {
            "first": looked_at[0],
            "last": looked_at[-1],
            "looked_at": len(looked_at),
            "changes": found,
            "left_out": {
                release: self.left_out[release]
                for release in self.releases
                if release in self.left_out
            },
        }

    def see(self, release: str) -> str | None:
        """How the release behaves, in the newest era that has it; None where it cannot run."""
        if release not in self.behaviours:
            era = [era for era in self.eras if era.has(release)][-1]
            self.behaviours[release] = self.see_in(era, release)
        return self.behaviours[release]

    def see_in(self, era: Era, release: str) -> str | None:
        self.say(f"{self.row.name}: {self.row.package} {release}")
        package = f"{self.row.package}=={release}"
        place = environment(era.python, (*era.beside, *self.row.beside, package))
        seen = place.seen(self.names)[self.row.name]
        if isinstance(seen, dict):
            self.left_out[release] = seen["failed"]
            return None
        return seen

    def told(self, before: str, after: str) -> dict[str, Any]:
        """A change, with what both releases did in one and the same era; eras.toml must have it."""
        era = [era for era in self.eras if era.has(before) and era.has(after)][-1]
        return {
            "before": before,
            "after": after,
            "seen": [self.see_in(era, release) for release in (before, after)],
            "python": release_of(interpreter(era.python)),
            "beside": sorted((*era.beside, *self.row.beside)),
        }
