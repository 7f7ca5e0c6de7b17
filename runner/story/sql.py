"""Makes the statements of the ORM fit for reading: folded, counted, shortened.

A statement is cut into tokens, and its brackets make a tree of them. So the FROM of a subquery is
not confused with the FROM around it, and text between single quotes stays as it is.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from runner.recording.model import Query

LONGEST_LIST = 40  # characters of a column list that is still shown whole

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


def folded(queries: "Iterable[Query]", *, whole: bool = False) -> list[tuple[int, str]]:
    """How often each statement ran, in the order of first appearance.

    Statements that differ only in their values are equal; with `whole`, nothing is shortened.
    """
    counts: Counter[str] = Counter()
    for sql, count in Counter(query.sql for query in queries).items():
        counts[readable(sql, whole=whole)] += count
    return [(count, statement) for statement, count in counts.items()]


@cache
def readable(sql: str, *, whole: bool = False) -> str:
    """The statement on one line, without needless quotation marks, each placeholder as `?`.

    Unless `whole`, also without what repeats itself: long lists of columns, equal rows and
    alternatives, the name of the only table, the names of savepoints.
    """
    tokens = _tree(sql)
    if not whole:
        tokens = _shortened(_without_the_only_table(_without_savepoint(tokens)))
    return _text(tokens)


def _text(tokens: Tokens) -> str:
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


def _tree(sql: str) -> Tokens:
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


# What is left out.


def _without_savepoint(tokens: Tokens) -> Tokens:
    """Django makes the names of savepoints from the thread: they differ from run to run."""
    if tokens[0].is_word("SAVEPOINT", "RELEASE", "ROLLBACK"):
        for position, token in enumerate(tokens):
            if token.is_word("SAVEPOINT"):
                return tokens[: position + 1]
    return tokens


def _without_the_only_table(tokens: Tokens) -> Tokens:
    """`shop_order.id` becomes `id` where shop_order is the only table and has no alias."""
    tables = set(_tables(tokens))
    return _without_prefix(tokens, tables.pop()) if len(tables) == 1 else tokens


def _without_prefix(tokens: Tokens, table: str) -> Tokens:
    kept: list[Token] = []
    gap = None  # of a prefix that was left out
    for position, token in enumerate(tokens):
        before, after = tokens[position - 1 : position], tokens[position + 1 : position + 2]
        if gap is not None and token.text == ".":
            continue
        is_prefix = token.is_name() and token.text == table and after and after[0].text == "."
        if is_prefix and not (before and before[0].text == "."):
            gap = token.gap
            continue
        inside = _without_prefix(token.inside, table)
        kept.append(token._replace(inside=inside, gap=token.gap if gap is None else gap))
        gap = None
    return tuple(kept)


def _tables(tokens: Tokens) -> Iterator[str]:
    """The tables that the statement reads or writes; one with an alias as "table alias"."""
    listed = False  # whether a comma separates tables
    for position, token in enumerate(tokens):
        yield from _tables(token.inside)
        before = tokens[position - 1] if position else token
        if token.is_word(*CLAUSES):
            listed = token.is_word("FROM") and _is_clause(tokens, position)
        if (
            token.is_word("JOIN", "INTO", "USING")
            or (token.is_word("UPDATE") and not before.is_word("FOR", "KEY", "DO"))
            or (listed and (token.is_word("FROM") or token.text == ","))
        ):
            yield from _table(tokens[position + 1 :], is_written=token.is_word("INTO"))


def _table(tokens: Tokens, *, is_written: bool) -> Iterator[str]:
    if tokens[:1] and tokens[0].is_word("ONLY", "LATERAL"):
        tokens = tokens[1:]
    length = _length_of_name(tokens)
    alias = tokens[length : length + 1]
    is_function = alias and alias[0].kind == "bracket" and not alias[0].gap and not is_written
    if length and not is_function:
        has_alias = alias and (alias[0].is_word("AS") or alias[0].is_name())
        yield _text(tokens[:length]) + (" alias" if has_alias else "")


def _length_of_name(tokens: Tokens) -> int:
    """Of how many tokens the name at the beginning consists; `public.shop_order` has three."""
    if not tokens or not tokens[0].is_name():
        return 0
    length = 1
    while len(tokens) > length + 1 and tokens[length].text == ".":
        length += 2
    return length


def _shortened(tokens: Tokens) -> Tokens:
    tokens = tuple(token._replace(inside=_shortened(token.inside)) for token in tokens)
    tokens = tuple(_without_asc(tokens))
    return tuple(_short_lists(_counted_alternatives(tuple(_counted_values(tokens)))))


def _without_asc(tokens: Tokens) -> Iterator[Token]:
    for position, token in enumerate(tokens):
        is_label = position and tokens[position - 1].is_word("AS")
        if is_label or not token.is_word("ASC"):
            yield token


def _counted_values(tokens: Tokens) -> Iterator[Token]:
    """`IN (?, ?)` becomes `IN (2 × ?)`, and equal rows after VALUES become `2 × (3 × ?)`."""
    position = 0
    while position < len(tokens):
        yield tokens[position]
        position += 1
        if tokens[position - 1].is_word("IN", "VALUES"):
            end = _end_of_rows(tokens, position)
            yield from _counted(tuple(_row(token) for token in tokens[position:end]))
            position = end


def _end_of_rows(tokens: Tokens, position: int) -> int:
    while position < len(tokens) and tokens[position].kind == "bracket":
        position += 1
        following = tokens[position : position + 2]
        if len(following) == 2 and following[0].text == "," and following[1].kind == "bracket":
            position += 1
    return position


def _row(token: Token) -> Token:
    """The row with its equal values counted; Django 6 writes `IN ((?), (?))` for `IN (?, ?)`."""
    values: list[Token] = []
    for separator, value in _parts(token.inside, ","):
        if _text(value) == "(?)":
            value = (value[0].inside[0]._replace(gap=value[0].gap),)
        values += [*separator, *value]
    return token._replace(inside=_counted(tuple(values)))


def _counted(tokens: Tokens) -> Tokens:
    """Values that stand next to each other and are equal, as one value with its number."""
    counted: list[Token] = []
    for value, same in groupby(_parts(tokens, ","), key=lambda part: _text(part[1])):
        run = list(same)
        separator, first = run[0]
        if len(run) > 1 and _has_placeholder(first):
            counted += [*separator, Token(first[0].gap, f"{len(run)} × {value}", "placeholder")]
        else:
            counted += _joined(run)
    return tuple(counted)


def _has_placeholder(tokens: Tokens) -> bool:
    return any(token.kind == "placeholder" or _has_placeholder(token.inside) for token in tokens)


def _parts(tokens: Tokens, separator: str) -> list[Part]:
    parts: list[tuple[Tokens, list[Token]]] = [((), [])]
    for token in tokens:
        if token.text.upper() == separator and token.kind in ("word", "other"):
            parts.append(((token,), []))
        else:
            parts[-1][1].append(token)
    return [(before, tuple(part)) for before, part in parts]


def _joined(parts: list[Part]) -> Iterator[Token]:
    for separator, part in parts:
        yield from (*separator, *part)


def _counted_alternatives(tokens: Tokens) -> Tokens:
    """`a = ? OR a = ?` becomes `a = ? OR … 2 ×`, never across what binds less than OR."""
    counted: list[Token] = []
    start = 0
    for position, token in enumerate(tokens):
        if token.text in (",", ";", "") or token.is_word("AS", *CLAUSES, *JOINS, *CASES):
            counted += [*_counted_conditions(tokens[start:position]), token]
            start = position + 1
    return (*counted, *_counted_conditions(tokens[start:]))


def _counted_conditions(tokens: Tokens) -> Iterator[Token]:
    for _, same in groupby(_parts(tokens, "OR"), key=lambda part: _text(part[1])):
        run = list(same)
        first = run[0][1]
        is_list = any(token.is_word("AND") for token in first)  # AND binds more than OR
        if len(run) > 1 and _has_placeholder(first) and not is_list:
            yield from (*run[0][0], *first, Token(" ", f"OR … {len(run)} ×", "other"))
        else:
            yield from _joined(run)


def _short_lists(tokens: Tokens) -> Iterator[Token]:
    """The columns after SELECT, GROUP BY and INSERT INTO, shortened where they are long."""
    position = 0
    while position < len(tokens):
        start = _start_of_columns(tokens, position)
        yield from tokens[position:start]
        end = start
        if tokens[position].is_word("INTO"):
            if start < len(tokens) and tokens[start].kind == "bracket":
                end += 1
                yield tokens[start]._replace(inside=_short(tokens[start].inside))
        elif tokens[position].is_word("SELECT", "GROUP"):
            while end < len(tokens) and not _is_clause(tokens, end):
                end += 1
            columns = tokens[start:end]
            has_table = end < len(tokens) and tokens[end].is_word("FROM")
            is_list = has_table if tokens[position].is_word("SELECT") else start - position == 2
            yield from _short(columns) if is_list else columns
        position = end


def _start_of_columns(tokens: Tokens, position: int) -> int:
    """Where the columns begin that the keyword at `position` announces, if it does."""
    start = position + 1
    if tokens[position].is_word("INTO"):
        return start + _length_of_name(tokens[start:])
    if tokens[position].is_word("GROUP"):
        return start + (start < len(tokens) and tokens[start].is_word("BY"))
    if tokens[position].is_word("SELECT"):
        start += start < len(tokens) and tokens[start].is_word("DISTINCT", "ALL")
        return start + 2 * (start < len(tokens) and tokens[start].is_word("ON"))
    return start


def _is_clause(tokens: Tokens, position: int) -> bool:
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


def _short(columns: Tokens) -> Tokens:
    """The columns as they are, or `…` for long ones; a window or a subquery is always shown."""
    parts = _parts(columns, ",")
    plain = [_text(part) for _, part in parts if not _is_told(part)]
    if len(", ".join(plain)) <= LONGEST_LIST:
        return columns
    short: list[Token] = []
    for is_told, same in groupby(parts, key=lambda part: _is_told(part[1])):
        run = list(same)
        if is_told:
            short += _joined(run)
        else:
            separator, first = run[0]
            short += [*separator, Token(first[0].gap, "…", "other")]
    return tuple(short)


def _is_told(column: Tokens) -> bool:
    return any(token.is_word("OVER", "SELECT") or _is_told(token.inside) for token in column)
