"""The claims of all demos as questions: what is asked, the verdict, why, and the evidence.

They come from what is written: tests and transcripts. Nothing is run for them.
"""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from runner.catalogue import Demo
from runner.story.words import SIGNS, releases

VERDICT = re.compile(rf"^    [{''.join(SIGNS.values())}▲] ")
SCENE = re.compile(r"^ {1,2}(?:\d+|▲)  (?=\S)")
TRANSCRIPT = re.compile(r"<!-- transcript: .*?-->\n```text\n(.*?)\n```", re.DOTALL)


@dataclass(frozen=True)
class Question:
    """One claim of the usual answer. `key` names it in the progress of a learner."""

    demo: Demo
    test: str
    claim: str
    verdict: str
    why: str
    releases: str  # "since DRF 3.18", mostly empty

    @property
    def key(self) -> str:
        return f"{self.demo.number}/{self.test}"

    @cached_property
    def evidence(self) -> str:
        """What its test did: the lines of the transcript between the claim and the verdict."""
        return evidence_of(self.demo).get(self.test, "")


def questions_of(demos: Iterable[Demo]) -> list[Question]:
    """All claims of these demos, in their order."""
    return [question for demo in demos for question in _questions_of(demo)]


def _questions_of(demo: Demo) -> list[Question]:
    whys = whys_of(demo)
    return [
        Question(
            demo=demo,
            test=claim.test,
            claim=claim.text,
            verdict=claim.verdict,
            why=whys[claim.test],
            releases=releases(claim.since, claim.until),
        )
        for claim in demo.claims
        if claim.kind == "claim"
    ]


def whys_of(demo: Demo) -> dict[str, str]:
    """Why the verdict of each test is what it is: its docstring, on one line."""
    return {test.name: " ".join((ast.get_docstring(test) or "").split()) for test in demo.tests}


def evidence_of(demo: Demo) -> dict[str, str]:
    """What the transcript in the demo's README shows for each claim and trap, by its test: the
    exchanges, SQL, tables and lanes, as text. One that only measured has the bars of the end.

    Empty where transcript and tests do not fit.
    """
    readme = demo.folder / "README.md"
    found = TRANSCRIPT.search(readme.read_text("utf-8")) if readme.exists() else None
    scenes: list[list[str]] = []
    before = ""
    for line in found[1].splitlines() if found else []:
        if SCENE.match(line) and not before:
            scenes.append([])
        elif scenes:
            scenes[-1].append(line)
        before = line
    tests = [claim.test for claim in demo.claims]
    if len(scenes) != len(tests):
        return {}
    bars = _bars(scenes[-1])
    return {test: _shown(lines) or bars for test, lines in zip(tests, scenes, strict=True)}


def _shown(lines: list[str]) -> str:
    """What stands between the claim, which may have several lines, and the verdict."""
    end = next((n for n, line in enumerate(lines) if VERDICT.match(line)), len(lines))
    return "\n".join(["", *lines[:end]]).partition("\n\n")[2].strip("\n")


def _bars(lines: list[str]) -> str:
    """What stands between the last verdict and the answer, corrected."""
    verdict = next((n for n, line in enumerate(lines) if VERDICT.match(line)), len(lines))
    text = "\n".join(lines[verdict:])
    return text.partition("\n\n")[2].partition("\n\n The answer, corrected")[0]
