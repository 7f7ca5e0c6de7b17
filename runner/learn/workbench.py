"""An exercise in progress: shows where the learner stands, obeys keys, runs the tests at a save."""

import sys
import termios
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from runner.catalogue import definition
from runner.learn.attempts import Attempt, attempt
from runner.learn.exercises import Exercise
from runner.learn.hints import STEPS, hints_of, solution_of
from runner.learn.practice import Practice
from runner.learn.record import Done, done_in, keys_done, note
from runner.learn.telling import told_exercise
from runner.proofs.scratch import Scratch
from runner.show import fixing
from runner.show.fixing import Page
from runner.show.keys import BACK, NEXT, NOTHING, RESIZED
from runner.show.screen import draw, write_footer

POLL = 0.3  # seconds between two looks at the files
MORE = tuple(key for key in NEXT if key != "n")


class Workbench:
    """The exercises of one demo on one screen; `exercise` is the one in the practice copy."""

    def __init__(
        self,
        exercises: list[Exercise],
        practice: Practice,
        file: Path,
        scratch: Scratch,
        console: Console,
        read_key: Callable[..., str],
    ) -> None:
        self.exercises = exercises
        self.practice = practice
        self.file = file
        self.scratch = scratch
        self.console = console
        self.read_key = read_key
        self.exercise = next((e for e in exercises if e.key == practice.key()), None)
        self.seen: object = None  # the state of the files that `found` is about
        self.found: Attempt | None = None
        self.view = "exercise"
        self.page = 0

    def begin(self, wanted: Exercise) -> bool:
        """Make this the exercise in the copy, if the learner agrees where work would be lost.

        Returns whether there is an exercise to work on.
        """
        goes_on = wanted is self.exercise and self.practice.is_of_now(wanted)
        if not goes_on and self._may_write():
            self.practice.begin(wanted)
            self.exercise, self.seen = wanted, None
        if self.exercise:
            self._note()
        return self.exercise is not None

    def work(self) -> None:
        """Show and obey until the learner quits."""
        while self._show_and_obey():
            pass

    def _show_and_obey(self) -> bool:
        if self.seen != (state := self.practice.state()):
            self.seen = state
            self._run()
        pages = self._pages()
        self.page = min(self.page, len(pages) - 1)
        where = f"{self.page + 1}/{len(pages)} space" if len(pages) > 1 else ""
        page = pages[self.page]
        draw(self.console, page.drawn, f"{where} · {page.keys}" if where else page.keys)
        while not (key := self.read_key(POLL)) and self.practice.state() == self.seen:
            pass
        self._obey(key, pages)
        return key != "q"

    def _obey(self, key: str, pages: list[Page]) -> None:
        if key in MORE:
            self.page = (self.page + 1) % len(pages)
        elif key in BACK:
            self.page = max(0, self.page - 1)
        elif key == "t" and pages[self.page].test:
            self._look_at(pages[self.page].test)
        elif key == "h":
            self._note(hints=min(STEPS, self._done().hints + 1))
            self._look_at("exercise")
        elif key == "s":
            self._note(saw_solution=True)
            self._look_at("solution")
        elif key == "n":
            self._next()
        elif key == "r":
            self._start_again()
        elif key not in (NOTHING, "q", RESIZED):
            self._look_at("exercise")

    def _look_at(self, view: str) -> None:
        """Show the exercise, its solution, or the test of this name."""
        self.view, self.page = view, 0

    def _next(self) -> None:
        """Go to the next exercise that is not done, or just to the next where all are."""
        here = self.exercise.number
        following = [*self.exercises[here:], *self.exercises[: here - 1]]
        done = keys_done(self.file)
        undone = [each for each in following if each.key not in done]
        if following:
            self.begin((undone or following)[0])

    def _start_again(self) -> None:
        if self._may_write():
            self.practice.begin(self.exercise)
            self.seen = None

    def _may_write(self) -> bool:
        """Whether no work would be lost, or the learner gives it up."""
        work = self.practice.work()
        if not work:
            return True
        files = work[0] + (" and other files" if work[1:] else "")
        key = ""
        while key in (NOTHING, RESIZED):
            write_footer(self.console, f"This writes over your {files}. Do it? y yes · n no")
            key = self.read_key()
        return key == "y"

    def _run(self) -> None:
        """Run the tests, with a sign of life; keys that are typed meanwhile are dropped."""
        self.console.file.write(f"\x1b[{self.console.height};1H\x1b[2K")
        with self.console.status("running the tests …"):
            self.found = attempt(self.scratch, self.practice, self.exercise)
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
        if not self.found.red and not self.found.problem:
            self._note(is_done=True)
        self._look_at("exercise")

    def _pages(self) -> list[Page]:
        told = told_exercise(self.exercise, self.found, self._given(), self.practice, self._count())
        if self.view == "solution":
            return fixing.solution_pages(self.console, told, solution_of(self.exercise))
        for test in self.practice.demo.tests:
            if test.name == self.view:
                file = self.practice.demo.folder / "tests.py"
                line, source = definition(test, file.read_text("utf-8").splitlines())
                place = f"{self.practice.demo.path}/tests.py:{line}"
                return fixing.test_pages(self.console, told, place, source)
        return fixing.pages(self.console, told)

    def _given(self) -> list[str]:
        name = self.exercise.mutation.file
        theirs = self.found.files.get(name, b"").decode("utf-8", "replace")
        return hints_of(self.exercise, theirs)[: self._done().hints]

    def _count(self) -> tuple[int, int]:
        """How many exercises are done, and how many there are."""
        done = keys_done(self.file)
        return sum(each.key in done for each in self.exercises), len(self.exercises)

    def _done(self) -> Done:
        return done_in(self.file, self.exercise.key)

    def _note(self, **changed: object) -> None:
        done = replace(self._done(), **changed)
        note(self.file, self.practice.demo.number, self.exercise.key, done)
