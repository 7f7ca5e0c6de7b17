"""Finds words that a reader stumbles over, and says which to write instead."""

import ast
import re
from collections.abc import Iterator

from runner.catalogue import Demo, parse
from runner.proofs.faults import Fault, line_of
from runner.story.prose import without_generated

# A pattern, where a space is any space, and the better words.
BETTER = {
    r"who (do|does|has|is) (not|no)": "if you do not, anyone who",
    r"who does": "anyone who, if you",
    r"whoever": "anyone who, if you",
    r"anew": "again",
    r"mend(s|ed|ing)?": "fix",
    r"one's own": "its own, your own",
    r"of (yours|ours|theirs|(the \w+|another)'s)": "your, our, their",
    r"is no (?-i:[A-Z])\w+": "is not",
    r"(he|him|his|himself)": "the user, you, they",
    r"without a word": "silently",
    r"the house": "the project",
    r"slips? of the pen": "typo",
    r"(too|is|very) dear": "expensive",
    r"nobody else": "no other request, no one else",
    r"signed in as nobody": "anonymous",
    r"come to be": "be saved, be created",
    r"by nobody": "nothing … it",
    r"somebody else": "another request, someone else",
}
STUMBLING = re.compile(
    "|".join(rf"\b{pattern}\b".replace(" ", r"\s+") for pattern in BETTER),
    re.IGNORECASE,
)


def faults_of_english(demo: Demo) -> Iterator[Fault]:
    """Odd words in the README, and in what tests.py shows: claims, docstrings, `stage.say`."""
    readme = demo.folder / "README.md"
    prose = without_generated(readme.read_text("utf-8"))
    yield from (Fault(readme, line, text) for line, text in odd_words(prose))
    tests = demo.folder / "tests.py"
    source = tests.read_text("utf-8")
    for node in shown(parse(tests)):
        segment = ast.get_source_segment(source, node) or ""
        for line, text in odd_words(segment):
            yield Fault(tests, node.lineno + line - 1, text)


def odd_words(text: str) -> Iterator[tuple[int, str]]:
    """Each odd expression of the text, as a fault with its line."""
    for found in STUMBLING.finditer(text):
        words = " ".join(found[0].split())
        yield line_of(text, found.start()), f'"{words}": write "{_better(words)}"'


def _better(words: str) -> str:
    return next(
        better for pattern, better in BETTER.items() if re.fullmatch(pattern, words, re.IGNORECASE)
    )


def shown(tree: ast.Module) -> Iterator[ast.expr]:
    """The strings of tests.py that the audience reads."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(body=[ast.Expr(value=ast.Constant(value=str())), *_]):
                yield node.body[0].value
            case ast.Call(func=ast.Name(id="claim" | "trap"), args=[text, *_]):
                yield text
            case ast.Call(func=ast.Attribute(value=ast.Name(id="stage"), attr="say"), args=[text]):
                yield text
