"""The proof behind a scene, to be read: its test."""

from dataclasses import dataclass

from runner.catalogue import Demo


@dataclass(frozen=True)
class TestText:
    """A test as it stands in tests.py, with its marks; `line` is that of the first."""

    line: int
    text: str


def tests_of(demo: Demo) -> dict[str, TestText]:
    """The text of each test of the demo, by name."""
    lines = (demo.folder / "tests.py").read_text("utf-8").splitlines()
    found = {}
    for test in demo.tests:
        first = min([test.lineno, *(decorator.lineno for decorator in test.decorator_list)])
        found[test.name] = TestText(first, "\n".join(lines[first - 1 : test.end_lineno]))
    return found
