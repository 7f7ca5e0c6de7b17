"""Claims as questions: what is read from the tests and the transcripts."""

import pytest

from runner.catalogue import Demo, find_demo, find_demos
from runner.learn.questions import evidence_of, questions_of

TESTS = '''
@claim("It is fast", verdict=Verdict.DEPENDS, since="DRF 3.18")
def test_fast(api):
    """Only
    with a cure."""

@trap("It locks")
def test_locks(api):
    """It does."""

@claim("It is small")
def test_small(stage):
    pass
'''
TRANSCRIPT = """
 1  It is fast, as everybody says who has
    tried it

    GET /05/fast/     200

      ← {"a": 1}

    ◐ depends  Only with a cure.

 ▲  It locks

    a │ b
    ▲ not at the left edge

    ▲ It does.

 2  It is small

    ✔ holds

    queries
    naive  ████ 4

 The answer, corrected
 ◐ depends       1   It is fast
"""


def readme(transcript):
    text = transcript.strip("\n")
    return f"<!-- transcript: make docs writes this -->\n```text\n{text}\n```\n"


@pytest.fixture
def demo(tmp_path):
    (tmp_path / "05_tiny").mkdir()
    demo = Demo(tmp_path / "05_tiny")
    (demo.folder / "tests.py").write_text(TESTS, "utf-8")
    (demo.folder / "README.md").write_text(readme(TRANSCRIPT), "utf-8")
    return demo


def test_a_claim_is_a_question_and_a_trap_is_none(demo):
    fast, small = questions_of([demo])

    assert (fast.key, fast.claim, fast.verdict) == ("05/test_fast", "It is fast", "depends")
    assert (fast.why, fast.releases) == ("Only with a cure.", "since DRF 3.18")
    assert (small.key, small.verdict, small.why) == ("05/test_small", "holds", "")


def test_the_evidence_is_what_stands_between_the_claim_and_the_verdict(demo):
    evidence = evidence_of(demo)

    assert evidence["test_fast"] == '    GET /05/fast/     200\n\n      ← {"a": 1}'
    assert questions_of([demo])[0].evidence == evidence["test_fast"]


def test_a_scene_that_only_measured_has_the_bars_of_the_end(demo):
    assert evidence_of(demo)["test_small"] == "    queries\n    naive  ████ 4"


def test_a_sign_of_a_trap_inside_a_scene_ends_it_only_at_the_margin(demo):
    assert evidence_of(demo)["test_locks"] == "    a │ b"


@pytest.mark.parametrize(
    "transcript",
    [TRANSCRIPT.replace(" 2  It is small", ""), " 3  One too many\n\n" + TRANSCRIPT, ""],
)
def test_a_transcript_that_does_not_fit_the_tests_is_no_evidence(demo, transcript):
    (demo.folder / "README.md").write_text(readme(transcript), "utf-8")

    assert evidence_of(demo) == {}
    assert [question.evidence for question in questions_of([demo])] == ["", ""]


def test_without_a_readme_or_a_transcript_there_is_no_evidence(demo):
    (demo.folder / "README.md").write_text("# 05 · Is it?\n", "utf-8")
    assert evidence_of(demo) == {}

    (demo.folder / "README.md").unlink()
    assert evidence_of(demo) == {}


@pytest.mark.parametrize("demo", find_demos(), ids=lambda demo: demo.number)
def test_every_claim_and_trap_of_every_demo_has_evidence(demo):
    evidence = evidence_of(demo)

    assert [test for test, lines in evidence.items() if not lines.strip()] == []
    assert list(evidence) == [claim.test for claim in demo.claims]


def test_every_question_can_be_asked_and_no_two_have_the_same_key():
    questions = questions_of(find_demos())

    assert len({question.key for question in questions}) == len(questions) >= 344
    assert {question.verdict for question in questions} == {"holds", "depends", "outdated", "wrong"}
    assert [q.key for q in questions if not (q.claim and q.why)] == []


def test_the_evidence_of_a_real_claim():
    *_, question = (q for q in questions_of([find_demo("64")]) if "mixin_opens" in q.test)

    assert question.claim == "It has a full implementation of all the actions"
    assert question.verdict == "wrong"
    assert question.evidence.splitlines()[0].split() == (
        ["GET", "POST", "GET", "one", "PUT", "PATCH", "DELETE"]
    )
    assert question.evidence.splitlines()[-1].split() == (
        ["full", "200", "201", "200", "200", "200", "204"]
    )
