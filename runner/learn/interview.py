"""`make interview`: asks a question, runs a minute's clock, and has the learner tick what they
said."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from runner.catalogue import Demo
from runner.errors import UserError
from runner.learn.choice import demos_about, number_of
from runner.learn.progress import Progress, changed
from runner.learn.turns import Result, in_turn, result_of
from runner.show import interview as show
from runner.show.pages import key_list
from runner.show.screen import Screen, full_screen, print_below
from runner.story.interview import Said, score_of
from runner.story.spoken import Spoken, spoken_of

QUESTIONS = 5
SECTION = "interview"


def main(demos: list[Demo], n: str, topic: str, file: Path) -> int:
    """Ask N questions, keep each result in the file, print the score; returns 0.

    Raises UserError for a bad N or TOPIC, a file that cannot be used, or without a terminal.
    """
    count = number_of(n, QUESTIONS)
    chosen = demos_about(topic, demos)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UserError(
            "The interview reads keys from a terminal, and there is none; "
            "`make cards` writes the same questions as a deck."
        )
    with changed(file) as progress:  # a file that cannot be written is found before you speak
        results = results_in(progress)
    with full_screen(key_list(show.HELP)) as screen:
        interview = Interview(screen, file)
        interview.play(in_turn(chosen, results)[:count])
    print_below(show.score(score_of(interview.answers)))
    return 0


def results_in(progress: Progress) -> dict[str, Result | None]:
    """The last result of each demo that was asked, by its number; None where it is damaged."""
    return {number: result_of(entry) for number, entry in progress.get(SECTION, {}).items()}


def now() -> datetime:
    """The time that is kept."""
    return datetime.now(UTC)


class Interview:
    """A session: what was said so far."""

    def __init__(self, screen: Screen, file: Path) -> None:
        self.screen = screen
        self.file = file
        self.answers: list[Said] = []

    def play(self, demos: list[Demo]) -> None:
        """Ask about each of them, until the learner quits."""
        for number, demo in enumerate(demos, 1):
            if not self._ask(spoken_of(demo), f"{number} of {len(demos)}"):
                return

    def _ask(self, spoken: Spoken, place: str) -> bool:
        """Whether the learner goes on."""
        seconds = show.let_speak(self.screen, spoken, place, monotonic)
        if seconds is None:
            return False
        ticked: set[int] = set()
        goes_on = False
        times = 0
        try:
            goes_on = show.compare(self.screen, spoken, place, seconds, ticked)
        finally:  # Ctrl-C loses no tick
            if goes_on or ticked:
                times = self._keep(Said(spoken.demo, len(ticked), len(spoken.traps)))
        if not goes_on or not spoken.next:
            return goes_on
        pair = spoken.next[(times - 1) % len(spoken.next)]  # another one each time
        return show.ask_next(self.screen, spoken, place, pair)

    def _keep(self, answer: Said) -> int:
        """Write it down; returns how many times this demo was asked by now."""
        self.answers.append(answer)
        number = answer.demo.number
        with changed(self.file) as progress:
            before = results_in(progress).get(number)
            times = before.times + 1 if before else 1
            when = now().isoformat(timespec="seconds")
            result = Result(when, answer.said, answer.of, times)
            progress.setdefault(SECTION, {})[number] = result.entry
        return times
