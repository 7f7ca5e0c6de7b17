"""What is on disk: the demos, their claims, and what they need.

Standard library only, so that it is fast and that settings can import it.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from runner.errors import UserError

ROOT = Path(__file__).resolve().parent.parent
# What a test may ask for beyond SQLite, by its marks: the extras of pyproject.toml that it takes.
NEEDS = {
    "postgres": ("services",),
    "redis": ("services",),
    "celery": ("services",),
    "openapi": ("openapi",),
    "browser": ("browser",),
    "tls": ("tls",),
}
# All extras: what the demos may need, what quiz and cards take, and the tools of development.
EXTRAS = (*dict.fromkeys(name for names in NEEDS.values() for name in names), "learn", "dev")
FOLDER_NAME = re.compile(r"(\d\d)_([a-z][a-z0-9_]*)")


@dataclass(frozen=True)
class Claim:
    """A claim or a trap as written above a test: `kind` is "claim" or "trap"."""

    test: str
    kind: str
    text: str
    verdict: str | None
    since: str = ""  # the first release that behaves so, such as "DRF 3.18"
    until: str = ""  # the last one


@dataclass(frozen=True)
class Demo:
    """One numbered folder below demos/."""

    folder: Path

    @property
    def number(self) -> str:
        return self.folder.name[:2]

    @property
    def slug(self) -> str:
        return self.folder.name[3:]

    @property
    def module(self) -> str:
        return f"demos.{self.folder.name}"

    @property
    def label(self) -> str:
        """The Django app label; a folder name that begins with a digit can be none."""
        return f"demo_{self.number}"

    @property
    def path(self) -> str:
        """The folder as one would type it from the top of the checkout."""
        return f"demos/{self.folder.name}"

    @cached_property
    def question(self) -> str:
        """The title of the README, without its number; the slug where there is none yet."""
        readme = self.folder / "README.md"
        first_line = readme.read_text("utf-8").partition("\n")[0] if readme.exists() else ""
        return first_line.removeprefix("#").strip().removeprefix(f"{self.number} ·").strip() or (
            self.slug.replace("_", " ")
        )

    @cached_property
    def tests(self) -> list[ast.FunctionDef]:
        """The test functions of tests.py as written, unrun.

        Raises UserError where the file is no valid Python.
        """
        tests = self.folder / "tests.py"
        if not tests.exists():
            return []
        tree = parse(tests)
        return [
            node
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        ]

    @cached_property
    def needs(self) -> frozenset[str]:
        """What the marks of its tests ask for beyond SQLite, of NEEDS."""
        tests = self.folder / "tests.py"
        tree = parse(tests) if tests.exists() else ast.Module([], [])
        return frozenset(need for node in ast.walk(tree) for need in _needs(node))

    @property
    def claims(self) -> list[Claim]:
        """The claims and traps of tests.py, in the order in which they are told."""
        return [
            Claim(test.name, *said)
            for test in self.tests
            for decorator in test.decorator_list
            if (said := _marked(decorator))
        ]


def _marked(decorator: ast.expr) -> tuple[str, str, str | None, str, str] | None:
    match decorator:
        case ast.Call(
            func=ast.Name(id="claim" | "trap" as kind), args=[ast.Constant(value=str(text))]
        ):
            given = {keyword.arg: keyword.value for keyword in decorator.keywords}
            verdict = given["verdict"].attr.lower() if "verdict" in given else "holds"
            since, until = (getattr(given.get(key), "value", "") for key in ("since", "until"))
            return kind, text, verdict if kind == "claim" else None, since, until
    return None


def _needs(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(attr="mark"), attr="database"),
            args=[ast.Constant(value="postgres"), *_],
        ):
            yield "postgres"
        case ast.Attribute(value=ast.Attribute(attr="mark"), attr=name) if name in NEEDS:
            yield name


def definition(node: ast.ClassDef | ast.FunctionDef, lines: list[str]) -> tuple[int, str]:
    """The line of a definition's first decorator, if any, and its text from there."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return first, "\n".join(lines[first - 1 : node.end_lineno])


def parse(file: Path) -> ast.Module:
    """The syntax tree of a Python file; raises UserError with file and line where it has none."""
    try:
        return ast.parse(file.read_bytes(), filename=str(file))
    except SyntaxError as error:
        raise UserError(
            f"{_shown(file)} line {error.lineno} is no valid Python: {error.msg}."
        ) from error


def _shown(file: Path) -> Path:
    return file.relative_to(ROOT) if file.is_relative_to(ROOT) else file


def find_demos(root: Path = ROOT) -> list[Demo]:
    """All demos in the order of their numbers.

    Raises UserError where two folders share a number.
    """
    found: dict[str, Demo] = {}
    for folder in sorted((root / "demos").glob("[0-9][0-9]_*")):
        if not FOLDER_NAME.fullmatch(folder.name) or not folder.is_dir():
            continue
        demo = Demo(folder)
        if demo.number in found:
            raise UserError(
                f"Two demos are numbered {demo.number}: {found[demo.number].path} and "
                f"{demo.path}; rename one of the two folders."
            )
        found[demo.number] = demo
    return list(found.values())


def demo_after(demo: Demo) -> Demo | None:
    """The next demo there is, by number."""
    return next((other for other in find_demos() if other.number > demo.number), None)


def find_demo(number: str, root: Path = ROOT) -> Demo:
    """The demo of that number, "7" or "07"; raises UserError where there is none."""
    demos = find_demos(root)
    for demo in demos:
        if demo.number == number.rjust(2, "0"):
            return demo
    known = ", ".join(demo.number for demo in demos)
    raise UserError(f"There is no demo {number}; there are {known} (`make demos` lists them).")


def extras_for(needs: Iterable[str]) -> list[str]:
    """The extras of pyproject.toml that these needs take, each once."""
    return sorted({extra for need in needs for extra in NEEDS[need]})


if __name__ == "__main__":
    # `python -m runner.catalogue needs 16 [NEED …]`: what the Makefile has to install.
    _, _command, _number, *_more = sys.argv
    print(*extras_for({*find_demo(_number).needs, *_more}))
