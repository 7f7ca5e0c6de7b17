"""When a claim is asked again: spaced repetition by FSRS, in days of the learner's own clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from fsrs import Card, Rating, Scheduler, State

DAY = timedelta(days=1)
# What was missed comes again on the next day, even if it was known for months.
SCHEDULER = Scheduler(learning_steps=[], relearning_steps=[DAY], enable_fuzzing=False)


@dataclass(frozen=True)
class Memory:
    """What is known of a claim that was answered: when it is due, and the last answer."""

    due: datetime
    right: bool


def now() -> datetime:
    """The time in the learner's own time zone; tests put another clock here."""
    return datetime.now().astimezone()


def days_until(due: datetime, at: datetime) -> int:
    """0 where it is due on the day of `at`, less where it was due before, 1 for tomorrow."""
    return (due - datetime.combine(at, time(), at.tzinfo)) // DAY


def answered(entry: object, right: bool, at: datetime) -> dict[str, Any]:
    """The entry of a claim after this answer, as plain data. `entry` is the one before, if any."""
    card = _card_of(entry) or Card(card_id=0)
    rating = Rating.Good if right else Rating.Again
    reviewed, _ = SCHEDULER.review_card(card, rating, at.astimezone(UTC))
    return {**reviewed.to_dict(), "right": right}


def memory_of(entry: object) -> Memory | None:
    """What the entry says; None where there is none or it is damaged."""
    card = _card_of(entry)
    return Memory(card.due, entry["right"]) if card else None


def _card_of(entry: Any) -> Card | None:
    try:
        card = Card.from_dict(entry)
        is_sound = (
            card.step == (None if card.state == State.Review else 0)
            and 0 < card.stability <= SCHEDULER.maximum_interval
            and 1 <= card.difficulty <= 10
            and card.due.tzinfo is not None
            and card.last_review.tzinfo is not None
            and isinstance(entry["right"], bool)
        )
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError):
        return None
    return card if is_sound else None
