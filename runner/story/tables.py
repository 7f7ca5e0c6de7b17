"""Takes the name of the only table from its columns: `shop_order.id` becomes `id`."""

from collections.abc import Iterator

from runner.story.tokens import (
    CLAUSES,
    Token,
    Tokens,
    is_clause,
    length_of_name,
    text_of,
)


def without_the_only_table(tokens: Tokens) -> Tokens:
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
            listed = token.is_word("FROM") and is_clause(tokens, position)
        if (
            token.is_word("JOIN", "INTO", "USING")
            or (token.is_word("UPDATE") and not before.is_word("FOR", "KEY", "DO"))
            or (listed and (token.is_word("FROM") or token.text == ","))
        ):
            yield from _table(tokens[position + 1 :], is_written=token.is_word("INTO"))


def _table(tokens: Tokens, *, is_written: bool) -> Iterator[str]:
    if tokens[:1] and tokens[0].is_word("ONLY", "LATERAL"):
        tokens = tokens[1:]
    length = length_of_name(tokens)
    alias = tokens[length : length + 1]
    is_function = alias and alias[0].kind == "bracket" and not alias[0].gap and not is_written
    if length and not is_function:
        has_alias = alias and (alias[0].is_word("AS") or alias[0].is_name())
        yield text_of(tokens[:length]) + (" alias" if has_alias else "")
