"""Makes an environment for each column below .versions/, with uv; made once, and used again."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

from runner.catalogue import EXTRAS, ROOT
from runner.errors import UserError
from runner.versions.columns import Pair

KEPT = ROOT / ".versions"
UV = [sys.executable, "-E", "-m", "uv"]
UNRESOLVED = 1  # what uv returns where releases do not fit; it returns 2 for a fault of its own
MISLEADING = ("UV_CONSTRAINT", "UV_OVERRIDE", "UV_SYSTEM_PYTHON", "PIP_CONSTRAINT")
LEFT_OUT = {"learn", "dev"}  # extras that no demo needs
NAME = re.compile(r"[\w.-]+(\[\w+\])?")
# Old releases import what a new Django does not have any more, and pip does not know it.
IMPORTS = """
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"])
django.setup()
import rest_framework.viewsets
"""
# What is loaded with DEBUG alone, and would forbid a Django that the demos run on.
UNUSED = {"django-debug-toolbar"}


class CannotInstall(Exception):
    """These releases cannot be installed together, or their Python is missing: why."""


class Environment:
    """The environment of one column."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.folder = KEPT / re.sub(r"[^\w.]+", "-", f"{pair.name}-py{pair.python}").lower()
        self.python = self.folder / "env" / "bin" / "python"
        self.unimported = ""

    def make(self) -> None:
        """Install what is not there. Raises CannotInstall; UserError where no index answers.

        Afterwards `unimported` says why the releases cannot be imported together, if so.
        """
        made = self.folder / "made.json"
        wanted = {"pins": self.pair.pinned, "packages": requirements()}
        known = json.loads(made.read_text("utf-8")) if made.exists() else {}
        self.unimported = known.get("unimported", "")
        if known == wanted | {"unimported": self.unimported} and os.access(self.python, os.X_OK):
            return
        program = interpreter(self.pair.python)
        self.folder.mkdir(parents=True, exist_ok=True)
        made.unlink(missing_ok=True)
        pins = self.folder / "pins.txt"
        pins.write_text(self.pair.pinned, "utf-8")
        _checked(_uv("venv", "-q", "--clear", "--python", program, self.folder / "env"))
        install = ("pip", "install", "-q", "--compile-bytecode", "--python", self.python)
        done = _uv(*install, "--constraint", pins, *requirements())
        if done.returncode == UNRESOLVED:
            raise CannotInstall(_reason(done.stderr))
        _checked(done)
        tried = _run(self.python, "-E", "-W", "ignore", "-c", IMPORTS)
        said = tried.stderr.splitlines()[-1] if tried.returncode else ""
        self.unimported = re.sub(r" \(/.*\)$", "", said)  # a path of this machine
        told = wanted | {"unimported": self.unimported}
        made.write_text(json.dumps(told, indent=1), "utf-8")

    def packages(self) -> dict[str, str]:
        """The exact release of all that is installed."""
        listed = _uv("pip", "list", "--format=json", "--python", self.python)
        _checked(listed)
        return {each["name"]: each["version"] for each in json.loads(listed.stdout)}


@cache
def requirements() -> list[str]:
    """What the demos need, by name: the pins have the releases."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = list(project["dependencies"])
    for extra in EXTRAS:
        wanted += [] if extra in LEFT_OUT else project["optional-dependencies"][extra]
    return [name for each in wanted if (name := NAME.match(each)[0]) not in UNUSED]


@cache
def interpreter(python: str) -> Path:
    """The program of that Python, "3.13"; raises CannotInstall where there is none that runs."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser()
    named = shutil.which(f"python{python}")
    for program in [named, *sorted(pyenv.glob(f"versions/{python}.*/bin/python"))]:
        if program and release_of(Path(program)).startswith(f"{python}."):
            return Path(program)
    raise CannotInstall(f"there is no python{python} on the PATH")


@cache
def release_of(program: Path) -> str:
    """The release of that interpreter, "3.13.0"; empty where it does not run."""
    say = "import platform; print(platform.python_version())"
    return _run(program, "-E", "-c", say).stdout.strip()


def _reason(said: str) -> str:
    """What uv says of releases that do not fit, on one line."""
    cause = said.partition("cause:")[2] or said
    return " ".join(cause.split()).partition(", we can conclude")[0]


def _uv(*words: object) -> subprocess.CompletedProcess[str]:
    return _run(*UV, *words)


def _run(*command: object) -> subprocess.CompletedProcess[str]:
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


def _checked(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise UserError(
            f"Installing failed ({_reason(done.stderr)[-200:]}); is a package index reachable? "
            "Then run `make versions` again."
        )
