"""The words and signs that every show uses: verdicts, databases, counted things."""

from collections.abc import Iterable

from runner.recording.model import Scene

SIGNS = {"holds": "✔", "depends": "◐", "outdated": "◷", "wrong": "⊘"}
DATABASES = {"postgres": "PostgreSQL", "sqlite": "SQLite"}
ONE = {"holds": "holds", "depends": "depends", "outdated": "is outdated", "wrong": "is wrong"}
MANY = {"holds": "hold", "depends": "depend", "outdated": "are outdated", "wrong": "are wrong"}


def counted(number: int, noun: str) -> str:
    """ "1 trap", "5 traps", "16 queries"."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun.removesuffix('y')}ies" if noun == "query" else f"{number} {noun}s"


def verdicts(found: list[str | None]) -> str:
    """ "2 hold, 1 depends, 1 is wrong"."""
    counts = [(verdict, found.count(verdict)) for verdict in SIGNS if verdict in found]
    return ", ".join(f"{n} {(ONE if n == 1 else MANY)[verdict]}" for verdict, n in counts)


def tally(scenes: list[Scene]) -> str:
    """ "4 claims: 2 hold, 1 depends · 5 traps · 1 FAILED · 1 not tried": by what came out.

    A verdict counts only where its test passed.
    """
    claims = [scene for scene in scenes if scene.kind == "claim"]
    traps = [scene for scene in scenes if scene.kind == "trap"]
    proven = verdicts([scene.verdict for scene in claims if scene.outcome == "passed"])
    parts = [counted(len(claims), "claim") + (f": {proven}" if proven else "")]
    if traps:
        parts.append(counted(len(traps), "trap"))
    for outcome, word in (("failed", "FAILED"), ("skipped", "not tried")):
        if number := sum(scene.outcome == outcome for scene in scenes):
            parts.append(f"{number} {word}")
    return " · ".join(parts)


def database_names(names: Iterable[str]) -> list[str]:
    """The full names of databases, each once, in one fixed order."""
    used = set(names)
    return [full for name, full in DATABASES.items() if name in used]


def releases(since: str, until: str) -> str:
    """ "since DRF 3.18", "until Django 4.2", or both; empty where it is the same in all."""
    named = [("since", since), ("until", until)]
    return ", ".join(f"{word} {release}" for word, release in named if release)
