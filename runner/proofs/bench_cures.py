"""What the cures are worth: naive against cured, at several sizes."""

import importlib
import tomllib
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.table import Table

from runner.catalogue import find_demos
from runner.proofs.medians import RUNS, empty_table, side_by_side
from runner.recording.loading import load

ROWS = (10, 100, 1000)


def cures(_: Path) -> Table:
    """Naive against cured, for the demos that name a pair in their bench.toml."""
    load(*find_demos())
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases

    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    table = empty_table(f"What the cures are worth: medians of {RUNS} requests")
    table.add_column("rows", justify="right")
    for heading in ("endpoint", "queries", "time"):
        table.add_column(heading, justify="left" if heading == "endpoint" else "right")
    try:
        for demo in find_demos():
            file = demo.folder / "bench.toml"
            if file.exists():
                pair = tomllib.loads(file.read_text("utf-8"))
                for rows in ROWS:
                    _compare(table, rows, **pair)
                table.add_section()
    finally:
        teardown_databases(databases, verbosity=0)
    return table


def _compare(table: Table, rows: int, stock: str, naive: str, cured: str, **request: Any) -> None:
    """Add a line for each of the two; a `method` and a `body` may be given besides."""
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from runner.recording.client import signed_in
    from shop.models import Customer

    client = signed_in(None)
    factories = importlib.import_module("shop.factories")
    with transaction.atomic():
        getattr(factories, stock)(rows)
        if buyer := Customer.objects.select_related("user").first():
            client.force_authenticate(buyer.user)
        urls = (naive, cured)
        measures = [partial(_timed_request, client, url, **request) for url in urls]
        for url, seconds in zip(urls, side_by_side(*measures), strict=True):
            with transaction.atomic():
                with CaptureQueriesContext(connection) as queries:
                    _request(client, url, **request)
                transaction.set_rollback(True)
            table.add_row(str(rows), url, str(len(queries)), f"{seconds * 1000:.1f} ms")
        transaction.set_rollback(True)


def _timed_request(client: Any, url: str, **request: Any) -> float:
    from django.db import transaction

    with transaction.atomic():
        start = perf_counter()
        _request(client, url, **request)
        seconds = perf_counter() - start
        transaction.set_rollback(True)  # so that the next one finds everything as it was
    return seconds


def _request(client: Any, url: str, method: str = "get", body: Any = None) -> None:
    response = getattr(client, method)(url, body)
    assert response.status_code == 200, f"{url} answered {response.status_code}"
