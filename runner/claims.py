"""How a test says which sentence it puts on trial."""

from enum import StrEnum

import pytest


class Verdict(StrEnum):
    """What the test found out about a claim of the usual answer."""

    HOLDS = "holds"
    DEPENDS = "depends"  # true only when the docstring's condition is met
    OUTDATED = "outdated"  # was true in an earlier release
    WRONG = "wrong"


def claim(text: str, *, verdict: Verdict = Verdict.HOLDS) -> pytest.MarkDecorator:
    """Mark a test as the trial of one sentence of the usual answer.

    `text` is that sentence; where it does not simply hold, the test's docstring says what is
    true instead.
    """
    return pytest.mark.claim(text, verdict=verdict)


def trap(text: str) -> pytest.MarkDecorator:
    """Mark a test as the proof of something that the usual answer leaves out."""
    return pytest.mark.trap(text)
