"""How the demos belong together: topics, ways through them, and what to see also."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from runner.catalogue import ROOT, Demo

FILE = "demos/topics.toml"


@dataclass(frozen=True)
class Topic:
    """Demos about one thing."""

    name: str
    demos: tuple[str, ...]


@dataclass(frozen=True)
class Way:
    """Demos in the order in which to play them, and what for."""

    name: str
    what: str
    demos: tuple[str, ...]


@dataclass(frozen=True)
class Topics:
    """All of topics.toml."""

    topics: list[Topic]
    ways: list[Way]
    pairs: frozenset[tuple[str, str]]

    def see_also(self, number: str) -> list[str]:
        """The numbers of the demos that explain this one and are explained by it."""
        return sorted(
            {b for a, b in self.pairs if a == number} | {a for a, b in self.pairs if b == number}
        )

    def topic_of(self, number: str) -> str:
        """The name of its topic; empty where it has none."""
        return next((topic.name for topic in self.topics if number in topic.demos), "")

    def numbers(self) -> set[str]:
        """All numbers that the file names."""
        listed = {n for group in (*self.topics, *self.ways) for n in group.demos}
        return listed | {n for pair in self.pairs for n in pair}


@cache
def read_topics(root: Path = ROOT) -> Topics:
    """Read topics.toml; without the file there are none."""
    file = root / FILE
    plain = tomllib.loads(file.read_text("utf-8")) if file.exists() else {}
    return Topics(
        [Topic(t["name"], tuple(t["demos"])) for t in plain.get("topic", [])],
        [Way(w["name"], w["what"], tuple(w["demos"])) for w in plain.get("way", [])],
        frozenset((a, b) for a, others in plain.get("see_also", {}).items() for b in others),
    )


def by_topic(demos: list[Demo], root: Path = ROOT) -> list[tuple[str, list[Demo]]]:
    """The demos in the order of the topics; those without a topic come last, under no name."""
    topics = read_topics(root)
    names = [*dict.fromkeys(topic.name for topic in topics.topics), ""]
    groups = [(name, [d for d in demos if topics.topic_of(d.number) == name]) for name in names]
    return [(name, group) for name, group in groups if group]
