"""Checks the rule on size: above it, a demo or a module is two ideas."""

from collections.abc import Iterator
from pathlib import Path

from runner.catalogue import ROOT, Demo
from runner.proofs.faults import Fault
from runner.story.prose import GENERATED

APP = 300
TESTS = 500
OTHER = 200


def faults_of_demo_size(demo: Demo) -> Iterator[Fault]:
    """Its app as a whole, its tests, and its README without what is generated."""
    tests = demo.folder / "tests.py"
    readme = demo.folder / "README.md"
    app = sum(lines(file) for file in demo.folder.glob("*.py") if file != tests)
    if app > APP:
        yield Fault(demo.folder, 0, f"the app has {app} lines, over {APP}")
    if (length := lines(tests)) > TESTS:
        yield Fault(tests, 0, f"{length} lines, over {TESTS}")
    prose = GENERATED.sub("", readme.read_text("utf-8")).count("\n")
    if prose > OTHER:
        yield Fault(readme, 0, f"{prose} lines of prose, over {OTHER}")


def faults_of_module_sizes() -> Iterator[Fault]:
    """Each module of the runner, the shop and the configuration; its tests count as tests."""
    for folder in ("runner", "shop", "config"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            most = TESTS if "tests" in file.parts else OTHER
            if (length := lines(file)) > most:
                yield Fault(file, 0, f"{length} lines, over {most}")


def lines(file: Path) -> int:
    return file.read_text("utf-8").count("\n")
