"""The generated parts of a README: the usual answer and the transcript."""

import io
import re

from rich.console import Console

from runner.catalogue import Demo, demo_after
from runner.recording.model import Recording
from runner.show import terminal
from runner.show.style import print_to
from runner.story.story import Teller
from runner.story.told import Options
from runner.story.words import SIGNS, releases

WIDTH = 80
MARKUP = re.compile(r"[\\*<\[`]|__")


def usual_answer(demo: Demo) -> str:
    """The claims as a numbered list in Markdown, each with the sign and word of its verdict."""
    claims = [said for said in demo.claims if said.kind == "claim"]
    return "\n".join(
        f"{number}. {MARKUP.sub(_escaped, claim.text)} · {SIGNS[claim.verdict]} {claim.verdict}"
        + (f" · {told}" if (told := releases(claim.since, claim.until)) else "")
        for number, claim in enumerate(claims, 1)
    )


def _escaped(markup: re.Match[str]) -> str:
    return "".join(f"\\{character}" for character in markup[0])


def transcript(demo: Demo, recording: Recording, scenes: int | None = None) -> str:
    """What `make demo-NN` prints, as a block of Markdown, without times and versions.

    `scenes` is the number of scenes shown; by default all.
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
    text = paper.getvalue().strip("\n")
    return f"```text\n{text}\n```"


def lacks(text: str, part: str) -> bool:
    """Whether the two marks of this part are missing."""
    return not _between(part).search(text)


def with_part(text: str, part: str, content: str) -> str:
    """The text with this content between the two marks of the part."""
    begin, end = marks(part)
    return _between(part).sub(lambda _: f"{begin}\n{content}\n{end}", text)


def marks(part: str) -> tuple[str, str]:
    """The lines before and after a generated part."""
    return f"<!-- {part}: make docs writes this -->", f"<!-- /{part} -->"


def _between(part: str) -> re.Pattern[str]:
    begin, end = map(re.escape, marks(part))
    return re.compile(f"{begin}.*?{end}", re.DOTALL)
