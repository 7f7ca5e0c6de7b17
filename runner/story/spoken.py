"""What a demo has for a conversation: the question, the answer said aloud, and what comes next."""

import re
from dataclasses import dataclass

from runner.catalogue import Demo
from runner.story.prose import FOOTNOTE, sections_of

LINK = re.compile(r"\[([^\]]+)\]\((?:\.\./|https?:)[^)\s]*\)")


@dataclass(frozen=True)
class Spoken:
    """Each text is one line of Markdown without footnotes and links."""

    demo: Demo
    answer: str
    traps: list[str]
    next: list[tuple[str, str]]  # what they ask next, each with its answer


def spoken_of(demo: Demo) -> Spoken:
    """Read the demo's README and tests; a section that is not there is empty."""
    sections = {section.name: section for section in sections_of(demo.folder / "README.md")}
    aloud, asked = sections.get("Say it aloud"), sections.get("What they ask next")
    return Spoken(
        demo=demo,
        answer=_one_line(aloud.text) if aloud else "",
        traps=[claim.text for claim in demo.claims if claim.kind == "trap"],
        next=[(q, _one_line(answer)) for q, answer in asked.questions()] if asked else [],
    )


def _one_line(markdown: str) -> str:
    return " ".join(LINK.sub(r"\1", FOOTNOTE.sub("", markdown)).split())
