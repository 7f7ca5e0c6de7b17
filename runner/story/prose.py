"""The prose of a README: its sections, what stands in them, and their footnotes.

Generated parts are blank here. Line numbers are those of the file.
"""

import re
from dataclasses import dataclass
from pathlib import Path

SECTIONS = (
    "The usual answer",
    "Say it aloud",
    "What most answers get wrong",
    "What they ask next",
    "Sources",
    "What you see",
)
# What begins a passage in these sections: a bullet, a question, a footnote.
BEGINNINGS = {
    "What most answers get wrong": "- ",
    "What they ask next": "**",
    "Sources": "[^",
}
GENERATED = re.compile(r"<!-- (\w+): make docs writes this -->.*?<!-- /\1 -->", re.DOTALL)
FOOTNOTE = re.compile(r"\[\^([\w-]+)\]")
QUESTION = re.compile(r"\*\*(.+?)\*\*\s*(.*)", re.DOTALL)


@dataclass(frozen=True)
class Passage:
    """Text that stands together, and the line on which it begins."""

    line: int
    text: str

    @property
    def footnotes(self) -> list[str]:
        """The names of the footnotes in it, in the order of the text."""
        return FOOTNOTE.findall(self.text)


@dataclass(frozen=True)
class Section(Passage):
    """What stands below a `## ` heading; `line` is that of the heading."""

    name: str
    parts: tuple[str, ...]  # the generated parts in it

    def passages(self) -> list[Passage]:
        """Its bullets, questions or footnotes. Text before the first is a passage as well."""
        beginning = BEGINNINGS[self.name]
        found: list[Passage] = []
        for line, text in enumerate(self.text.splitlines(), self.line + 1):
            if found and not text.startswith(beginning):
                found[-1] = Passage(found[-1].line, f"{found[-1].text}\n{text}")
            elif text.strip():
                found.append(Passage(line, text))
        return found

    def questions(self) -> list[tuple[str, str]]:
        """Its questions, each with its answer."""
        pairs = [QUESTION.match(passage.text) for passage in self.passages()]
        return [(pair[1], pair[2]) for pair in pairs if pair]


def sections_of(readme: Path) -> list[Section]:
    """The sections of this file, in the order of the file."""
    text = readme.read_text("utf-8")
    headings = [*re.finditer(r"^## (.+)\n", text, re.MULTILINE)]
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    sections = []
    for heading, end in zip(headings, ends, strict=True):
        below = text[heading.end() : end]
        sections.append(
            Section(
                line=text.count("\n", 0, heading.start()) + 1,
                text=without_generated(below),
                name=heading[1],
                parts=tuple(part[1] for part in GENERATED.finditer(below)),
            )
        )
    return sections


def without_generated(text: str) -> str:
    """The text with as many empty lines in place of each generated part."""
    return GENERATED.sub(lambda part: "\n" * part[0].count("\n"), text)
