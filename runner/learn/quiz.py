"""`make quiz`: asks claims, says what is true and why, and asks again what was missed."""

import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

from runner.catalogue import Demo
from runner.errors import UserError
from runner.learn import schedule
from runner.learn.choice import demos_about, number_of
from runner.learn.order import in_order
from runner.learn.progress import changed, progress_in
from runner.learn.questions import Question, questions_of
from runner.learn.schedule import Memory, answered, days_until, memory_of
from runner.learn.score import Answer, day_in_words, score_of
from runner.show import quiz as show
from runner.show.pages import key_list
from runner.show.screen import Screen, full_screen, print_below
from runner.story.quiz import Asked, Revealed

CLAIMS = 10


def main(demos: list[Demo], n: str, topic: str, file: Path) -> int:
    """Ask N claims of these demos, keep each answer in the file, print the score; returns 0.

    Raises UserError for a bad N or TOPIC, a file that cannot be used, or without a terminal.
    """
    count = number_of(n, CLAIMS)
    questions = questions_of(demos_about(topic, demos))
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UserError(
            "The quiz reads keys from a terminal, and there is none; "
            f"`make demo-{demos[0].number}` plays a demo without one, `make site` writes pages."
        )
    chosen = in_order(questions, memories_in(file), count, schedule.now(), Random())
    with full_screen(key_list(show.HELP)) as screen:
        quiz = Quiz(screen, file)
        quiz.play(chosen)
    print_below(show.score(score_of(quiz.answers, questions, memories_in(file), schedule.now())))
    return 0


def memories_in(file: Path) -> dict[str, Memory]:
    """What the file knows of claims, by their keys; what is damaged counts as never asked."""
    found = {key: memory_of(entry) for key, entry in progress_in(file).get("quiz", {}).items()}
    return {key: memory for key, memory in found.items() if memory}


class Quiz:
    """A session: the answers that were given to claims asked for the first time in it."""

    def __init__(self, screen: Screen, file: Path) -> None:
        self.screen = screen
        self.file = file
        self.answers: list[Answer] = []

    def play(self, questions: list[Question]) -> None:
        """Ask them, and then once more those that were missed, until the learner quits.

        The second time nothing is kept: what was missed comes again tomorrow anyway.
        """
        if self._ask_all(questions, "", self._keep):
            missed = [answer.question for answer in self.answers if not answer.right]
            self._ask_all(missed, "again ", lambda _: "tomorrow")

    def _ask_all(
        self, questions: list[Question], which: str, comes_again: Callable[[Answer], str]
    ) -> bool:
        """Whether all were asked before the learner quits."""
        for number, question in enumerate(questions, 1):
            asked = _asked(question, f"{which}{number} of {len(questions)}")
            given = show.ask(self.screen, asked)
            if not given:
                return False
            answer = Answer(question, given)
            if not show.reveal(self.screen, _revealed(asked, answer, comes_again(answer))):
                return False
        return True

    def _keep(self, answer: Answer) -> str:
        """Write the answer to the file; returns when the claim comes again."""
        key, at = answer.question.key, schedule.now()
        with changed(self.file) as progress:
            entries = progress.setdefault("quiz", {})
            entries[key] = answered(entries.get(key), answer.right, at)
        self.answers.append(answer)
        if not answer.right:
            return "at the end"
        return day_in_words(days_until(memory_of(entries[key]).due, at))


def _asked(question: Question, place: str) -> Asked:
    return Asked(place, question.demo.number, question.demo.question, question.claim)


def _revealed(asked: Asked, answer: Answer, again: str) -> Revealed:
    question = answer.question
    return Revealed(
        asked=asked,
        given=answer.given,
        verdict=question.verdict,
        releases=question.releases,
        again=again,
        why=question.why,
        evidence=question.evidence,
    )
