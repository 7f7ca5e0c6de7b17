"""Finds the demos, records what their tests do, and shows it.

A demo imports three names from here to mark its tests: `claim`, `trap`, `Verdict`.
"""

from runner.marks import Verdict, claim, trap

__all__ = ["Verdict", "claim", "trap"]
