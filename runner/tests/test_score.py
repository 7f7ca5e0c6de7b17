"""The score of a quiz, and how a quiz is drawn."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from runner.catalogue import find_demo
from runner.learn.questions import Question
from runner.learn.schedule import Memory
from runner.learn.score import Answer, day_in_words, score_of
from runner.show import quiz as show
from runner.show.pages import key_list
from runner.show.style import print_to
from runner.story.quiz import Asked, Revealed, Score, Share

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ASKED = Asked("3 of 10", "07", "What is the N+1 problem?", "`prefetch_related` cures it")
REVEALED = Revealed(
    asked=ASKED,
    given="holds",
    verdict="depends",
    releases="since DRF 3.18",
    again="at the end",
    why="The path must reach as deep as `fields` does.",
    evidence="    GET /07/orders/   200   12 queries\n      ← []",
)
SCORE = Score(
    total=Share("", 1, 3),
    verdicts=[Share("holds", 1, 1), Share("depends", 0, 2)],
    topics=[Share("Security", 0, 2), Share("Lists", 1, 1)],
    so_far=[Share("Security", 1, 4), Share("Views and queries", 2, 3)],
    missed=[("17", "How do you secure an endpoint?")],
    coming=[("tomorrow", 2), ("in 2 days", 1)],
    new=341,
)


def question(demo, verdict="holds", test="test_it"):
    return Question(find_demo(demo), test, "It is", verdict, "", "")


def right(demo, verdict="holds", test="test_it"):
    return Answer(question(demo, verdict, test), verdict)


def missed(demo, verdict="holds", test="test_it"):
    return Answer(question(demo, verdict, test), "wrong" if verdict != "wrong" else "holds")


def drawn(part, width=80):
    paper = io.StringIO()
    console = Console(file=paper, width=width, highlight=False, color_system=None, _environ={})
    print_to(console, part)
    return paper.getvalue()


def pages(told, height, width=80):
    console = Console(
        file=io.StringIO(), width=width, height=height, highlight=False, color_system=None
    )
    return [re.sub(" +$", "", page.plain, flags=re.M) for page in show.answer(console, told)]


def test_right_answers_are_counted_by_verdict_and_by_topic_the_weakest_first():
    answers = [right("07", "wrong"), right("17"), missed("18"), missed("09", "depends")]

    score = score_of(answers, [], {}, NOON)

    assert score.total == Share("", 2, 4)
    assert score.verdicts == [Share("holds", 1, 2), Share("depends", 0, 1), Share("wrong", 1, 1)]
    assert score.topics == (
        [Share("Lists", 0, 1), Share("Security", 1, 2), Share("Views and queries", 1, 1)]
    )


def test_of_topics_equally_weak_the_one_asked_more_comes_first():
    answers = [missed("09"), missed("17"), missed("18"), missed("01")]

    assert score_of(answers, [], {}, NOON).topics == (
        [Share("Security", 0, 2), Share("Lists", 0, 1), Share("Serializers", 0, 1)]
    )


def test_the_demos_to_play_are_those_with_the_most_missed_claims_first():
    answers = [missed("07"), missed("17"), right("18"), missed("17", test="test_other")]

    assert score_of(answers, [], {}, NOON).missed == [
        ("17", find_demo("17").question),
        ("07", "What is the N+1 problem in DRF?"),
    ]


def test_the_weakest_topics_so_far_are_three_of_those_with_a_last_answer_that_was_missed():
    demos = {"01": True, "02": False, "07": False, "09": True, "17": False, "15": False}
    questions = [*map(question, demos), question("20")]
    memories = {f"{demo}/test_it": Memory(NOON, known) for demo, known in demos.items()}

    score = score_of([], questions, memories | {"99/test_gone": Memory(NOON, False)}, NOON)

    assert score.so_far == (
        [Share("Security", 0, 1), Share("Transactions", 0, 1), Share("Views and queries", 0, 1)]
    )
    assert score.new == 1


def test_what_comes_next_is_counted_for_the_next_three_days_with_any():
    days = {"01": -2, "02": 0, "07": 1, "09": 5, "17": 9}
    memories = {f"{d}/test_it": Memory(NOON + timedelta(days=n), True) for d, n in days.items()}

    score = score_of([], [question(demo) for demo in days], memories, NOON)

    assert score.coming == [("today", 2), ("tomorrow", 1), ("in 5 days", 1)]
    assert score.so_far == []


@pytest.mark.parametrize(
    ("days", "words"), [(0, "today"), (1, "tomorrow"), (2, "in 2 days"), (163, "in 163 days")]
)
def test_a_day_in_words(days, words):
    assert day_in_words(days) == words


def test_a_claim_is_drawn_without_its_verdict_and_with_what_can_be_said():
    assert (
        drawn(show.question(ASKED))
        == """\
 07 · What is the N+1 problem?

    The usual answer says:

    prefetch_related cures it

    Is it true? Press a key.

    h  ✔ holds     it is true as it stands
    d  ◐ depends   it is true only under a condition
    o  ◷ outdated  it was true in an older release
    w  ⊘ wrong     it is not true
"""
    )


def test_the_verdict_is_drawn_with_the_answer_the_reason_and_the_evidence():
    (page,) = pages(REVEALED, height=24)

    assert page == (
        """\
 07 · What is the N+1 problem?

    prefetch_related cures it · since DRF 3.18

    ◐ depends  Not right: you said holds. It comes again at the end.

    The path must reach as deep as fields does.

    What the test did, as make demo-07 shows it:

    GET /07/orders/   200   12 queries
      ← []"""
    )


def test_a_right_answer_says_so():
    told = Revealed(ASKED, "wrong", "wrong", "", "in 2 days", "It is not.", "")

    (page,) = pages(told, height=24)

    assert page == (
        """\
 07 · What is the N+1 problem?

    prefetch_related cures it

    ⊘ wrong  Right. It comes again in 2 days.

    It is not."""
    )


def test_a_long_scene_has_pages_and_the_verdict_stands_on_each():
    told = Revealed(ASKED, "holds", "holds", "", "tomorrow", "Why.", "\n".join("abcdefghijkl"))

    first, second, third = pages(told, height=14)

    for page in (first, second, third):
        assert "prefetch_related cures it\n\n    ✔ holds  Right." in page
        assert len(page.splitlines()) <= 13
    assert "Why." in first
    assert "Why." not in second
    assert [page.splitlines()[-1].strip() for page in (first, second, third)] == ["c", "j", "l"]


@pytest.mark.parametrize(("height", "on_each"), [(12, True), (11, False)])
def test_the_verdict_stands_on_each_page_where_five_lines_are_left_for_the_rest(height, on_each):
    told = Revealed(ASKED, "holds", "holds", "", "tomorrow", "Why.", "\n".join("abcdefghijkl"))

    assert all("✔ holds" in page for page in pages(told, height)) is on_each


def test_on_a_tiny_terminal_the_verdict_stands_on_the_first_page_alone():
    told = Revealed(ASKED, "holds", "holds", "", "tomorrow", "Why.", "a\nb")

    (first, *others) = pages(told, height=8)

    assert "✔ holds" in first
    assert [page for page in others if "✔ holds" in page] == []
    assert max(len(page.splitlines()) for page in (first, *others)) <= 7


def test_the_score_is_drawn_with_what_to_play_and_what_comes():
    assert (
        drawn(show.score(SCORE))
        == f"""\
{"─" * 80}
 1 of 3 right

    ✔ holds    1 of 1    Security  0 of 2
    ◐ depends  0 of 2    Lists     1 of 1

 Play what you missed
    make demo-17  How do you secure an endpoint?

 Your weakest topics so far
    Security (1 of 4 right), Views and queries (2 of 3 right)

 What comes next
    2 claims tomorrow, 1 claim in 2 days, 341 not asked yet
"""
    )


def test_where_all_is_right_and_asked_nothing_is_said_of_missing():
    score = Score(Share("", 1, 1), [Share("holds", 1, 1)], [], [], [], [("in 2 days", 1)], 0)

    assert drawn(show.score(score)).splitlines()[-2:] == (
        [" What comes next", "    1 claim in 2 days"]
    )
    assert "missed" not in drawn(show.score(score))
    assert "weakest" not in drawn(show.score(score))


def test_without_an_answer_there_is_no_score():
    score = Score(Share("", 0, 0), [], [], [], [], [], 344)

    assert drawn(show.score(score)) == " No claim was answered; `make quiz` asks again.\n"


def colours():
    return Console(
        file=io.StringIO(),
        width=80,
        height=24,
        color_system="256",
        force_terminal=True,
        _environ={},
    )


def in_colours(part):
    console = colours()
    console.print(part)
    return console.file.getvalue()


def test_what_is_asked_stands_out():
    drawn = in_colours(show.question(ASKED))

    assert "\x1b[1;38;5;31m 07 · \x1b[0mWhat is" in drawn
    assert "\x1b[1;38;5;31mprefetch_related\x1b[0m\x1b[1m cures it\x1b[0m" in drawn
    assert "\x1b[1mh\x1b[0m  \x1b[38;5;28m✔ holds" in drawn


def test_a_verdict_has_its_colour_and_right_and_wrong_have_theirs():
    (missed,) = map(in_colours, show.answer(colours(), REVEALED))
    told = Revealed(ASKED, "wrong", "wrong", "", "tomorrow", "It is not.", "")
    (right,) = map(in_colours, show.answer(colours(), told))

    assert "cures it\x1b[0m · since DRF 3.18" in missed
    assert "\x1b[1;38;5;130m◐ depends\x1b[0m  \x1b[38;5;196mNot right: you said holds." in missed
    assert "\x1b[1;38;5;127m⊘ wrong\x1b[0m  \x1b[38;5;28mRight." in right


def test_the_headings_of_the_score_stand_out():
    drawn = in_colours(show.score(SCORE))

    for heading in (" 1 of 3 right", " Play what you missed", " Your weakest", " What comes next"):
        assert f"\x1b[1m{heading}" in drawn
    assert drawn.startswith("─" * 80)
    assert "\x1b[38;5;31mmake demo-17" in drawn
    assert "\x1b[38;5;28m✔ holds" in drawn


def test_all_keys_are_told():
    assert drawn(key_list(show.HELP)) == (
        """\
 h or 1              holds: it is true as it stands
 d or 2              depends: it is true only under a condition
 o or 3              outdated: it was true in an older release
 w or 4              wrong: it is not true
 n, space, Enter, →  next page, or next claim
 b, ←                back to the page before
 q                   end here and see the score; every answer is kept
"""
    )
