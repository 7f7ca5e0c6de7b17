"""What a README says, as HTML: sections, questions with answers, footnotes."""

import re
from dataclasses import dataclass, field

from runner.catalogue import Demo
from runner.show.web import markup
from runner.story.prose import FOOTNOTE, sections_of

LINK_TO_DEMO = re.compile(r'href="\.\./(\d\d)_\w+/(?:README\.md)?"')
TEST = re.compile(r"<code>(test_\w+)</code>")


@dataclass
class Footnote:
    """One footnote: its name, and what it says."""

    name: str
    html: str


@dataclass
class Prose:
    """The README of one demo, by section, as HTML."""

    aloud: str = ""
    wrong: list[str] = field(default_factory=list)
    next: list[tuple[str, str]] = field(default_factory=list)
    footnotes: list[Footnote] = field(default_factory=list)


def prose_of(demo: Demo) -> Prose:
    """Read the demo's README; a section that is not there stays empty."""
    found = Prose()
    sections = {section.name: section for section in sections_of(demo.folder / "README.md")}
    if sources := sections.get("Sources"):
        for passage in sources.passages():
            if mark := FOOTNOTE.match(passage.text):
                text = passage.text[mark.end() :].removeprefix(":")
                note = markup.inline(text, lambda html: _linked(TEST.sub(_link_to_test, html)))
                found.footnotes.append(Footnote(mark[1], note))
    numbers = {note.name: number for number, note in enumerate(found.footnotes, 1)}

    def with_marks(html: str) -> str:
        return _linked(FOOTNOTE.sub(lambda mark: _mark(mark[1], numbers), html))

    if aloud := sections.get("Say it aloud"):
        found.aloud = markup.paragraphs(aloud.text, with_marks)
    if wrong := sections.get("What most answers get wrong"):
        found.wrong = [
            markup.inline(passage.text.removeprefix("- "), with_marks)
            for passage in wrong.passages()
        ]
    if asked := sections.get("What they ask next"):
        found.next = [
            (markup.inline(question), markup.paragraphs(answer, with_marks))
            for question, answer in asked.questions()
        ]
    return found


def _mark(name: str, numbers: dict[str, int]) -> str:
    number = numbers.get(name, 0)
    return f'<a class="mark" href="#fn-{name}" aria-label="source {number}">{number}</a>'


def _link_to_test(name: re.Match[str]) -> str:
    return f'<a href="#{name[1]}"><code>{name[1]}</code></a>'


def _linked(html: str) -> str:
    """Links to the READMEs of other demos become links to their pages."""
    return LINK_TO_DEMO.sub(r'href="\1.html"', html)
