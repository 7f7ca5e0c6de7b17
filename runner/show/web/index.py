"""The index: the demos by topic, what is sought in them, and the ways through."""

import json
import re
from typing import Any

from runner.catalogue import Demo
from runner.story.topics import by_topic, read_topics
from runner.story.words import SIGNS, counted, verdicts

WORD = re.compile(r"\w[\w.]+")


def index_of(demos: list[Demo]) -> dict[str, Any]:
    """What the template of the index needs."""
    numbers = {demo.number: demo for demo in demos}
    claims = [c for demo in demos for c in demo.claims if c.kind == "claim"]
    traps = sum(c.kind == "trap" for demo in demos for c in demo.claims)
    return {
        "topics": [
            {"name": name, "demos": [_card(demo) for demo in group]}
            for name, group in by_topic(demos)
        ],
        "ways": [
            {"it": way, "demos": [numbers[n] for n in way.demos if n in numbers]}
            for way in read_topics().ways
        ],
        "tally": f"{counted(len(demos), 'demo')}, {counted(len(claims), 'claim')}: "
        f"{verdicts([claim.verdict for claim in claims])}. And {counted(traps, 'trap')}.",
        "needs": sorted({need for demo in demos for need in demo.needs}),
        "verdicts": SIGNS,
    }


def _card(demo: Demo) -> dict[str, Any]:
    return {
        "demo": demo,
        "verdicts": [claim.verdict for claim in demo.claims if claim.kind == "claim"],
        "needs": sorted(demo.needs),
    }


def words_of(demos: list[Demo]) -> str:
    """The words of each demo, for the search: a script that sets `WORDS`."""
    found = {demo.number: " ".join(sorted(_words(demo))) for demo in demos}
    return f"window.WORDS = {json.dumps(found, ensure_ascii=False, indent=0)};\n"


def _words(demo: Demo) -> set[str]:
    readme = (demo.folder / "README.md").read_text("utf-8").partition("## What you see")[0]
    told = " ".join([demo.slug, readme, *(f"{c.text} {c.verdict or ''}" for c in demo.claims)])
    return {word.casefold().strip(".") for word in WORD.findall(told)}
