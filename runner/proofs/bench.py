"""`make bench`: medians, side by side, and ratios. Nothing passes or fails: machines differ."""

import importlib
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from runner.catalogue import ROOT, find_demo, find_demos
from runner.proofs.mutations import mutations_of, try_out
from runner.proofs.scratch import scratch_copy
from runner.recording.loading import load
from runner.recording.run import FAST, rehearse
from runner.show.style import print_to

RUNS = 7
ROWS = (10, 100, 1000)

# The least that pytest, pytest-django and DRF can do: one view, one test, or as many as asked for.
FLOOR = {
    "settings.py": """
SECRET_KEY = "only-for-measuring"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
ROOT_URLCONF = "urls"
""",
    "urls.py": """
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

class Trivial(APIView):
    def get(self, request):
        return Response({"trivial": True})

urlpatterns = [path("trivial/", Trivial.as_view())]
""",
    "tests.py": """
import os
import pytest
from rest_framework.test import APIClient

@pytest.mark.django_db
@pytest.mark.parametrize("number", range(int(os.environ["TESTS"])))
def test_trivial(number):
    assert APIClient().get("/trivial/").json() == {"trivial": True}
""",
}


def bench() -> int:
    """Measure start-up, mutations, the stage, the suite, and what the cures save; returns 0."""
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="demo-bench-") as folder:
        for name, text in FLOOR.items():
            (Path(folder) / name).write_text(text, "utf-8")
        for measure in (start_up, mutations, run_again, suite, cures):
            table = measure(Path(folder))
            print_to(console, f"{table.caption}\n")
            table.caption = None
            print_to(console, Padding(table, (0, 0, 1, 0), expand=False))
    return 0


def start_up(folder: Path) -> Table:
    play, floor = side_by_side(
        lambda: _timed(["make", "-s", "demo-07"], ROOT), lambda: _floor(folder, tests=1)
    )
    table = _ratios(f"make demo-07, warm: medians of {RUNS} runs")
    table.add_row("make demo-07", _seconds(play), f"{play / floor:.2f}")
    table.add_row("one trivial DRF test", _seconds(floor), "1")
    return table


def mutations(_: Path) -> Table:
    """A mutation tried in a fork of a preloaded process, and in a process of its own."""
    demo = find_demo("07")
    first = mutations_of(demo)[0]
    with scratch_copy() as scratch:
        scratch.add(demo)
        alone = [sys.executable, "-m", "pytest", "-q", *FAST, demo.path]
        forked, fresh = side_by_side(
            lambda: _seconds_of(lambda: try_out(scratch, demo, first)),
            lambda: _timed(alone, scratch.folder, DEMO=demo.number),
        )
    table = _ratios(f"One mutation of demo 07, as make prove tries it: medians of {RUNS} runs")
    table.add_row("in a process of its own", _seconds(fresh), f"{fresh / forked:.2f}")
    table.add_row("in a fork of a preloaded process", _seconds(forked), "1")
    return table


def run_again(_: Path) -> Table:
    """The key `r` of the stage, at the first scene of a demo, from the second time on.

    As on the stage, the caller keeps the servers of demo 16 up.
    """
    demos = [find_demo("16"), find_demo("07")]
    tests = [f"{demo.path}/tests.py::{demo.tests[0].name}" for demo in demos]
    again = [
        partial(_seconds_of, partial(rehearse, test, demo=demo))
        for demo, test in zip(demos, tests, strict=True)
    ]
    for first in again:
        first()
    locks, plain = side_by_side(*again)
    table = _ratios(f"The key r of the stage, pressed again: medians of {RUNS} runs")
    table.add_row("demo 16, on PostgreSQL", _seconds(locks), f"{locks / plain:.2f}")
    table.add_row("demo 07, on SQLite", _seconds(plain), "1")
    return table


def suite(folder: Path) -> Table:
    collected = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--collect-only", "demos"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    tests = collected.stdout.count("::")
    ours = _timed([sys.executable, "-m", "pytest", "-q", "demos"], ROOT)
    floor = _floor(folder, tests)
    table = _ratios(f"All {tests} tests of the demos, in one process")
    table.add_row("demos", _seconds(ours), f"{ours / floor:.2f}")
    table.add_row("as many trivial tests", _seconds(floor), "1")
    return table


def _ratios(caption: str) -> Table:
    table = _table(caption)
    table.add_column("what")
    for heading in ("time", "ratio"):
        table.add_column(heading, justify="right")
    return table


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s"


def _seconds_of(call: Callable[[], object]) -> float:
    start = perf_counter()
    call()
    return perf_counter() - start


def _table(caption: str) -> Table:
    return Table(caption=caption, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)


def side_by_side(*measures: Callable[[], float]) -> list[float]:
    """The median of each measure, taken in turns so that a busy moment hits all of them."""
    rounds = [[measure() for measure in measures] for _ in range(RUNS)]
    return [median(times) for times in zip(*rounds, strict=True)]


def _timed(command: list[str], folder: Path, **variables: str) -> float:
    run = partial(subprocess.run, command, cwd=folder, env=os.environ | variables, check=True)
    return _seconds_of(lambda: run(stdout=subprocess.DEVNULL))


def _floor(folder: Path, tests: int) -> float:
    plugins = ["--disable-plugin-autoload", "-p", "pytest_django.plugin", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-q", "--ds=settings", *plugins, "tests.py"]
    return _timed(command, folder, TESTS=str(tests), PYTHONPATH=str(folder))


def cures(_: Path) -> Table:
    """Naive against cured, for the demos that name a pair in their bench.toml."""
    load(*find_demos())
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases

    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    table = _table(f"What the cures are worth: medians of {RUNS} requests")
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
