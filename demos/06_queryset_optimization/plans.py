"""How SQLite goes about a query: a SCAN reads the whole table, a SEARCH goes through an index."""

from contextlib import contextmanager

from django.db import connection


@contextmanager
def explained():
    """Collect "SCAN" or "SEARCH" for each query that runs inside the block, after the block."""
    ran, plans = [], []

    def keep(execute, sql, params, many, context):
        ran.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        yield plans
    with connection.cursor() as cursor:
        for sql, params in ran:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            plans.append(cursor.fetchone()[3].split()[0])
