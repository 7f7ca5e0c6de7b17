"""The small edits of a file: each is valid Python and changes one thing."""

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

OPPOSITES = {
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Lt: ("<", ">="),
    ast.GtE: (">=", "<"),
    ast.Gt: (">", "<="),
    ast.LtE: ("<=", ">"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.And: ("and", "or"),
    ast.Or: ("or", "and"),
}
Span = tuple[int, int]


@dataclass(frozen=True)
class Edit:
    """Of a file of the app: the bytes from `start` to `end` become `after`."""

    file: str
    text: bytes
    start: int
    end: int
    after: bytes

    @property
    def edited(self) -> str:
        return (self.text[: self.start] + self.after + self.text[self.end :]).decode()

    def __str__(self) -> str:
        """The edit on one line: where, what, and what it becomes."""
        before = " ".join(self.text[self.start : self.end].decode().split()).strip(", ")
        line = self.text.count(b"\n", 0, self.start) + 1
        after = self.after.decode().strip() or "nothing"
        return f"{self.file}:{line}: {before} → {after}"


def edits_of(name: str, source: str) -> list[Edit]:
    """The small edits of this file that are valid Python, in the order of the file."""
    text = source.encode()
    found = {}
    for start, end, after in Finder(text).edits():
        edit = Edit(name, text, start, end, after.encode())
        if edit.edited not in found and edit.edited != source and _compiles(edit.edited):
            found[edit.edited] = edit
    return sorted(found.values(), key=lambda edit: (edit.start, edit.end))


def _compiles(text: str) -> bool:
    try:
        compile(text, "edit", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


class Finder:
    """Finds what can be edited in a file, by its syntax tree."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.lines = [0, *itertools.accumulate(len(line) for line in text.splitlines(True))]

    def edits(self) -> Iterator[tuple[int, int, str]]:
        """The edits, as start, end and what stands there then."""
        left = [ast.parse(self.text)]
        while left:
            node = left.pop()
            if isinstance(node, ast.JoinedStr):  # its parts have no positions of their own
                continue
            yield from self._edits_of(node)
            left += [child for child in ast.iter_child_nodes(node) if not _is_docstring(child)]

    def _span(self, node: ast.AST) -> Span:
        decorators = getattr(node, "decorator_list", None)
        first_line = decorators[0].lineno if decorators else node.lineno
        return (
            self.lines[first_line - 1] + node.col_offset,
            self.lines[node.end_lineno - 1] + node.end_col_offset,
        )

    def _edits_of(self, node: ast.AST) -> Iterator[tuple[int, int, str]]:
        kept = (ast.Import, ast.ImportFrom, ast.Pass, ast.Return)
        if isinstance(node, ast.stmt) and not isinstance(node, kept):
            yield (*self._span(node), "pass")
        for decorator in getattr(node, "decorator_list", ()):
            start, end = self._span(decorator)
            yield start - 1, end, ""
        match node:
            case ast.List() | ast.Tuple() | ast.Set():
                yield from self._without_each([self._span(e) for e in node.elts])
                yield from self._emptied(node, node.elts)
            case ast.Dict():
                pairs = zip(node.keys, node.values, strict=True)
                yield from self._without_each(
                    [
                        (self._span(key)[0] if key else self._span(value)[0] - 2, self._end(value))
                        for key, value in pairs
                    ]
                )
            case ast.Call():
                spans = sorted(self._span(a) for a in (*node.args, *node.keywords))
                keywords = {self._span(keyword) for keyword in node.keywords}
                yield from self._without_each(spans, keywords)
            case ast.ClassDef(bases=[_, _, *_]):
                yield from self._without_each([self._span(base) for base in node.bases])
            case ast.Compare():
                for op, (left, right) in zip(
                    node.ops, itertools.pairwise([node.left, *node.comparators]), strict=True
                ):
                    yield from self._turned(op, left, right)
            case ast.BoolOp():
                for left, right in itertools.pairwise(node.values):
                    yield from self._turned(node.op, left, right)
            case ast.UnaryOp(op=ast.Not()):
                yield (*self._span(node), f"({self._text(node.operand)})")
            case ast.Return(value=ast.expr() as value):
                yield (*self._span(value), "None")
            case ast.Constant(value=bool() as value):
                yield (*self._span(node), str(not value))
            case ast.Constant(value=int() | float() as value):
                yield (*self._span(node), str(value + 1))
            case ast.Constant(value=str() as value):
                yield (*self._span(node), repr(f"{value}x"))

    def _end(self, node: ast.AST) -> int:
        return self._span(node)[1]

    def _text(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self.text[start:end].decode()

    def _without_each(self, spans: list[Span], which: set[Span] | None = None) -> Iterator:
        """Each element removed together with a comma beside it."""
        for number, (start, end) in enumerate(spans):
            if which is not None and (start, end) not in which:
                continue
            if number + 1 < len(spans):
                end = spans[number + 1][0]
            elif number:
                start = spans[number - 1][1]
            yield start, end, ""

    def _emptied(self, node: ast.AST, elements: list[ast.expr]) -> Iterator:
        """A tuple of one element needs its comma gone as well."""
        start, end = self._span(node)
        if isinstance(node, ast.Tuple) and len(elements) == 1:
            yield start, end, "()"

    def _turned(self, op: ast.AST, left: ast.AST, right: ast.AST) -> Iterator:
        before, after = OPPOSITES[type(op)]
        start, end = self._end(left), self._span(right)[0]
        between = self.text[start:end].decode()
        yield start, end, between.replace(before, after, 1)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
