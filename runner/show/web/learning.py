"""The quiz, the interview and the exercises: their pages, and the scripts with what they ask.

A page from a disk may fetch nothing, so a script sets what a page asks: QUESTIONS for all demos,
LEARN_07 for what is told of demo 07 after an answer.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from django.utils.safestring import mark_safe

from runner.catalogue import Demo
from runner.learn.questions import evidence_of, questions_of, whys_of
from runner.show.web import markup
from runner.show.web.drawing import around, draw
from runner.show.web.prose import prose_of
from runner.story.topics import by_topic, read_topics
from runner.story.words import SIGNS

SCRIPTS = ("kept.js", "asking.js", "quiz.js", "interview.js")


@dataclass(frozen=True)
class Exercise:
    """One mutation to find and to undo. `number` is the N of `make fix-07 N=`, `key` names it in
    the progress of a learner. The hints go from vague to exact; `solution` is a diff."""

    number: int
    key: str
    caught_by: Sequence[str]
    hints: Sequence[str]
    solution: str


def asking_pages(demos: list[Demo], live: bool = False) -> dict[str, str]:
    """Quiz and interview, and all questions."""
    context = {
        "live": live,
        "topics": [name for name, _ in by_topic(demos) if name],
        "demos": demos,
        "verdicts": SIGNS,
    }
    return {
        "quiz.html": draw("quiz.html", title="Quiz", **context),
        "interview.html": draw("interview.html", title="Interview", **context),
        "questions.js": script("QUESTIONS", _all_questions(demos)),
    }


def _all_questions(demos: list[Demo]) -> dict[str, Any]:
    topic_of = read_topics().topic_of
    return {
        "demos": {
            demo.number: {"question": demo.question, "topic": topic_of(demo.number)}
            for demo in demos
        },
        "claims": [
            {
                "key": question.key,
                "claim": markup.inline(question.claim),
                "verdict": question.verdict,
                "why": markup.inline(question.why),
                "releases": question.releases,
            }
            for question in questions_of(demos)
        ],
    }


def answers_script(demo: Demo) -> str:
    """What is told of this demo after an answer: evidence by test, the answer aloud, its traps,
    and what they ask next."""
    prose = prose_of(demo)
    shown = evidence_of(demo)
    whys = whys_of(demo)
    claims = [claim for claim in demo.claims if claim.kind == "claim"]
    traps = [claim for claim in demo.claims if claim.kind == "trap"]
    told = {
        "evidence": {claim.test: dedent(shown.get(claim.test, "")) for claim in claims},
        "aloud": _of_demo(demo, prose.aloud),
        "traps": [
            {
                "test": trap.test,
                "text": markup.inline(trap.text),
                "why": markup.inline(whys[trap.test]),
            }
            for trap in traps
        ],
        "next": [[question, _of_demo(demo, answer)] for question, answer in prose.next],
    }
    return script(f"LEARN_{demo.number}", told)


def _of_demo(demo: Demo, html: str) -> str:
    """Links within the page of the demo lead there from any page."""
    return html.replace('href="#', f'href="{demo.number}.html#')


def script(name: str, data: object) -> str:
    """A script that sets this name."""
    return f"window.{name} = {json.dumps(data, ensure_ascii=False, indent=0)};\n"


def data_of(text: str) -> Any:
    """What such a script sets."""
    return json.loads(text.partition(" = ")[2].rstrip(";\n"))


def fix_page(
    demo: Demo,
    exercises: list[Exercise],
    demos: list[Demo],
    live: bool = False,
    done: Collection[str] | None = None,
) -> str:
    """The exercises of a demo, with hints to unfold. `done` are the keys of those that the learner
    has done, None where that is not told."""
    claims = {claim.test: claim for claim in demo.claims}
    told = [
        {
            "it": each,
            "red": [claims[test] for test in each.caught_by if test in claims],
            "solution": mark_safe(markup.diff(each.solution.splitlines())),
            "done": each.key in (done or ()),
        }
        for each in exercises
    ]
    return draw(
        "fix.html",
        title=f"{demo.number} · Fix it",
        live=live,
        exercises=told,
        done=None if done is None else sum(each["done"] for each in told),
        **around(demo, demos),
    )
