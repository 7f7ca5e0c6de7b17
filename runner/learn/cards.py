"""`make cards`: all claims, answers and next questions as a deck for Anki."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runner.catalogue import ROOT, Demo
from runner.errors import UserError
from runner.learn.questions import questions_of
from runner.show.cards import Card, package
from runner.story.spoken import Spoken, spoken_of
from runner.story.topics import FILE, read_topics
from runner.story.words import counted

DECK = "build/cathay-shop.apkg"
MADE_BY = ("runner/learn/cards.py", "runner/show/cards.py", "runner/show/cards.css")


def main(demos: list[Demo]) -> int:
    """Write the deck in place of an earlier one, and print what is in it; returns 0.

    Raises UserError where the file cannot be written.
    """
    cards = list(cards_of(demos))
    _write(ROOT / DECK, package(cards, last_change(demos)))
    claims, nexts = (sum(kind in card.tags for card in cards) for kind in ("claim", "asked-next"))
    print(
        f"{DECK}: {counted(len(cards), 'card')}: {counted(claims, 'claim')}, "
        f"{counted(len(demos), 'answer')} to say aloud, {counted(nexts, 'next question')}."
    )
    return 0


def cards_of(demos: list[Demo]) -> Iterator[Card]:
    """The cards, demo by demo: the answer to say aloud, the claims, what they ask next.

    A key holds the text of a next question, which has no other name: a question that was
    reworded is another card.
    """
    for demo in demos:
        spoken = spoken_of(demo)
        yield _aloud(spoken)
        yield from _claims(demo)
        yield from _asked_next(spoken)


def _aloud(spoken: Spoken) -> Card:
    demo = spoken.demo
    return Card(
        key=f"{demo.number}/aloud",
        above=demo.number,
        front=demo.question,
        ask="Say your answer aloud, in a minute.",
        back=spoken.answer,
        **_common(demo, "aloud"),
    )


def _claims(demo: Demo) -> Iterator[Card]:
    for question in questions_of([demo]):
        yield Card(
            key=question.key,
            above=f"{demo.number} · {demo.question}",
            front=question.claim,
            ask="Holds, depends, outdated or wrong? Why?",
            back=question.why,
            verdict=question.verdict,
            releases=question.releases,
            **_common(demo, "claim", question.verdict),
        )


def _asked_next(spoken: Spoken) -> Iterator[Card]:
    demo = spoken.demo
    for question, answer in spoken.next:
        yield Card(
            key=f"{demo.number}/next/{question}",
            above=f"{demo.number} · {demo.question}",
            front=question,
            ask="They ask this next. What do you answer?",
            back=answer,
            **_common(demo, "asked-next"),
        )


def _common(demo: Demo, *tags: str) -> dict[str, Any]:
    topic = read_topics().topic_of(demo.number)
    by_topic = [topic.lower().replace(" ", "-")] if topic else []
    return {
        "topic": topic,
        "tags": (f"demo-{demo.number}", *by_topic, *tags),
        "play": f"make demo-{demo.number}",
    }


def last_change(demos: list[Demo]) -> int:
    """When what the cards are made of was changed last, in seconds since 1970."""
    files = [ROOT / name for name in (FILE, *MADE_BY)]
    files += [demo.folder / name for demo in demos for name in ("README.md", "tests.py")]
    return max(int(file.stat().st_mtime) for file in files if file.exists())


def _write(file: Path, content: bytes) -> None:
    """The earlier file stays until the new one is whole on the disk."""
    new = file.with_name(f"{file.name}.{os.getpid()}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            new.write_bytes(content)
            new.replace(file)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(
            f"{DECK} cannot be written ({error.strerror}); make room for it and try again."
        ) from error
