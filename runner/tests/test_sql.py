"""Shortening a statement leaves out what repeats itself, and changes nothing else."""

import subprocess
import sys

import pytest

from runner.catalogue import ROOT
from runner.recording.model import Query
from runner.story.sql import folded, readable


def test_equal_statements_are_folded_in_the_order_of_their_first_appearance():
    queries = [
        Query('SELECT "shop_brand"."id", "shop_brand"."name" FROM "shop_brand"', 0),
        Query('SELECT "shop_tag"."id" FROM "shop_tag" WHERE "shop_tag"."id" = %s LIMIT 21', 0),
        Query('SELECT "shop_tag"."id" FROM "shop_tag" WHERE "shop_tag"."id" = %s LIMIT 21', 0),
    ]

    assert folded(queries) == [
        (1, "SELECT id, name FROM shop_brand"),
        (2, "SELECT id FROM shop_tag WHERE id = ? LIMIT 21"),
    ]


LONG = (
    '"a"."first_name_of_the_customer", "a"."last_name_of_the_customer"'  # longer than a list may be
)

SHORTENED = {
    "a short list stays": (
        'SELECT "a"."one", "a"."two", "a"."three", "a"."four", "a"."five", "a"."six" FROM "a"'
        ' ORDER BY "a"."one" ASC',
        "SELECT one, two, three, four, five, six FROM a ORDER BY one",
    ),
    "a long list goes": (
        'SELECT "a"."one", "a"."name", "b"."two", "b"."three", "b"."four", "b"."five" '
        'FROM "a" INNER JOIN "b" ON ("a"."b_id" = "b"."id")',
        "SELECT … FROM a INNER JOIN b ON (a.b_id = b.id)",
    ),
    "insert": (
        'INSERT INTO "a" ("one", "two", "three", "four", "five", "six", "seven", "eight") '
        "VALUES (%s, %s)",
        "INSERT INTO a (…) VALUES (2 × ?)",
    ),
    "insert without a space": (
        'INSERT INTO "a"("b") VALUES (%s) RETURNING "a"."b"',
        "INSERT INTO a(b) VALUES (?) RETURNING b",
    ),
    "savepoint": ('SAVEPOINT "s140_x1"', "SAVEPOINT"),
    "release": ('RELEASE SAVEPOINT "s140_x1"', "RELEASE SAVEPOINT"),
    "rollback to": ('ROLLBACK TO SAVEPOINT "s140_x1"', "ROLLBACK TO SAVEPOINT"),
    "rollback": ("ROLLBACK", "ROLLBACK"),
    "subquery as a column": (
        f'SELECT {LONG}, (SELECT COUNT(*) FROM "b" U0 WHERE U0."a_id" = ("a"."id")) AS "n", '
        f'{LONG} FROM "a"',
        "SELECT …, (SELECT COUNT(*) FROM b U0 WHERE U0.a_id = (a.id)) AS n, … FROM a",
    ),
    "exists as a column": (
        f'SELECT {LONG}, EXISTS(SELECT %s AS "a" FROM "b" LIMIT 1) AS "has" FROM "a"',
        "SELECT …, EXISTS(SELECT ? AS a FROM b LIMIT 1) AS has FROM a",
    ),
    "filter": (
        f'SELECT {LONG}, COUNT("a"."id") FILTER (WHERE "a"."id" > %s) AS "n" FROM "a"',
        "SELECT … FROM a",
    ),
    "case": (
        f'SELECT {LONG}, CASE WHEN "a"."id" = %s THEN %s ELSE %s END AS "n" FROM "a"',
        "SELECT … FROM a",
    ),
    "extract": (f'SELECT EXTRACT(YEAR FROM "a"."at"), {LONG} FROM "a"', "SELECT … FROM a"),
    "a short extract": (
        'SELECT EXTRACT(YEAR FROM "a"."at") FROM "a"',
        "SELECT EXTRACT(YEAR FROM at) FROM a",
    ),
    "is distinct from": (
        f'SELECT "a"."one" IS DISTINCT FROM "a"."two", {LONG} FROM "a"',
        "SELECT … FROM a",
    ),
    "group by": (
        f'SELECT COUNT(*) FROM "a" GROUP BY {LONG} HAVING COUNT(*) > %s',
        "SELECT COUNT(*) FROM a GROUP BY … HAVING COUNT(*) > ?",
    ),
    "group by in a subquery": (
        f'SELECT COUNT(*) FROM (SELECT "a"."id" AS "b" FROM "a" GROUP BY {LONG}) subquery',
        "SELECT COUNT(*) FROM (SELECT id AS b FROM a GROUP BY …) subquery",
    ),
    "within group": (
        'SELECT MODE() WITHIN GROUP (ORDER BY "a"."id" ASC) FROM "a"',
        "SELECT MODE() WITHIN GROUP (ORDER BY id) FROM a",
    ),
    "within group, long": (
        'SELECT "a"."b" FROM "a" GROUP BY "a"."b" '
        f"HAVING MODE() WITHIN GROUP (ORDER BY {LONG}) > 1",
        "SELECT b FROM a GROUP BY b HAVING MODE() WITHIN GROUP "
        "(ORDER BY first_name_of_the_customer, last_name_of_the_customer) > 1",
    ),
    "window": (
        f'SELECT {LONG}, ROW_NUMBER() OVER (PARTITION BY "a"."b" ORDER BY "a"."id" ASC) AS "n" '
        'FROM "a"',
        "SELECT …, ROW_NUMBER() OVER (PARTITION BY b ORDER BY id) AS n FROM a",
    ),
    "distinct": (f'SELECT DISTINCT {LONG} FROM "a"', "SELECT DISTINCT … FROM a"),
    "distinct on": (
        f'SELECT DISTINCT ON ("a"."b_id", "a"."id") {LONG} FROM "a"',
        "SELECT DISTINCT ON (b_id, id) … FROM a",
    ),
    "a select without a table": (
        "SELECT set_config('cathay.customer', %s, true), pg_advisory_xact_lock(%s)",
        "SELECT set_config('cathay.customer', ?, true), pg_advisory_xact_lock(?)",
    ),
    "union": (
        f'SELECT {LONG} FROM "a" UNION SELECT {LONG} FROM "b"',
        "SELECT … FROM a UNION SELECT … FROM b",
    ),
    "in": (
        'SELECT "a"."one" FROM "a" WHERE "a"."id" IN (%s, %s, %s)',
        "SELECT one FROM a WHERE id IN (3 × ?)",
    ),
    "in, one": ("SELECT 1 FROM a WHERE id IN (%s)", "SELECT 1 FROM a WHERE id IN (?)"),
    "in, Django 6": ("DELETE FROM a WHERE id IN ((%s), (%s))", "DELETE FROM a WHERE id IN (2 × ?)"),
    "in, Django 6, one": ("DELETE FROM a WHERE id IN ((%s))", "DELETE FROM a WHERE id IN (?)"),
    "in, rows": (
        "DELETE FROM a WHERE (b, c) IN ((%s, %s), (%s, %s))",
        "DELETE FROM a WHERE (b, c) IN (2 × (?, ?))",
    ),
    "in, named": (
        "DELETE FROM a WHERE id IN (%(b)s, %(c)s)",
        "DELETE FROM a WHERE id IN (2 × ?)",
    ),
    "equal literals are no placeholders": (
        "DELETE FROM a WHERE id IN (1, 1)",
        "DELETE FROM a WHERE id IN (1, 1)",
    ),
    "rows": (
        'INSERT INTO "a" ("b", "c") VALUES (%s, %s), (%s, %s), (%s, %s) RETURNING "a"."id"',
        "INSERT INTO a (b, c) VALUES 3 × (2 × ?) RETURNING id",
    ),
    "unequal rows": (
        "INSERT INTO a (b, c) VALUES (%s, %s), (%s, %s), (%s, DEFAULT) ON CONFLICT DO NOTHING",
        "INSERT INTO a (b, c) VALUES 2 × (2 × ?), (?, DEFAULT) ON CONFLICT DO NOTHING",
    ),
    "upsert": (
        'INSERT INTO "a" ("b") VALUES (%s) ON CONFLICT("b") DO UPDATE SET "b" = EXCLUDED."b"',
        "INSERT INTO a (b) VALUES (?) ON CONFLICT(b) DO UPDATE SET b = EXCLUDED.b",
    ),
    "arguments": (
        "UPDATE a SET b = COALESCE(%s, %s), c = (%s, %s)",
        "UPDATE a SET b = COALESCE(?, ?), c = (?, ?)",
    ),
    "alternatives": (
        "DELETE FROM a WHERE (b = %s OR b = %s OR b = %s)",
        "DELETE FROM a WHERE (b = ? OR … 3 ×)",
    ),
    "alternatives before a clause": (
        "DELETE FROM a WHERE b = %s OR b = %s RETURNING id",
        "DELETE FROM a WHERE b = ? OR … 2 × RETURNING id",
    ),
    "alternatives after AND": (
        "DELETE FROM a WHERE a AND b = %s OR b = %s",
        "DELETE FROM a WHERE a AND b = ? OR b = ?",
    ),
    "alternatives of AND": (
        "DELETE FROM a WHERE b = %s AND c = %s OR b = %s AND c = %s",
        "DELETE FROM a WHERE b = ? AND c = ? OR b = ? AND c = ?",
    ),
    "alternatives before AND": (
        "DELETE FROM a WHERE b = %s OR b = %s AND c",
        "DELETE FROM a WHERE b = ? OR b = ? AND c",
    ),
    "words that contain keywords": (
        'SELECT "ascii"."asc_of", "ascii"."from" FROM "ascii" ORDER BY "ASCII" ASC NULLS LAST',
        'SELECT asc_of, "from" FROM ascii ORDER BY ASCII NULLS LAST',
    ),
    "a table that ends like another": (
        'SELECT "my_a"."id", "a"."id" FROM "a"',
        "SELECT my_a.id, id FROM a",
    ),
    "an alias": (
        'SELECT "a"."id" FROM "a" WHERE "a"."id" IN (SELECT V0."id" FROM "a" V0)',
        "SELECT a.id FROM a WHERE a.id IN (SELECT V0.id FROM a V0)",
    ),
    "a schema": ('SELECT "s"."a"."b" FROM "a"', "SELECT s.a.b FROM a"),
    "a function as a table": (
        'SELECT "a"."b" FROM "a", UNNEST(%s)',
        "SELECT b FROM a, UNNEST(?)",
    ),
    "only": ('SELECT "a"."b" FROM ONLY "a"', "SELECT b FROM ONLY a"),
    "keywords as names": (
        f"SELECT {LONG}, b.from FROM a, b ORDER BY b.asc ASC",
        "SELECT … FROM a, b ORDER BY b.asc",
    ),
    "a keyword as a label": ("SELECT b AS asc FROM a", "SELECT b AS asc FROM a"),
    "a list of tables": ("SELECT a.id FROM a, b", "SELECT a.id FROM a, b"),
    "locked table": (
        'SELECT "a"."id" FROM "a" FOR NO KEY UPDATE OF "a" NOWAIT',
        "SELECT id FROM a FOR NO KEY UPDATE OF a NOWAIT",
    ),
    "literals": (
        'DELETE FROM "a" WHERE b = \'a  "b" %s -- (a.id ASC\' || E\'\\\'  (\' || $x$ ("b"  $x$',
        "DELETE FROM a WHERE b = 'a  \"b\" %s -- (a.id ASC' || E'\\'  (' || $x$ (\"b\"  $x$",
    ),
    "a doubled quote": ("SELECT 'it''s  ?' FROM \"a\"", "SELECT 'it''s  ?' FROM a"),
    "escape": (
        "DELETE FROM a WHERE b LIKE %s ESCAPE '\\'",
        "DELETE FROM a WHERE b LIKE ? ESCAPE '\\'",
    ),
    "names that need quotes": (
        'SELECT "a b"."c", "a""b", "order" FROM "a b"',
        'SELECT c, "a""b", "order" FROM "a b"',
    ),
    "quotes that keep apart": ('SELECT"b"FROM"a"', "SELECT b FROM a"),
    "comments": (
        "SELECT /* (  one */ b -- it's (\nFROM a",
        "SELECT /* ( one */ b /* it's ( */ FROM a",
    ),
    "a comment that ends another": ("SELECT b -- c */ d\n", "SELECT b /* c d */"),
    "percent": (
        "SELECT b %% %s FROM a WHERE c LIKE '%%d'",
        "SELECT b % ? FROM a WHERE c LIKE '%%d'",
    ),
    "white space": ("\n SELECT b\n   FROM a\n", "SELECT b FROM a"),
    "brackets that nothing closes": ("SELECT (b, [c FROM a", "SELECT (b, [c FROM a"),
    "brackets that nothing opens": ("SELECT b) FROM a]", "SELECT b) FROM a]"),
    "brackets of two kinds": (
        "DELETE FROM a WHERE id IN (%s, %s], b)",
        "DELETE FROM a WHERE id IN (?, ?], b)",
    ),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("sql", "shown"), SHORTENED.values(), ids=SHORTENED)
def test_statements_are_shortened_for_reading(sql, shown):
    assert readable(sql) == shown


def test_a_whole_statement_keeps_what_repeats_itself():
    sql = 'SELECT "a"."b" FROM "a" WHERE ("a"."b" IN (%s, (%s)) OR %s OR %s)\nORDER BY 1 ASC'

    assert readable(sql, whole=True) == (
        "SELECT a.b FROM a WHERE (a.b IN (?, (?)) OR ? OR ?) ORDER BY 1 ASC"
    )
    assert readable('SAVEPOINT "s140_x1"', whole=True) == "SAVEPOINT s_x1"


def test_any_beginning_of_a_statement_can_be_read():
    for sql, _ in SHORTENED.values():
        for length in range(len(sql)):
            assert readable(sql[:length]).count("\n") <= sql.count("\n")


def test_nothing_but_the_standard_library_is_imported():
    code = (
        "import sys; import runner.story; before = set(sys.modules); import runner.story.sql;"
        "print(sorted({name.partition('.')[0] for name in set(sys.modules) - before}"
        " - sys.stdlib_module_names))"
    )

    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert run.stdout == "['runner']\n"
