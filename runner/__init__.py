"""Finds the demos, records what their tests do, shows it.

What a demo may import from here is the marking of its tests: `claim`, `trap`, `Verdict`.
"""

from runner.claims import Verdict, claim, trap

__all__ = ["Verdict", "claim", "trap"]
