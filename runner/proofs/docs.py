"""Writes what can be produced by running: the transcripts, and the index of the demos."""

import io
import re
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from runner.catalogue import ROOT, Demo, demo_after, find_demos
from runner.errors import UserError
from runner.recording.model import Recording
from runner.recording.run import rehearse
from runner.show import index, terminal
from runner.show.terminal import print_to
from runner.story.story import Options, Teller

CONSTRAINTS = ROOT / "constraints.txt"
SHOWN = ("django", "djangorestframework")  # the packages whose behaviour the transcripts tell
WIDTH = 80
EXCERPT = "07"  # the demo whose beginning stands in the top README
SCENES_IN_EXCERPT = 2


def transcript(demo: Demo, recording: Recording, scenes: int | None = None) -> str:
    """What `make demo-NN` prints, without what differs between machines: times and versions.

    `scenes` leaves out all scenes after the first ones.
    """
    paper = io.StringIO()
    console = Console(file=paper, width=WIDTH, highlight=False, color_system=None, _environ={})
    teller = Teller(demo, recording, Options(measured=False))
    print_to(console, terminal.opening(teller.opening()))
    for scene in teller.scenes[:scenes]:
        print_to(console, terminal.scene(teller.scene(scene)))
    if scenes:
        paper.write("\n …\n")
    print_to(console, terminal.closing(teller.closing(demo_after(demo))))
    return paper.getvalue().strip("\n")


def generated() -> dict[Path, str]:
    """Every file with generated parts, as it should read; runs all demos.

    Raises UserError where a demo is red, for nothing is written of a verdict that is not true;
    where scenes are missing; and where other versions are installed than CONSTRAINTS pins.
    """
    _refuse_other_versions()
    demos = find_demos()
    recording = rehearse("demos")
    recorded = {(scene.demo, scene.test) for scene in recording.scenes}
    for demo in demos:
        for claim in demo.claims:
            if (demo.number, claim.test) not in recorded:
                raise UserError(
                    f"The recording lacks {claim.test} of demo {demo.number}, so nothing is "
                    f"written; see what pytest says: `make test-{demo.number}`."
                )
    if red := [scene for scene in recording.scenes if scene.outcome != "passed"]:
        raise UserError(
            f"demo {red[0].demo}: {red[0].test} {red[0].outcome}; see it with "
            f"`make demo-{red[0].demo}`."
        )
    files = {}
    for demo in demos:
        readme = demo.folder / "README.md"
        files[readme] = _with_part(readme, "transcript", _fenced(transcript(demo, recording)))
    top = ROOT / "README.md"
    files[top] = _with_part(top, "index", index.markdown(demos))
    excerpt = next((demo for demo in demos if demo.number == EXCERPT), demos[0])
    said = _fenced(transcript(excerpt, recording, SCENES_IN_EXCERPT))
    files[top] = _with_part(top, "excerpt", said, files[top])
    return files


def _refuse_other_versions() -> None:
    for line in CONSTRAINTS.read_text("utf-8").splitlines():
        name, pinned = line.partition(";")[0].strip().split("==")
        if name in SHOWN and version(name) != pinned:
            raise UserError(
                f"What is generated belongs to {name} {pinned}, and {version(name)} is installed: "
                "`make docs` and `make check` use the pinned one."
            )


def _fenced(text: str) -> str:
    return f"```text\n{text}\n```"


def _with_part(file: Path, part: str, content: str, text: str | None = None) -> str:
    """The text of the file with what stands between its two marks of this name replaced."""
    text = file.read_text("utf-8") if text is None else text
    begin, end = f"<!-- {part}: make docs writes this -->", f"<!-- /{part} -->"
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not marked.search(text):
        raise UserError(f"{file.relative_to(ROOT)} lacks the lines {begin} and {end}.")
    return marked.sub(lambda _: f"{begin}\n{content}\n{end}", text)


def write() -> int:
    """`make docs`: bring all generated parts up to date; says which files changed. Returns 0."""
    for file, text in generated().items():
        if file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            print(f"wrote {file.relative_to(ROOT)}")
    return 0
