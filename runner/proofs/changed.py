"""Which demos were changed, for `make prove CHANGED=1`."""

import subprocess

from runner.catalogue import ROOT, Demo
from runner.errors import UserError

MAIN_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


def changed(demos: list[Demo]) -> list[Demo]:
    """Those of the demos with a file that differs from where this branch left the main one.

    Uncommitted and untracked files count. A change outside of demos/ may concern every demo, so
    it returns all of them. Raises UserError where git cannot tell.
    """
    main = next((name for name in MAIN_BRANCHES if _git("rev-parse", "-q", "--verify", name)), None)
    base = main and _git("merge-base", "HEAD", main)
    if not base:
        raise UserError(
            f"CHANGED=1 compares with the branch {' or '.join(MAIN_BRANCHES[-2:])} of a git "
            "checkout, and there is none; `make prove` tries all demos."
        )
    tracked = _git("diff", "--name-only", "-z", "--no-renames", "--relative", base.strip())
    untracked = _git("ls-files", "-z", "--others", "--exclude-standard")
    files = f"{tracked}{untracked}".split("\0")[:-1]
    if any(not file.startswith("demos/") for file in files):
        return demos
    return [demo for demo in demos if any(file.startswith(f"{demo.path}/") for file in files)]


def _git(*arguments: str) -> str:
    """What git prints; nothing where it is missing or fails."""
    try:
        run = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return ""
    return run.stdout if run.returncode == 0 else ""
