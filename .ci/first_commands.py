"""Plays every demo that needs something as the first command after the core set-up alone.

Each gets a fresh clone of HEAD with a copy of an environment that holds the core and nothing else.
(The Makefile runs all programs by `python -m`, so an environment still works where it is copied
to.) Demo 07 makes that environment: it plays on a clone without any.

Prints a line for each; returns 1 when a demo does not play.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from runner.catalogue import Demo, find_demos  # noqa: E402 - found by the line above

FROM_NOTHING = "07"


def played(number: str, folder: Path, core: Path | None) -> bool:
    """Whether `make demo-NN` is green as the first command of a clone in this folder."""
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", ROOT, folder], check=True)
    if core:
        shutil.copytree(core, folder / ".venv", symlinks=True)
    start = perf_counter()
    run = subprocess.run(
        ["make", "-s", f"demo-{number}"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    sign = "✘" if run.returncode else "✔"
    print(f"{sign} make demo-{number} first: {perf_counter() - start:.1f} s", flush=True)
    if run.returncode:
        print(run.stdout + run.stderr, flush=True)
    return run.returncode == 0


def needing(demos: list[Demo]) -> list[str]:
    return [demo.number for demo in demos if demo.needs]


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="first-commands-") as name:
        scratch = Path(name)
        if not played(FROM_NOTHING, scratch / FROM_NOTHING, None):
            return 1
        core = scratch / FROM_NOTHING / ".venv"

        def plays(number: str) -> bool:
            folder = scratch / f"demo-{number}"
            try:
                return played(number, folder, core)
            finally:
                shutil.rmtree(folder)

        with ThreadPoolExecutor(os.cpu_count()) as workers:
            return 0 if all(list(workers.map(plays, needing(find_demos())))) else 1


if __name__ == "__main__":
    sys.exit(main())
