"""The pages: index, demo, break, present, verdicts, versions; with those for learning. Each is
text, made of plain data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import mark_safe

from runner.catalogue import Demo
from runner.recording.model import Recording, Scene
from runner.show.web import markup
from runner.show.web.drawing import TEMPLATES, around, draw
from runner.show.web.index import index_of, words_of
from runner.show.web.learning import SCRIPTS, Exercise, answers_script, asking_pages, fix_page
from runner.show.web.prose import prose_of
from runner.show.web.versions import page_of_versions, strip_of
from runner.story.proof import tests_of
from runner.story.story import Teller
from runner.story.told import Options, Part, Request
from runner.story.topics import read_topics
from runner.story.words import SIGNS


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
    exercises: list[Exercise] = field(default_factory=list)


def pages_of(everything: list[Told]) -> dict[str, str]:
    """The text of every page, by file name: all demos, the index, and what they share."""
    demos = [told.demo for told in everything]
    pages = shared_pages(demos)
    for told in everything:
        number = told.demo.number
        pages |= pages_of_demo(told, demos)
        pages[f"{number}-fix.html"] = fix_page(told.demo, told.exercises, demos)
        pages[f"{number}-learn.js"] = answers_script(told.demo)
    return pages


def shared_pages(demos: list[Demo], live: bool = False) -> dict[str, str]:
    """The pages that need no recording, and the files that all pages load."""
    pages = {
        "index.html": draw("index.html", title="All demos", live=live, **index_of(demos)),
        "verdicts.html": draw(
            "verdicts.html", title="Verdicts", live=live, rows=_verdict_rows(demos)
        ),
        "versions.html": draw(
            "versions.html", title="Versions", live=live, **page_of_versions(demos)
        ),
        "search.js": words_of(demos),
        **asking_pages(demos, live),
    }
    of_live = ("live.js", "class.js") if live else ()
    loaded = ("site.css", "site.js", "icon.svg", *SCRIPTS, *of_live)
    return pages | {name: (TEMPLATES / name).read_text("utf-8") for name in loaded}


def pages_of_demo(told: Told, demos: list[Demo], live: bool = False) -> dict[str, str]:
    """The three pages of one demo. Live, they have buttons that run and break it."""
    demo, number = told.demo, told.demo.number
    teller, whole = _tellers(demo, told.recording)
    tests = tests_of(demo)
    common = {
        **around(demo, demos),
        "title": f"{number} · {demo.question}",
        "live": live,
        "scenes": [_scene(teller, whole, scene, tests) for scene in teller.scenes],
        "opening": teller.opening(),
        "closing": teller.closing(),
        "prose": prose_of(demo),
        "strip": strip_of(demo),
        "also": [d for d in demos if d.number in read_topics().see_also(number)],
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
        f"{number}.html": draw("demo.html", **common),
        f"{number}-present.html": draw("present.html", **common),
        f"{number}-break.html": draw("break.html", broken=broken, **common),
    }


def waiting_page(demo: Demo, job: int, reason: str) -> str:
    """What stands in the place of a page while this run records the demo, or why there is none."""
    return draw("waiting.html", title=demo.question, demo=demo, job=job, reason=reason, live=True)


def scene_html(demo: Demo, recording: Recording, scene: Scene) -> str:
    """One scene as it stands on the page of its demo."""
    told = _scene(*_tellers(demo, recording), scene, tests_of(demo))
    return draw("scene.html", scene=told)


def class_page(template: str, **context: Any) -> str:
    """A page of the class."""
    return draw(template, live=True, root="/", verdicts=SIGNS, **context)


def _tellers(demo: Demo, recording: Recording) -> tuple[Teller, Teller]:
    """One that tells the pages what to show, and one that tells whole SQL."""
    return (
        Teller(demo, recording, Options(code=True, measured=False)),
        Teller(demo, recording, Options(whole_sql=True, measured=False)),
    )


def _scene(teller: Teller, whole: Teller, scene: Scene, tests: dict[str, str]) -> dict[str, Any]:
    told = teller.scene(scene)
    parts = zip(told.parts, whole.scene(scene).parts, strict=True)
    return {
        "it": told,
        "parts": [_part(*pair) for pair in parts],
        "test": mark_safe(markup.python(tests[scene.test])),
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
