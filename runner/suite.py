"""`make test`: the proofs, all of them or one demo's, in one process."""

import pytest

from runner.discovery import find_demo, find_demos
from runner.loading import load


def run(number: str = "") -> int:
    """Run the tests of one demo, or of all demos and of the runner.

    Returns pytest's exit status. What was skipped is listed with its reason.
    """
    demos = [find_demo(number)] if number else find_demos()
    load(*demos)
    what = [str(demos[0].folder)] if number else ["-p", "pytest_randomly"]
    return pytest.main(["-q", "-rs", *what])
