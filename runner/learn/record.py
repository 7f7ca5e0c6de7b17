"""What a learner's progress file holds of `make fix`: the demo of the last exercise, and of each
exercise the hints that were asked for and whether it is done.

`python -m runner.learn.record STATE` prints the number of the last demo, for the Makefile: standard
library only.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from runner.learn.progress import changed, progress_file, progress_in


@dataclass(frozen=True)
class Done:
    """What a learner did in one exercise."""

    hints: int = 0
    saw_solution: bool = False
    is_done: bool = False


def last_demo(file: Path) -> str:
    """The number of the demo that was fixed last, empty where there is none."""
    last = progress_in(file).get("fix", {}).get("last")
    return last if isinstance(last, str) else ""


def done_in(file: Path, key: str) -> Done:
    """What was done in the exercise with this key."""
    return _done(progress_in(file).get("fix", {}).get(key))


def keys_done(file: Path) -> set[str]:
    """The keys of the exercises that are done."""
    entries = progress_in(file).get("fix", {})
    return {key for key, entry in entries.items() if _done(entry).is_done}


def _done(entry: object) -> Done:
    if not isinstance(entry, dict):
        return Done()
    hints = entry.get("hints")
    return Done(
        hints=hints if isinstance(hints, int) else 0,
        saw_solution=entry.get("saw_solution") is True,
        is_done=entry.get("is_done") is True,
    )


def note(file: Path, demo: str, key: str, done: Done) -> None:
    """Keep what was done; raises UserError where the file cannot be written."""
    with changed(file) as progress:
        fix = progress.setdefault("fix", {})
        fix["last"] = demo
        fix[key] = vars(done)


if __name__ == "__main__":
    print(last_demo(progress_file(*sys.argv[1:])))
