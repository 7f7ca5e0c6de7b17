"""Which claims a quiz asks, and in which order."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from random import Random

from runner.learn.questions import Question
from runner.learn.schedule import Memory, days_until
from runner.story.topics import read_topics


def in_order(
    questions: list[Question],
    memories: Mapping[str, Memory],
    count: int,
    at: datetime,
    random: Random,
) -> list[Question]:
    """The `count` questions to ask: first what is due, the most overdue first, and of a day what
    was missed first; then new ones; then those that come soonest."""

    def overdue(question: Question) -> tuple[int, bool, datetime]:
        memory = memories[question.key]
        return days_until(memory.due, at), memory.right, memory.due

    known = sorted((q for q in questions if q.key in memories), key=overdue)
    due = [q for q in known if days_until(memories[q.key].due, at) <= 0]
    new = mixed([q for q in questions if q.key not in memories], count - len(due), random)
    return [*due, *new, *known[len(due) :]][:count]


def mixed(questions: list[Question], count: int, random: Random) -> list[Question]:
    """So many of them, in random order: of each verdict as many if there are, of each topic and of
    each demo as few."""
    topics = read_topics()
    pool = {q: (q.verdict, topics.topic_of(q.demo.number), q.demo.number) for q in questions}
    chosen: list[Question] = []
    asked: Counter[str] = Counter()
    left = random.sample(questions, len(questions))
    while left and len(chosen) < count:
        question = min(left, key=lambda q: [asked[trait] for trait in pool[q]])
        left.remove(question)
        chosen.append(question)
        asked.update(pool[question])
    random.shuffle(chosen)
    return chosen
