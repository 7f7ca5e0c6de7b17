"""Makes an environment for each column below .versions/, with uv; made once, and used again."""

import json
import os
import re
import subprocess
import tomllib
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path

from runner.catalogue import EXTRAS, ROOT
from runner.errors import UserError
from runner.versions import foreign
from runner.versions.columns import Pair
from runner.versions.foreign import KEPT, UNRESOLVED, release_of, uv

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


@dataclass
class Made:
    """What came of making an environment; kept, so that it is asked once."""

    wanted: str  # what it was made of
    python: str = ""  # the exact release
    packages: dict[str, str] = field(default_factory=dict)  # the exact release of each
    uninstallable: str = ""  # why these releases cannot be installed together
    unimported: str = ""  # why they cannot be imported together


class Environment:
    """The environment of one column."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.folder = KEPT / re.sub(r"[^\w.]+", "-", f"{pair.name}-py{pair.python}").lower()
        self.python = self.folder / "env" / "bin" / "python"
        self.made = Made("")

    def make(self) -> None:
        """Install what is not there. Raises CannotInstall; UserError where no index answers."""
        file = self.folder / "made.json"
        wanted = "\n".join([*requirements(), self.pair.pinned])
        self.made = _kept(file)
        if self.made.wanted != wanted or not os.access(self.python, os.X_OK):
            file.unlink(missing_ok=True)
            self.made = self._make(wanted)
            file.write_text(json.dumps(asdict(self.made), indent=1), "utf-8")
        if self.made.uninstallable:
            raise CannotInstall(self.made.uninstallable)

    def _make(self, wanted: str) -> Made:
        program = interpreter(self.pair.python)
        self.folder.mkdir(parents=True, exist_ok=True)
        pins = self.folder / "pins.txt"
        pins.write_text(self.pair.pinned, "utf-8")
        _checked(foreign.new_environment(self.folder / "env", "--python", program))
        made = Made(wanted, python=release_of(program))
        install = ("pip", "install", "-q", "--compile-bytecode", "--python", self.python)
        done = uv(*install, "--constraint", pins, *requirements())
        if done.returncode == UNRESOLVED:
            return replace(made, uninstallable=_reason(done.stderr))
        _checked(done)
        listed = uv("pip", "list", "--format=json", "--python", self.python)
        _checked(listed)
        packages = {each["name"]: each["version"] for each in json.loads(listed.stdout)}
        return replace(made, packages=packages, unimported=_unimported(self.python))


def _kept(file: Path) -> Made:
    """What the file says; nothing where it is missing, cut off or of another checkout."""
    try:
        return Made(**json.loads(file.read_text("utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return Made("")


def _unimported(python: Path) -> str:
    tried = foreign.run(python, "-E", "-W", "ignore", "-c", IMPORTS)
    said = tried.stderr.splitlines()[-1] if tried.returncode else ""
    return re.sub(r" \(/.*\)$", "", said)  # a path of this machine


@cache
def requirements() -> list[str]:
    """What the demos need, by name: the pins have the releases."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = list(project["dependencies"])
    for extra in EXTRAS:
        wanted += [] if extra in LEFT_OUT else project["optional-dependencies"][extra]
    return [name for each in wanted if (name := NAME.match(each)[0]) not in UNUSED]


def interpreter(python: str) -> Path:
    """The program of that Python, "3.13"; raises CannotInstall where there is none that runs."""
    found = foreign.interpreter(python)
    if found is None:
        raise CannotInstall(f"there is no python{python} on the PATH")
    return found


def _reason(said: str) -> str:
    """What uv says of releases that do not fit, on one line."""
    cause = said.partition("cause:")[2] or said
    return " ".join(cause.split()).partition(", we can conclude")[0]


def _checked(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise UserError(
            f"Installing failed ({_reason(done.stderr)[-200:]}); is a package index reachable? "
            "Then run `make versions` again."
        )
