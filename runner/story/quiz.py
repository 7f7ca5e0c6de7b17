"""What is told in a quiz, as plain data: what a show draws."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """A claim without its verdict, under the question of its demo. `place` is "3 of 10"."""

    place: str
    number: str
    question: str
    claim: str


@dataclass(frozen=True)
class Revealed:
    """What is told after the answer `given`. `again` says when the claim comes again."""

    asked: Asked
    given: str
    verdict: str
    releases: str  # "since DRF 3.18", mostly empty
    again: str
    why: str
    evidence: str


@dataclass(frozen=True)
class Share:
    """How many answers were right, of those with this verdict or topic."""

    name: str
    right: int
    asked: int


@dataclass(frozen=True)
class Score:
    """The end of a quiz. Topics stand weakest first; `so_far` is about all quizzes until now."""

    total: Share
    verdicts: list[Share]
    topics: list[Share]
    so_far: list[Share]
    missed: list[tuple[str, str]]  # number and question of the demos to play
    coming: list[tuple[str, int]]  # "tomorrow", and how many claims come then
    new: int  # how many were never asked
