"""Makes the statements of the ORM fit for reading: folded, counted, shortened."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

from runner.recording.model import Query

LONGEST_LIST = 40  # characters of a column list that is still shown whole


def folded(queries: Iterable[Query], *, whole: bool = False) -> list[tuple[int, str]]:
    """How often each statement ran, in the order of first appearance.

    Statements that differ only in their values are equal; with `whole`, nothing is shortened.
    """
    counts: Counter[str] = Counter()
    for sql, count in Counter(query.sql for query in queries).items():
        counts[readable(sql, whole=whole)] += count
    return [(count, statement) for statement, count in counts.items()]


@cache
def readable(sql: str, *, whole: bool = False) -> str:
    """The statement without quotation marks and, unless `whole`, without what repeats itself."""
    sql = " ".join(sql.replace('"', "").replace("%s", "?").split())
    sql = re.sub(r"\b(SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO SAVEPOINT) \S+", r"\1", sql)
    sql = re.sub(r"\((\?(?:, \?)+)\)", _counted, sql)
    sql = re.sub(r"([\w.]+ = \?)((?: OR \1)+)", _counted_alternatives, sql)
    if whole:
        return sql
    return _without_column_lists(_without_the_only_table(sql)).replace(" ASC", "")


def _counted(match: re.Match[str]) -> str:
    return f"({match[1].count('?')} × ?)"


def _counted_alternatives(match: re.Match[str]) -> str:
    return f"{match[1]} OR … {match[2].count(' OR ') + 1} ×"


def _without_the_only_table(sql: str) -> str:
    """`shop_order.id` becomes `id` where shop_order is the only table."""
    tables = set(re.findall(r"\b(?:FROM|JOIN|UPDATE|INTO) (\w+)", sql))
    if len(tables) != 1 or " T2" in sql or " U0" in sql:
        return sql
    return sql.replace(f"{tables.pop()}.", "")


def _without_column_lists(sql: str) -> str:
    sql = re.sub(r"\bSELECT (DISTINCT )?(.+?) FROM\b", _short_select, sql)
    sql = re.sub(r"\bGROUP BY (.+?)(?= HAVING | ORDER BY | LIMIT |$)", _short_group, sql)
    return re.sub(r"(INSERT INTO \w+) \((.+?)\) VALUES", _short_insert, sql)


def _short_select(match: re.Match[str]) -> str:
    return f"SELECT {match[1] or ''}{_short(match[2])} FROM"


def _short_group(match: re.Match[str]) -> str:
    return f"GROUP BY {_short(match[1])}"


def _short_insert(match: re.Match[str]) -> str:
    return f"{match[1]} ({_short(match[2])}) VALUES"


def _short(columns: str) -> str:
    return columns if len(columns) <= LONGEST_LIST else "…"
