"""The packages of the runner depend on each other in one direction only."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.catalogue import ROOT

BASE = ("runner.catalogue", "runner.errors", "runner.marks", "runner.surroundings")
# Each package or module, and all that it may import of this project.
ARROWS = {
    "runner": ("runner.marks",),
    "runner.catalogue": ("runner.errors",),
    "runner.errors": (),
    "runner.surroundings": (),
    "runner.marks": (),
    "runner.options": ("runner.errors",),
    "runner.recording": BASE,
    "runner.museum": (*BASE, "runner.story.versions", "runner.versions.foreign"),
    "runner.versions.foreign": BASE,
    "runner.story": (*BASE, "runner.recording.model"),
    "runner.show": (*BASE, "runner.story", "runner.recording.model"),
    "runner.show.web": (*BASE, "runner.story", "runner.recording.model", "runner.learn.questions"),
    "runner.live": (
        *(*BASE, "runner.recording", "runner.story", "runner.show", "runner.proofs"),
        *("runner.learn", "runner.support.launch", "shop", "config"),
    ),
    "runner.learn": (
        *(*BASE, "runner.recording", "runner.story", "runner.show", "runner.proofs"),
        "runner.support.launch",
    ),
    "runner.proofs": (
        *(*BASE, "runner.recording", "runner.story", "runner.show", "shop"),
        *("runner.learn.exercises", "runner.learn.hints", "runner.support.launch"),
    ),
    "runner.versions": (
        *(*BASE, "runner.recording", "runner.story", "runner.show", "runner.proofs"),
        "runner.support.launch",
    ),
    "runner.support": (*BASE, "runner.recording", "config.celery", "shop"),
    "config": ("runner.catalogue",),
    "shop": (),
    "museum": (),
    "demos": ("runner", "shop", "config"),
}
# And what it may not import of others.
FOREIGN = {
    "runner": ("pytest", "django", "rich"),
    "runner.marks": ("rich",),
    "runner.catalogue": ("pytest", "django", "rich", "environ"),
    "runner.story": ("pytest", "django", "rich", "rest_framework"),
    "runner.recording": ("rich",),
    "runner.support": ("rich",),
    "runner.show": ("django", "rest_framework"),
    "runner.learn": ("pytest", "django", "rest_framework"),
    "runner.show.web": ("rich", "rest_framework"),
}
OURS = ("runner", "config", "shop", "demos", "museum")


def is_below(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def imported(file: Path) -> Iterator[tuple[str, int]]:
    """The dotted names that a file imports, also inside its functions, each with its line.

    What is imported for type checkers alone is left out.
    """
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def wrong_arrows(root: Path) -> Iterator[str]:
    """What points where the design has no arrow, as "file:line imports name"."""
    for folder in OURS:
        for file in sorted((root / folder).rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            if {"tests", "template", "__main__", "commands"} & set(parts):
                continue
            module = ".".join(parts).removesuffix(".__init__")
            part = max((p for p in ARROWS if is_below(module, p)), key=len)
            for name, line in imported(file):
                if not is_allowed(part, name):
                    yield f"{file.relative_to(root)}:{line} imports {name}"


def is_allowed(part: str, name: str) -> bool:
    if any(is_below(name, foreign) for foreign in FOREIGN.get(part, ())):
        return False
    if name.partition(".")[0] not in OURS or (part != "runner" and is_below(name, part)):
        return True
    if "runner" in ARROWS[part] and name in ("runner.claim", "runner.trap", "runner.Verdict"):
        return True
    return any(is_below(name, target) for target in ARROWS[part] if target != "runner")


def test_every_arrow_is_one_of_the_design():
    assert list(wrong_arrows(ROOT)) == []


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("runner/story/story.py", "import rich"),
        ("runner/story/sql.py", "from runner.show.terminal import print_to"),
        ("runner/recording/model.py", "from runner.support.race import race"),
        ("runner/show/terminal.py", "from runner.recording.run import rehearse"),
        ("runner/catalogue.py", "import pytest"),
        ("config/demos.py", "from runner import claim"),
        ("shop/models.py", "from runner import claim"),
    ],
)
def test_an_arrow_up_is_named(house, file, line):
    text = (house.folder / file).read_text("utf-8")
    (house.folder / file).write_text(f"{line}\n{text}", "utf-8")

    (wrong,) = wrong_arrows(house.folder)

    assert wrong.startswith(f"{file}:1 imports {line.split()[1]}")


def test_the_quiz_starts_without_django_and_without_pytest():
    modules = (
        "import sys, runner.__main__, runner.learn.quiz\n"
        "found = {name.partition('.')[0] for name in sys.modules}\n"
        "assert not found & {'django', 'rest_framework', 'pytest', 'pygments', 'celery'}, found\n"
    )

    run = subprocess.run(
        [sys.executable, "-c", modules], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert run.stderr == ""
