"""The proof behind a scene, to be read: its test."""

from runner.catalogue import Demo, definition


def tests_of(demo: Demo) -> dict[str, str]:
    """The text of each test of the demo with its marks, by name."""
    lines = (demo.folder / "tests.py").read_text("utf-8").splitlines()
    return {test.name: definition(test, lines)[1] for test in demo.tests}
