"""The pages: index, demo, break, present, verdicts. Each is text, made of plain data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.template import Context, Engine
from django.utils.safestring import mark_safe

from runner.catalogue import Demo
from runner.recording.model import Recording
from runner.show.web import markup
from runner.show.web.index import index_of, words_of
from runner.show.web.prose import prose_of
from runner.story.proof import tests_of
from runner.story.story import Teller
from runner.story.told import Options, Part, Request, ToldScene
from runner.story.topics import read_topics
from runner.story.words import SIGNS

FOLDER = Path(__file__).parent


@dataclass
class Broken:
    """One mutation as it is told: the diff, and the tests that go red by it."""

    breaks: str
    diff: str
    caught_by: Sequence[str]
    cures: bool


@dataclass
class Told:
    """One demo with all that its pages show."""

    demo: Demo
    recording: Recording
    broken: list[Broken] = field(default_factory=list)


def pages_of(everything: list[Told]) -> dict[str, str]:
    """The text of every page, by file name: all demos, the index, and what they share."""
    demos = [told.demo for told in everything]
    pages = {
        "index.html": _page("index.html", title="Cathay Shop demos", **index_of(demos)),
        "verdicts.html": _page("verdicts.html", title="Verdicts", rows=_verdict_rows(demos)),
        "search.js": words_of(demos),
        "site.css": (FOLDER / "templates" / "site.css").read_text("utf-8"),
        "site.js": (FOLDER / "templates" / "site.js").read_text("utf-8"),
    }
    for place, told in enumerate(everything):
        around = {
            "demo": told.demo,
            "before": demos[place - 1] if place else None,
            "after": demos[place + 1] if place + 1 < len(demos) else None,
        }
        pages |= _pages_of_demo(told, around, {demo.number: demo for demo in demos})
    return pages


def _pages_of_demo(told: Told, around: dict[str, Any], demos: dict[str, Demo]) -> dict[str, str]:
    demo, number = told.demo, told.demo.number
    teller = Teller(demo, told.recording, Options(code=True, measured=False))
    whole = Teller(demo, told.recording, Options(whole_sql=True, measured=False))
    tests = tests_of(demo)
    scenes = [
        _scene(teller.scene(scene), whole.scene(scene), tests[scene.test].text)
        for scene in teller.scenes
    ]
    also = [demos[n] for n in read_topics().see_also(number) if n in demos]
    title = f"{number} · {demo.question}"
    common = around | {
        "scenes": scenes,
        "opening": teller.opening(),
        "closing": teller.closing(),
        "prose": prose_of(demo),
        "comparisons": [
            {"it": comparison, "most": max(bar.value for bar in comparison.bars)}
            for comparison in teller.closing().comparisons
        ],
    }
    broken = [
        {"number": place, "it": each, "diff": mark_safe(markup.diff(each.diff.splitlines()))}
        for place, each in enumerate(told.broken, 1)
    ]
    return {
        f"{number}.html": _page("demo.html", title=title, also=also, **common),
        f"{number}-present.html": _page("present.html", title=title, **common),
        f"{number}-break.html": _page("break.html", title=title, broken=broken, **common),
    }


def _scene(told: ToldScene, whole: ToldScene, test: str) -> dict[str, Any]:
    return {
        "it": told,
        "parts": [_part(*pair) for pair in zip(told.parts, whole.parts, strict=True)],
        "test": mark_safe(markup.python(test)),
    }


def _part(part: Part, whole: Part) -> dict[str, Any]:
    kind = type(part).__name__.lower()
    drawn: dict[str, Any] = {"kind": kind, "it": part}
    if isinstance(part, Request):
        drawn["is_cut"] = part.statements != whole.statements
        drawn["whole"] = whole.statements
    if kind == "lanes":
        drawn["rows"] = [
            {
                "across": row.across,
                "cells": [
                    {
                        "cell": row.cells.get(lane.number),
                        "waits": lane.number in row.waiting,
                    }
                    for lane in part.lanes
                ],
            }
            for row in part.rows
        ]
    return drawn


def _verdict_rows(demos: list[Demo]) -> list[dict[str, Any]]:
    return [
        {"demo": demo, "claim": claim, "sign": SIGNS[claim.verdict]}
        for demo in demos
        for claim in demo.claims
        if claim.kind == "claim"
    ]


def _page(template: str, **context: Any) -> str:
    return _engine().get_template(template).render(Context(context, use_l10n=False))


@cache
def _engine() -> Engine:
    return Engine(
        dirs=[str(FOLDER / "templates")],
        libraries={"show": "runner.show.web.tags"},
        builtins=["runner.show.web.tags"],
    )
