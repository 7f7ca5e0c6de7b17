"""Other interpreters and releases than those of this environment: uv, and where a Python is."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from runner.catalogue import ROOT

KEPT = ROOT / ".versions"
UV = [sys.executable, "-E", "-m", "uv"]
UNRESOLVED = 1  # what uv returns where releases do not fit; it returns 2 for a fault of its own
# Settings of uv and pip that would install something else.
MISLEADING = ("UV_CONSTRAINT", "UV_OVERRIDE", "UV_SYSTEM_PYTHON", "PIP_CONSTRAINT")


def run(*command: object) -> subprocess.CompletedProcess[str]:
    """Run a command in the checkout; what it prints is kept, and its status is for the caller."""
    inherited = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    return subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env=inherited,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def uv(*words: object) -> subprocess.CompletedProcess[str]:
    return run(*UV, *words)


def new_environment(folder: Path, *options: object) -> subprocess.CompletedProcess[str]:
    """Make an environment, also where one was interrupted before it was whole."""
    return uv("venv", "-q", "--clear", "--force", *options, folder)


@cache
def interpreter(python: str) -> Path | None:
    """The program of that Python, "3.13"; None where there is none that runs."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser()
    named = shutil.which(f"python{python}")
    for program in [named, *sorted(pyenv.glob(f"versions/{python}.*/bin/python"))]:
        if program and release_of(Path(program)).startswith(f"{python}."):
            return Path(program)
    return None


@cache
def release_of(program: Path) -> str:
    """The release of that interpreter, "3.13.0"; empty where it does not run."""
    say = "import platform; print(platform.python_version())"
    return run(program, "-E", "-c", say).stdout.strip()
