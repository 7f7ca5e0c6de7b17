"""Writes what can be produced by running: usual answers, transcripts, and the index."""

import sys
from importlib.metadata import version
from pathlib import Path

from runner.catalogue import ROOT, Demo, find_demos
from runner.errors import UserError
from runner.proofs.scratch import Scratch, in_scratch_copies
from runner.recording.model import Recording
from runner.recording.run import rehearse
from runner.show import index, readme, versions
from runner.story.versions import read_museum, read_versions

CONSTRAINTS = ROOT / "constraints.txt"
PAGE = ROOT / "docs" / "VERSIONS.md"
SHOWN = ("django", "djangorestframework")  # the packages whose behaviour the transcripts tell
EXCERPT = "07"  # the demo whose beginning stands in the top README
SCENES_IN_EXCERPT = 2


def generated(recordings: dict[Demo, Recording], *, with_top: bool) -> dict[Path, dict[str, str]]:
    """The generated parts of each README, by name; with or without those of the top README."""
    demos = list(recordings)
    parts = {
        demo.folder / "README.md": {
            "answer": "\n\n".join(
                filter(None, [readme.usual_answer(demo), index.see_also(demo, find_demos())])
            ),
            "transcript": readme.transcript(demo, recording),
        }
        for demo, recording in recordings.items()
    }
    if with_top:
        excerpt = next((demo for demo in demos if demo.number == EXCERPT), demos[0])
        parts[ROOT / "README.md"] = {
            "index": index.markdown(demos),
            "excerpt": readme.transcript(excerpt, recordings[excerpt], SCENES_IN_EXCERPT),
        }
    return parts


def recordings_of(demos: list[Demo]) -> dict[Demo, Recording]:
    """Run these demos, and return what each showed.

    Raises UserError where a test is red or missing, and where other versions are installed than
    CONSTRAINTS pins.
    """
    _refuse_other_versions()
    recordings = dict(zip(demos, in_scratch_copies(_recorded, demos), strict=True))
    for demo, recording in recordings.items():
        refuse_unproven(demo, recording)
    return recordings


def _recorded(scratch: Scratch, demo: Demo) -> Recording:
    scratch.add(demo)
    return rehearse(demo.path, folder=scratch.folder, demo=demo)


def refuse_unproven(demo: Demo, recording: Recording) -> None:
    """Raise UserError where a claim or trap of this demo did not pass, or did not run."""
    outcomes = {scene.test: scene.outcome for scene in recording.scenes}
    for said in demo.claims:
        outcome = outcomes.get(said.test, "did not run")
        if outcome != "passed":
            raise UserError(
                f"demo {demo.number}: {said.test} {outcome}; see it with `make demo-{demo.number}`."
            )


def _refuse_other_versions() -> None:
    for line in CONSTRAINTS.read_text("utf-8").splitlines():
        name, pinned = line.partition(";")[0].strip().split("==")
        if name in SHOWN and version(name) != pinned:
            raise UserError(
                f"What is generated belongs to {name} {pinned}, and {version(name)} is installed: "
                "`make docs` and `make check` use the pinned one."
            )


def renewed(file: Path, parts: dict[str, str]) -> str:
    """The text of the file with these parts up to date; a part without marks is left out."""
    text = file.read_text("utf-8")
    for part, content in parts.items():
        text = readme.with_part(text, part, content)
    return text


def main(only: Demo | None = None) -> int:
    """`make docs`: bring the generated parts up to date, of all READMEs or of this demo's.

    Prints which files changed. Returns 0, or 1 where a README lacks the marks of a part.
    """
    missing = False
    recordings = recordings_of([only] if only else find_demos())
    for file, parts in generated(recordings, with_top=not only).items():
        shown = file.relative_to(ROOT)
        for part in parts:
            if readme.lacks(file.read_text("utf-8"), part):
                begin, end = readme.marks(part)
                print(f"{shown} lacks the lines {begin} and {end}", file=sys.stderr)
                missing = True
        _write(file, renewed(file, parts))
    if not only:
        _write(PAGE, page_of_versions(find_demos()))
    return 1 if missing else 0


def _write(file: Path, text: str) -> None:
    if is_stale(file, text):
        file.write_text(text, "utf-8")
        print(f"wrote {file.relative_to(ROOT)}")


def is_stale(file: Path, text: str) -> bool:
    """Whether the file holds anything but this text, or is not there."""
    return not file.exists() or file.read_text("utf-8") != text


def page_of_versions(demos: list[Demo]) -> str:
    """The text of PAGE, by the data that `make versions` left."""
    return versions.markdown(read_versions(), demos, read_museum())
