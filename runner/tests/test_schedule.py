"""When a claim comes again, and in which order a quiz asks."""

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from random import Random

import pytest

from runner.catalogue import find_demo, find_demos
from runner.learn.order import in_order, mixed
from runner.learn.questions import Question, questions_of
from runner.learn.schedule import Memory, answered, days_until, memory_of, now
from runner.story.topics import read_topics

TAIPEI = timezone(timedelta(hours=8))
EVENING = datetime(2026, 6, 1, 23, 30, tzinfo=TAIPEI)


def days_after(*answers):
    """In how many days a claim comes again after each of these answers, given when it was due."""
    entry, at, days = None, EVENING, []
    for right in answers:
        entry = answered(entry, right, at)
        days.append(days_until(memory_of(entry).due, at))
        at += timedelta(days=days[-1])
    return days


def test_what_is_known_comes_again_after_longer_and_longer_times():
    assert days_after(True, True, True, True) == [2, 11, 46, 163]


def test_what_was_missed_comes_again_tomorrow_and_then_slowly():
    assert days_after(False, True, True) == [1, 2, 6]
    assert days_after(False, False) == [1, 1]


def test_what_was_known_for_months_and_is_missed_comes_again_tomorrow():
    assert days_after(True, True, True, True, False, True)[3:] == [163, 1, 7]


def test_it_is_due_from_the_first_minute_of_its_day_on():
    due = memory_of(answered(None, False, EVENING)).due

    assert due == datetime(2026, 6, 2, 23, 30, tzinfo=TAIPEI)
    assert days_until(due, datetime(2026, 6, 1, 23, 59, tzinfo=TAIPEI)) == 1
    assert days_until(due, datetime(2026, 6, 2, 0, 0, tzinfo=TAIPEI)) == 0
    assert days_until(due, datetime(2026, 6, 3, 0, 0, tzinfo=TAIPEI)) == -1


def test_an_entry_is_plain_data_and_the_same_each_time():
    assert answered(None, True, EVENING) == {
        "card_id": 0,
        "state": 2,
        "step": None,
        "stability": 2.3065,
        "difficulty": 2.118103970459016,
        "due": "2026-06-03T15:30:00+00:00",
        "last_review": "2026-06-01T15:30:00+00:00",
        "right": True,
    }


def test_a_memory_is_when_it_is_due_and_the_last_answer():
    due = datetime(2026, 6, 2, 15, 30, tzinfo=UTC)

    assert memory_of(answered(None, False, EVENING)) == Memory(due, right=False)
    assert memory_of(answered(answered(None, False, EVENING), True, EVENING)).right is True


@pytest.mark.parametrize(
    "damage",
    [
        {"state": 9},
        {"state": float("inf")},
        {"state": 1, "step": 1},
        {"state": 3, "step": None},
        {"state": 2, "step": 0},
        {"stability": None},
        {"stability": -1},
        {"stability": float("nan")},
        {"stability": 36501},
        {"stability": "much"},
        {"difficulty": 0.9},
        {"difficulty": 10.1},
        {"due": "tomorrow"},
        {"due": 7},
        {"due": "2026-06-03T15:30:00"},
        {"last_review": None},
        {"last_review": "2026-06-03T15:30:00"},
        {"right": 1},
    ],
    ids=str,
)
def test_a_damaged_entry_counts_as_never_asked(damage):
    sound = answered(None, True, EVENING)

    assert memory_of(sound)
    assert memory_of(sound | damage) is None
    assert answered(sound | damage, True, EVENING) == sound


@pytest.mark.parametrize("entry", [None, 3, "right", [], {}, {"right": True}])
def test_what_is_no_entry_counts_as_never_asked(entry):
    assert memory_of(entry) is None
    assert answered(entry, True, EVENING)["due"] == "2026-06-03T15:30:00+00:00"


@pytest.mark.parametrize(
    ("edge", "value"),
    [
        ("stability", 36500),
        ("difficulty", 1),
        ("difficulty", 10),
        ("due", "0001-01-01T00:00:00+14:00"),
        ("due", "9999-12-31T23:59:59-12:00"),
        ("last_review", "0001-01-01T00:00:00+14:00"),
        ("last_review", "9999-12-31T23:59:59-12:00"),
    ],
)
@pytest.mark.parametrize("right", [True, False])
def test_any_sound_entry_can_be_answered(edge, value, right):
    entry = answered(None, True, EVENING) | {edge: value}

    assert abs(days_until(memory_of(entry).due, EVENING)) < 3_000_000
    assert days_until(memory_of(answered(entry, right, EVENING)).due, EVENING) >= 1


def test_the_time_is_that_of_the_learners_time_zone():
    assert now().tzinfo is not None
    assert now().utcoffset() == datetime.now().astimezone().utcoffset()


@pytest.fixture(scope="module")
def all_questions():
    return questions_of(find_demos())


def question(name, verdict="holds", demo="07"):
    return Question(find_demo(demo), f"test_{name}", name, verdict, "", "")


def memories(**days):
    """What is known of claims of demo 07: in how many days each comes, and the last answer."""
    return {
        f"07/test_{name}": Memory(EVENING + timedelta(days=day), right)
        for name, (day, right) in days.items()
    }


def names(questions):
    return [question.claim for question in questions]


def test_what_is_due_comes_first_then_new_ones_then_those_that_come_soonest():
    questions = [question(name) for name in ("late", "soon", "new", "today", "overdue")]
    known = memories(
        late=(9, True), soon=(1, True), today=(0, True), overdue=(-3, True), removed=(-9, True)
    )

    asked = in_order(questions, known, 10, EVENING, Random(1))

    assert names(asked) == ["overdue", "today", "new", "soon", "late"]


def test_what_was_missed_does_not_come_before_what_is_more_overdue():
    questions = [question(name) for name in ("missed", "known")]
    known = memories(missed=(0, False), known=(-1, True))

    assert names(in_order(questions, known, 2, EVENING, Random(1))) == ["known", "missed"]


def test_on_the_same_day_what_was_missed_comes_first():
    questions = [question(name) for name in ("known", "missed")]
    known = memories(known=(0, True), missed=(0.001, False))

    assert names(in_order(questions, known, 2, EVENING, Random(1))) == ["missed", "known"]


def test_on_the_same_day_what_was_answered_first_comes_first():
    questions = [question(name) for name in ("second", "first")]
    known = memories(first=(0, False), second=(0.001, False))

    assert names(in_order(questions, known, 2, EVENING, Random(1))) == ["first", "second"]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_as_many_are_asked_as_there_are_or_as_were_asked_for(count):
    questions = [question(name) for name in ("due", "new", "later")]
    known = memories(due=(0, True), later=(1, True))

    asked = in_order(questions, known, count, EVENING, Random(1))

    assert names(asked) == ["due", "new", "later"][:count]


def test_where_much_is_due_nothing_new_is_asked():
    questions = [question(name) for name in ("a", "b", "new")]
    known = memories(a=(0, True), b=(-1, True))

    assert names(in_order(questions, known, 1, EVENING, Random(1))) == ["b"]


@pytest.mark.parametrize("seed", range(5))
def test_ten_new_ones_are_of_all_verdicts_and_of_different_demos(all_questions, seed):
    chosen = mixed(all_questions, 10, Random(seed))

    verdicts = Counter(question.verdict for question in chosen)
    topics = {read_topics().topic_of(question.demo.number) for question in chosen}
    assert sorted(verdicts.values()) == [2, 2, 3, 3]
    assert len(topics) >= 9
    assert len({question.demo.number for question in chosen}) == 10


def test_new_ones_of_one_topic_are_of_different_demos():
    security = questions_of(map(find_demo, ["17", "18", "30"]))
    same = [question for question in security if question.verdict == "depends"]

    chosen = mixed(same, 3, Random(1))

    assert {question.demo.number for question in chosen} == {"17", "18", "30"}


def test_the_order_of_new_ones_is_chance_and_the_same_with_the_same_seed(all_questions):
    orders = [[q.key for q in mixed(all_questions, 8, Random(seed))] for seed in (1, 1, 2)]

    assert orders[0] == orders[1] != orders[2]


def test_the_fourth_verdict_does_not_follow_from_three_before_it():
    questions = [question(f"{v}{n}", v) for v in ("holds", "depends", "wrong") for n in range(3)]

    fours = [[q.verdict for q in mixed(questions, 9, Random(seed))][:3] for seed in range(20)]

    assert {len(set(verdicts)) for verdicts in fours} == {1, 2, 3}


def test_all_new_ones_are_asked_where_there_are_fewer():
    questions = [question(name) for name in "abc"]

    assert sorted(names(mixed(questions, 9, Random(1)))) == ["a", "b", "c"]
    assert mixed(questions, 0, Random(1)) == mixed(questions, -1, Random(1)) == []
