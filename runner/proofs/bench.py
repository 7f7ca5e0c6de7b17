"""`make bench`: medians, side by side, and ratios. Nothing passes or fails: machines differ."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from runner.catalogue import ROOT, find_demo
from runner.proofs.bench_class import followers
from runner.proofs.bench_cures import cures
from runner.proofs.medians import RUNS, empty_table, side_by_side
from runner.proofs.mutations import mutations_of, try_out
from runner.proofs.scratch import scratch_copy
from runner.recording.run import FAST, rehearse
from runner.show.style import print_to

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
    """Measure start-up, mutations, the stage, the suite, the cures, and a class; returns 0."""
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="demo-bench-") as folder:
        for name, text in FLOOR.items():
            (Path(folder) / name).write_text(text, "utf-8")
        for measure in (start_up, mutations, run_again, suite, cures, followers):
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
    table = empty_table(caption)
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


def _timed(command: list[str], folder: Path, **variables: str) -> float:
    run = partial(subprocess.run, command, cwd=folder, env=os.environ | variables, check=True)
    return _seconds_of(lambda: run(stdout=subprocess.DEVNULL))


def _floor(folder: Path, tests: int) -> float:
    plugins = ["--disable-plugin-autoload", "-p", "pytest_django.plugin", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-q", "--ds=settings", *plugins, "tests.py"]
    return _timed(command, folder, TESTS=str(tests), PYTHONPATH=str(folder))
