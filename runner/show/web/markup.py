"""Turns Markdown, Python, SQL and diffs into HTML that needs no script."""

import html
import re
from collections.abc import Callable, Iterable

from markdown_it import MarkdownIt
from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, String

MARKDOWN = MarkdownIt("commonmark", {"html": False})
COLOURED = {
    Keyword: "b",
    Name.Decorator: "d",
    String: "s",
    Number: "n",
    Comment: "i",
}
TAGS = {"b", "i"}  # short, since a page has thousands; the others are classes of a span
SQL_WORD = re.compile(r"\b[A-Z]{2,}\b")
DIFF = {"+": "ins", "-": "del"}


def python(source: str) -> str:
    """Python in colours: each token that has one in a span of its class."""
    found: list[list[str]] = []
    for token, text in PythonLexer(stripnl=False).get_tokens(source):
        style = next((style for kind, style in COLOURED.items() if token in kind), "")
        if found and found[-1][0] == style:
            found[-1][1] += text
        else:
            found.append([style, text])
    return "".join(_span(style, text) for style, text in found).rstrip("\n")


def _span(style: str, text: str) -> str:
    safe = html.escape(text, quote=False)
    if style in TAGS:
        return f"<{style}>{safe}</{style}>"
    return f'<span class="{style}">{safe}</span>' if style else safe


def sql(statement: str) -> str:
    """SQL with its key words set apart."""
    safe = html.escape(statement, quote=False)
    return SQL_WORD.sub(r"<b>\g<0></b>", safe)


def diff(lines: Iterable[str]) -> str:
    """The lines of a diff, what goes and what comes as such."""
    return "\n".join(_diff_line(line) for line in lines)


def _diff_line(line: str) -> str:
    safe, tag = html.escape(line, quote=False), DIFF.get(line[:1])
    return f"<{tag}>{safe}</{tag}>" if tag else safe


def inline(text: str, change: Callable[[str], str] = lambda rendered: rendered) -> str:
    """One line of Markdown as HTML, without a paragraph around it."""
    return change(MARKDOWN.renderInline(" ".join(text.split())))


def paragraphs(text: str, change: Callable[[str], str] = lambda rendered: rendered) -> str:
    """Markdown as HTML."""
    return change(MARKDOWN.render(text))
