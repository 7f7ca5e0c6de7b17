"""Runs tests: in this process, for a listener, or in another one, for its recording."""

import importlib
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runner.catalogue import ROOT, Demo
from runner.errors import UserError
from runner.recording.forks import Uncollected, preloaded
from runner.recording.loading import load, sentence_about
from runner.recording.model import Recording

# Looking for exceptions in destructors takes several collections of all garbage: `make test` does.
FAST = ["-p", "no:unraisableexception"]
EARLY_PLUGINS = ("pytest_django.plugin", "runner.recording.plugin")
EVERYTHING = ["-p", "pytest_randomly"]  # in another order each time
# Django and DRF import these where they are installed. No demo that needs nothing may use them,
# and they would take an eighth of `make demo-07`.
OPTIONAL = ("jinja2", "psycopg", "requests", "uritemplate", "yaml")
MOST_PROCESSES = 4
SECONDS = 300  # that a rehearsal may take; the longest demo takes 20 on a busy machine


class Interruptions:
    """A plugin of a pytest run that keeps what ended it early."""

    def __init__(self) -> None:
        self.stopped: BaseException | None = None
        self.uncollected: BaseException | None = None

    def pytest_exception_interact(
        self, call: pytest.CallInfo[None], report: pytest.CollectReport | pytest.TestReport
    ) -> None:
        if isinstance(report, pytest.CollectReport):
            self.uncollected = call.excinfo.value.__cause__ or call.excinfo.value

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.stopped = excinfo.value


def plugins() -> list[ModuleType]:
    """The plugins that pyproject.toml and conftest.py name.

    pytest looks for the name of each in the metadata of every installed package, unless it is
    given the module: 8 names and 75 packages take a tenth of `make demo-07`.
    """
    names = importlib.import_module("conftest").pytest_plugins
    return [importlib.import_module(name) for name in (*EARLY_PLUGINS, *names)]


def listen(demo: Demo, listener: Any) -> int:
    """Run the demo's tests in this process; `listener` is a plugin with the hooks of the recorder.

    Returns 0 when every verdict is true, 1 when one is not. Raises UserError where the demo cannot
    be run, KeyboardInterrupt where the user stops it.
    """
    if not demo.needs and not os.environ.get("DATABASE_URL"):
        sys.modules.update(dict.fromkeys(OPTIONAL))  # as on a clone that has the core alone
    load(demo)
    interruptions = Interruptions()
    status = pytest.main([*FAST, str(demo.folder)], plugins=[interruptions, listener, *plugins()])
    if interruptions.uncollected:
        raise UserError(sentence_about(interruptions.uncollected))
    if isinstance(interruptions.stopped, KeyboardInterrupt):
        raise interruptions.stopped
    if interruptions.stopped:
        raise UserError(str(interruptions.stopped))
    return status


def run_all(demos: list[Demo], *what: str, at_once: bool) -> int:
    """Run these demos' proofs, as pytest shows them: what is named, or all, also of the runner.

    `at_once`: in another order each time, on all cores.
    Returns pytest's exit status; raises KeyboardInterrupt where the user stops it. What was
    skipped is listed with its reason.
    """
    load(*demos)
    options = [*EVERYTHING, *_on_all_cores()] if at_once else []
    interruptions = Interruptions()
    status = pytest.main(["-q", "-rs", *options, *what], plugins=[interruptions])
    if isinstance(interruptions.stopped, KeyboardInterrupt):
        raise interruptions.stopped
    return status


def _on_all_cores() -> list[str]:
    """A process for each core, and one more, since each waits a lot. A file of tests stays in one
    process: its tests share servers."""
    processes = min((os.cpu_count() or 1) + 1, MOST_PROCESSES)
    return ["-p", "xdist", "-n", str(processes), "--dist", "loadfile"]


def rehearse(
    *what: str,
    folder: Path = ROOT,
    demo: Demo | None = None,
    python: str = sys.executable,
) -> Recording:
    """Record the tests that `what` names to pytest, in the checkout at `folder`.

    `demo` is loaded alone. Raises UserError where there is no recording: Uncollected, with what
    pytest said, where the tests did not begin.
    """
    with tempfile.TemporaryDirectory(prefix="demo-recording-") as scratch:
        file, output = Path(scratch) / "recording.json", Path(scratch) / "output"
        arguments = ["-q", "--tb=short", *FAST, f"--recording={file}", *what]
        process = preloaded(folder, python)
        status = process.run(*arguments, demo=demo, seconds=SECONDS, output=output)
        if status is None:
            raise UserError(f"still running after {SECONDS} seconds")
        if not file.exists() or status not in (0, 1):
            said = output.read_text("utf-8", "replace").strip().splitlines() or ["nothing"]
            for line in said:  # `pytest.exit()` prints its reason between exclamation marks
                _, exited, reason = line.strip("! ").partition("_pytest.outcomes.Exit: ")
                if exited:
                    raise UserError(reason)
            telling = [line for line in said if line.startswith("E  ")] or said
            raise Uncollected(f"pytest {' '.join(what)} did not get far: {telling[-1].strip()}")
        return Recording.from_json(file.read_text("utf-8"))
