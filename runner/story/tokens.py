"""Cuts a statement into tokens, and its brackets into a tree.

So the FROM of a subquery is not confused with the FROM around it, and text between single quotes
stays as it is.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

CLAUSES = {"SELECT", "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET"}
CLAUSES |= {"FETCH", "FOR", "UNION", "INTERSECT", "EXCEPT", "RETURNING", "ON", "SET", "VALUES"}
JOINS = {"INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS", "NATURAL", "JOIN", "USING"}
CASES = {"CASE", "WHEN", "THEN", "ELSE", "END"}
KEYWORDS = {"ALL", "AND", "AS", "ASC", "BY", "DEFAULT", "DELETE", "DISTINCT", "IN", "INDEXED"}
KEYWORDS |= {"INTO", "IS", "LATERAL", "NOT", "ONLY", "OR", "OVER", "RELEASE", "ROLLBACK"}
KEYWORDS |= {"SAVEPOINT", "TABLESAMPLE", "UPDATE", *CLAUSES, *JOINS, *CASES}

TOKEN = re.compile(
    r"""
      (?P<gap> (?: \s | --[^\n]* | /\*.*?(?:\*/|\Z) )+ )
    | (?P<string> [eE]'(?: [^'\\] | \\. | '' )*(?:'|\Z) | '[^']*(?:'|\Z)
                | (?P<tag> \$(?:[^\W\d]\w*)?\$ ).*?(?:(?P=tag)|\Z) )
    | (?P<name> "(?: [^"] | "" )*(?:"|\Z) )
    | (?P<placeholder> %s | %\(\w+\)s | \? )
    | (?P<number> \d[\w.]* )
    | (?P<word> [^\W\d][\w$]* )
    | (?P<other> %% | . )
    """,
    re.VERBOSE | re.DOTALL,
)
GAP = re.compile(r"--(?P<line>[^\n]*)|(?P<block>/\*.*?(?:\*/|\Z))|\s+", re.DOTALL)
QUOTED_WORD = re.compile(r'"([^\W\d][\w$]*)"')
CLOSING = {"(": ")", "[": "]"}


class Token(NamedTuple):
    """A piece of a statement. A bracket is one token that holds the tokens inside it."""

    gap: str  # the white space and comments before it
    text: str
    kind: str  # a group of TOKEN, or "bracket"; a "name" is never a keyword
    inside: "tuple[Token, ...]" = ()
    end: str = ""  # what closes a bracket

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords."""
        return self.kind == "word" and self.text.upper() in words

    def is_name(self) -> bool:
        """Whether it can name a table or a column."""
        return self.kind == "name" or (self.kind == "word" and not self.is_word(*KEYWORDS))


Tokens = tuple[Token, ...]
Part = tuple[Tokens, Tokens]  # the separator, none before the first part; what follows it


def text_of(tokens: Tokens) -> str:
    return "".join(_pieces(tokens)).strip()


def _pieces(tokens: Tokens) -> Iterator[str]:
    for token in tokens:
        yield token.gap + token.text
        yield from _pieces(token.inside)
        yield token.end


# From text to tokens.


def _tokens(sql: str) -> Iterator[Token]:
    gap, before = "", ""
    for match in TOKEN.finditer(sql):
        kind, text = str(match.lastgroup), match[0]
        if kind == "gap":
            gap = GAP.sub(_one_line, text)
            continue
        if kind == "placeholder":
            text = "?"
        elif kind == "name":
            bare = QUOTED_WORD.fullmatch(text)
            text = bare[1] if bare and bare[1].upper() not in KEYWORDS else text
        elif kind == "word" and before == ".":
            kind = "name"
        elif text == "%%":
            text = "%"
        if not gap and re.fullmatch(r"\w\w", before[-1:] + text[:1]):
            gap = " "  # the quotation marks kept the two apart
        yield Token(gap, text, kind)
        gap, before = "", text
    yield Token(gap, "", "other")


def _one_line(match: re.Match[str]) -> str:
    if match["line"] is not None:
        return f"/* {' '.join(match['line'].replace('*/', '').split())} */"
    return " ".join(match["block"].split()) if match["block"] else " "


def tree_of(sql: str) -> Tokens:
    """The tokens, brackets nested; a bracket that nothing closes ends with the statement."""
    level: list[Token] = []
    around: list[tuple[Token, list[Token]]] = []  # each open bracket, and what stands before it
    for token in _tokens(sql):
        if token.text in CLOSING:
            around.append((token, level))
            level = []
        elif around and token.text == CLOSING[around[-1][0].text]:
            level = _closed(around, level, token.gap + token.text)
        else:
            level.append(token)
    while around:
        level = _closed(around, level, "")
    return tuple(level)


def _closed(around: list[tuple[Token, list[Token]]], inside: list[Token], end: str) -> list[Token]:
    opening, level = around.pop()
    return [*level, opening._replace(kind="bracket", inside=tuple(inside), end=end)]


def has_placeholder(tokens: Tokens) -> bool:
    return any(token.kind == "placeholder" or has_placeholder(token.inside) for token in tokens)


def parts_of(tokens: Tokens, separator: str) -> list[Part]:
    parts: list[tuple[Tokens, list[Token]]] = [((), [])]
    for token in tokens:
        if token.text.upper() == separator and token.kind in ("word", "other"):
            parts.append(((token,), []))
        else:
            parts[-1][1].append(token)
    return [(before, tuple(part)) for before, part in parts]


def joined(parts: list[Part]) -> Iterator[Token]:
    for separator, part in parts:
        yield from (*separator, *part)


def length_of_name(tokens: Tokens) -> int:
    """Of how many tokens the name at the beginning consists; `public.shop_order` has three."""
    if not tokens or not tokens[0].is_name():
        return 0
    length = 1
    while len(tokens) > length + 1 and tokens[length].text == ".":
        length += 2
    return length


def is_clause(tokens: Tokens, position: int) -> bool:
    """Whether a clause of the statement begins here, or the statement ends."""
    token = tokens[position]
    if token.is_word("GROUP", "ORDER"):
        return position + 1 < len(tokens) and tokens[position + 1].is_word("BY")
    if token.is_word("FROM"):  # not IS DISTINCT FROM, EXTRACT(YEAR FROM …)
        before = tokens[:position]
        return any(earlier.is_word("SELECT", "DELETE", "UPDATE") for earlier in before) and not (
            before[-1].is_word("DISTINCT")
        )
    return token.text in (";", "") or token.is_word(*CLAUSES)
