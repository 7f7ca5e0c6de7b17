"""The score of a quiz: by verdict and topic, what to play, and when claims come again."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from runner.learn.questions import Question
from runner.learn.schedule import Memory, days_until
from runner.story.quiz import Score, Share
from runner.story.topics import read_topics
from runner.story.words import SIGNS

MOST_TOPICS = MOST_DAYS = 3


@dataclass(frozen=True)
class Answer:
    """What the learner said."""

    question: Question
    given: str

    @property
    def right(self) -> bool:
        return self.given == self.question.verdict


def score_of(
    answers: list[Answer],
    questions: list[Question],
    memories: Mapping[str, Memory],
    at: datetime,
) -> Score:
    """The score of these answers. `questions` are all that could have been asked, `memories` what
    is known of them by now, by their keys."""
    known = [(q, memories[q.key]) for q in questions if q.key in memories]
    days = Counter(max(0, days_until(memory.due, at)) for _, memory in known)
    verdicts = _shares((answer.question.verdict, answer.right) for answer in answers)
    so_far = _shares((_topic(question), memory.right) for question, memory in known)
    return Score(
        total=Share("", sum(answer.right for answer in answers), len(answers)),
        verdicts=sorted(verdicts, key=lambda share: list(SIGNS).index(share.name)),
        topics=_shares((_topic(answer.question), answer.right) for answer in answers),
        so_far=[share for share in so_far if share.right < share.asked][:MOST_TOPICS],
        missed=_demos_of([answer.question for answer in answers if not answer.right]),
        coming=[(day_in_words(day), days[day]) for day in sorted(days)[:MOST_DAYS]],
        new=len(questions) - len(known),
    )


def day_in_words(days: int) -> str:
    """ "today", "tomorrow", "in 5 days"."""
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


def _topic(question: Question) -> str:
    return read_topics().topic_of(question.demo.number)


def _shares(answers: Iterable[tuple[str, bool]]) -> list[Share]:
    """One for each name, the weakest first."""
    found: defaultdict[str, list[bool]] = defaultdict(list)
    for name, right in answers:
        found[name].append(right)
    shares = [Share(name, sum(rights), len(rights)) for name, rights in found.items()]
    return sorted(shares, key=lambda share: (share.right / share.asked, -share.asked, share.name))


def _demos_of(questions: list[Question]) -> list[tuple[str, str]]:
    """Each demo once, that with the most of these questions first."""
    counts = Counter(question.demo.number for question in questions)
    titles = {question.demo.number: question.demo.question for question in questions}
    return [(number, titles[number]) for number, _ in counts.most_common()]
