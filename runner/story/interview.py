"""What is told at the end of an interview, as plain data: what was said, by topic and demo."""

from collections.abc import Iterable
from dataclasses import dataclass

from runner.catalogue import Demo
from runner.story.topics import by_topic

MOST_DEMOS = 3


@dataclass(frozen=True)
class Said:
    """How many of the points that most answers leave out were said for a demo, and of how many."""

    demo: Demo
    said: int
    of: int

    @property
    def share(self) -> float:
        return self.said / self.of if self.of else 1.0


@dataclass(frozen=True)
class TopicScore:
    """The same for all demos of a topic."""

    name: str
    said: int
    of: int


@dataclass(frozen=True)
class Score:
    """The end of an interview. `play` are the demos with the least said, weakest first."""

    topics: list[TopicScore]
    play: list[Said]


def score_of(answers: Iterable[Said]) -> Score:
    """The score of these answers, at most one for each demo."""
    found = {answer.demo: answer for answer in answers}
    topics = [
        TopicScore(
            name or "Other",
            sum(found[demo].said for demo in demos),
            sum(found[demo].of for demo in demos),
        )
        for name, demos in by_topic(list(found))
    ]
    unsaid = [answer for answer in found.values() if answer.said < answer.of]
    return Score(topics, sorted(unsaid, key=lambda answer: answer.share)[:MOST_DEMOS])
