"""`make site`: the pages of all demos as files, made from one recorded run of everything."""

import shutil
from pathlib import Path

from runner.catalogue import ROOT, Demo, find_demos
from runner.errors import UserError
from runner.learn.exercises import exercises_of
from runner.learn.hints import hints_of, solution_of
from runner.proofs.docs import recordings_of
from runner.proofs.mutations import diff_of, mutations_of
from runner.show.web.learning import Exercise
from runner.show.web.pages import Broken, Told, pages_of
from runner.story.words import counted

BUILD = ROOT / "build" / "site"
MARK = ".made-by-make-site"  # what tells the folder from one of the user's own


def main(only: Demo | None = None) -> int:
    """Write the pages of all demos below build/site, or those of this one; returns 0.

    Raises UserError where a test is red, or where that folder holds what this command did not make.
    """
    told = [
        Told(demo, recording, broken_of(demo), hinted(demo))
        for demo, recording in recordings_of([only] if only else find_demos()).items()
    ]
    write(pages_of(told), BUILD)
    print(f"{counted(len(told), 'demo')}: open {BUILD.relative_to(ROOT)}/index.html")
    return 0


def broken_of(demo: Demo) -> list[Broken]:
    """The mutations of a demo, each with its diff."""
    return [
        Broken(each.breaks, diff_of(demo, each), each.caught_by, each.cures)
        for each in mutations_of(demo)
    ]


def hinted(demo: Demo) -> list[Exercise]:
    """The exercises of a demo, each with its hints and its solution."""
    return [
        Exercise(each.number, each.key, each.mutation.caught_by, hints_of(each), solution_of(each))
        for each in exercises_of(demo)
    ]


def write(pages: dict[str, str], folder: Path) -> None:
    """Write these pages into the folder, in place of those of an earlier run."""
    if folder.exists() and not (folder / MARK).exists():
        raise UserError(
            f"{folder} holds what `make site` did not make; move it away, or remove it."
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).touch()
    for name, text in pages.items():
        (folder / name).write_text(text, "utf-8", newline="\n")
