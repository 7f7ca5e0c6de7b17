"""Makes the statements of the ORM fit for reading: folded, counted, shortened."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.recording.model import Query

from runner.story.tables import without_the_only_table
from runner.story.tokens import (
    CASES,
    CLAUSES,
    JOINS,
    Token,
    Tokens,
    has_placeholder,
    is_clause,
    joined,
    length_of_name,
    parts_of,
    text_of,
    tree_of,
)

THREAD = re.compile(r"(?<=SAVEPOINT )s\d+_x")
LONGEST_LIST = 40  # characters of a column list that is still shown whole


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
    alternatives, the name of the only table, the names of savepoints, which hold a thread's number.
    """
    tokens = tree_of(sql)
    if not whole:
        tokens = _shortened(without_the_only_table(_without_savepoint(tokens)))
    return THREAD.sub("s_x", text_of(tokens))


# What is left out.


def _without_savepoint(tokens: Tokens) -> Tokens:
    """Django makes the names of savepoints from the thread: they differ from run to run."""
    if tokens[0].is_word("SAVEPOINT", "RELEASE", "ROLLBACK"):
        for position, token in enumerate(tokens):
            if token.is_word("SAVEPOINT"):
                return tokens[: position + 1]
    return tokens


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
    for separator, value in parts_of(token.inside, ","):
        if text_of(value) == "(?)":
            value = (value[0].inside[0]._replace(gap=value[0].gap),)
        values += [*separator, *value]
    return token._replace(inside=_counted(tuple(values)))


def _counted(tokens: Tokens) -> Tokens:
    """Values that stand next to each other and are equal, as one value with its number."""
    counted: list[Token] = []
    for value, same in groupby(parts_of(tokens, ","), key=lambda part: text_of(part[1])):
        run = list(same)
        separator, first = run[0]
        if len(run) > 1 and has_placeholder(first):
            counted += [*separator, Token(first[0].gap, f"{len(run)} × {value}", "placeholder")]
        else:
            counted += joined(run)
    return tuple(counted)


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
    for _, same in groupby(parts_of(tokens, "OR"), key=lambda part: text_of(part[1])):
        run = list(same)
        first = run[0][1]
        is_list = any(token.is_word("AND") for token in first)  # AND binds more than OR
        if len(run) > 1 and has_placeholder(first) and not is_list:
            yield from (*run[0][0], *first, Token(" ", f"OR … {len(run)} ×", "other"))
        else:
            yield from joined(run)


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
            while end < len(tokens) and not is_clause(tokens, end):
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
        return start + length_of_name(tokens[start:])
    if tokens[position].is_word("GROUP"):
        return start + (start < len(tokens) and tokens[start].is_word("BY"))
    if tokens[position].is_word("SELECT"):
        start += start < len(tokens) and tokens[start].is_word("DISTINCT", "ALL")
        return start + 2 * (start < len(tokens) and tokens[start].is_word("ON"))
    return start


def _short(columns: Tokens) -> Tokens:
    """The columns as they are, or `…` for long ones; a window or a subquery is always shown."""
    parts = parts_of(columns, ",")
    plain = [text_of(part) for _, part in parts if not _is_told(part)]
    if len(", ".join(plain)) <= LONGEST_LIST:
        return columns
    short: list[Token] = []
    for is_told, same in groupby(parts, key=lambda part: _is_told(part[1])):
        run = list(same)
        if is_told:
            short += joined(run)
        else:
            separator, first = run[0]
            short += [*separator, Token(first[0].gap, "…", "other")]
    return tuple(short)


def _is_told(column: Tokens) -> bool:
    return any(token.is_word("OVER", "SELECT") or _is_told(token.inside) for token in column)
