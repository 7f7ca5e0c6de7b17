"""Checks a README: its shape, and that each sentence which needs a proof has one."""

import re
from collections.abc import Iterator

from runner.catalogue import Demo
from runner.proofs.faults import Fault
from runner.proofs.sources import faults_of_proof
from runner.show.readme import marks
from runner.story.prose import BEGINNINGS, SECTIONS, Passage, Section, sections_of

WORDS_PER_MINUTE = 130
GENERATED = {"The usual answer": "answer", "What you see": "transcript"}
# What stands in "Sources" before the footnotes, for readers of the rendered page.
LEAD = "GitHub shows these footnotes at the end of the page."
DEFINITION = re.compile(r"\[\^([\w-]+)\]: (.+)", re.DOTALL)


def faults_of_readme(demo: Demo) -> Iterator[Fault]:
    readme = demo.folder / "README.md"
    if not readme.read_text("utf-8").startswith(f"# {demo.number} · "):
        yield Fault(readme, 1, f"this is not `# {demo.number} · ` and the question")
    found = sections_of(readme)
    names = [section.name for section in found]
    for name in SECTIONS:
        if name not in names:
            yield Fault(readme, 0, f"has no `## {name}`")
    known = [name for name in names if name in SECTIONS]
    for section in found:
        if section.name not in SECTIONS:
            yield Fault(readme, section.line, f"`## {section.name}` is none of the six sections")
    if known != sorted(known, key=SECTIONS.index):
        yield Fault(readme, 0, f"has its sections in another order than {', '.join(SECTIONS)}")
    sections = {section.name: section for section in found}
    for section in sections.values():
        yield from (Fault(readme, line, text) for line, text in _faults_of_section(section))
    yield from (Fault(readme, line, text) for line, text in _faults_of_footnotes(demo, sections))


def _faults_of_section(section: Section) -> Iterator[tuple[int, str]]:
    if part := GENERATED.get(section.name):
        if part not in section.parts:
            begin, end = marks(part)
            yield section.line, f"`## {section.name}` lacks the lines {begin} and {end}"
        if section.text.strip():
            yield section.line, f"`## {section.name}` holds more than its generated part"
    elif section.name in SECTIONS and not section.text.strip():
        yield section.line, f"there is nothing below `## {section.name}`"
    if section.name == "Say it aloud":
        words = len(re.sub(r"\[\^[\w-]+\]", "", section.text).split())
        if words > WORDS_PER_MINUTE:
            yield section.line, f"this takes over a minute to say: {words} words of 130"
    elif section.name == "What most answers get wrong":
        yield from _faults_of_passages(section, "bullet", "bullet")
    elif section.name == "What they ask next":
        yield from _faults_of_passages(section, "question in bold", "answer")


def _faults_of_passages(section: Section, kind: str, proven: str) -> Iterator[tuple[int, str]]:
    for passage in section.passages():
        if not passage.text.startswith(BEGINNINGS[section.name]):
            yield passage.line, f"this text belongs to no {kind}"
        elif not passage.footnotes:
            yield passage.line, f"this {proven} has no footnote"


def _faults_of_footnotes(demo: Demo, sections: dict[str, Section]) -> Iterator[tuple[int, str]]:
    sources = sections.pop("Sources", None)
    definitions: dict[str, Passage] = {}
    for passage in sources.passages() if sources else []:
        definition = DEFINITION.fullmatch(passage.text)
        if not definition:
            if passage.text.strip() != LEAD:
                yield passage.line, "this is not a footnote, `[^name]: ` and its proof"
            continue
        name, proofs = definition.groups()
        if name in definitions:
            yield passage.line, f"the footnote {name} is defined twice"
        definitions[name] = passage
        for proof in re.split(r";\s+", " ".join(proofs.split())):
            yield from ((passage.line, fault) for fault in faults_of_proof(proof, demo))
    used = {name: line for section in sections.values() for name, line in _uses(section)}
    for name in used.keys() - definitions.keys():
        yield used[name], f"the footnote {name} is not defined"
    for name in definitions.keys() - used.keys():
        yield definitions[name].line, f"the footnote {name} is not used"


def _uses(section: Section) -> Iterator[tuple[str, int]]:
    """The footnotes of a section, each with its line."""
    for line, text in enumerate(section.text.splitlines(), section.line + 1):
        yield from ((name, line) for name in Passage(line, text).footnotes)
