"""The pytest plugin: registers the marks and records what the tests of the demos do."""

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from runner import surroundings
from runner.catalogue import ROOT, parse
from runner.errors import UserError
from runner.marks import MARKS, database_of
from runner.recording.model import (
    Bar,
    Case,
    Event,
    Exchange,
    Failure,
    Note,
    Recording,
    Route,
    Scene,
    Source,
    Table,
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--recording", metavar="FILE", help="write what the demos' tests did to FILE, as JSON"
    )


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(Hooks)


class Hooks:
    """What a show that is passed to `pytest.main(plugins=[…])` can listen to."""

    @staticmethod
    def pytest_recording_starts(recording: Recording) -> None:
        """All tests are known, none has run."""

    @staticmethod
    def pytest_scene_finished(recording: Recording, scene: Scene) -> None:
        """The last case of a scene has run."""


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Before pytest-django, which reads the settings in this hook."""
    surroundings.clean()


def pytest_configure(config: pytest.Config) -> None:
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
    listeners = config.hook.pytest_scene_finished.get_hookimpls()
    if config.option.recording or listeners:
        config.pluginmanager.register(Recorder(config), Recorder.NAME)


def pytest_exception_interact(call: pytest.CallInfo[None]) -> None:
    """An error that the user can fix ends the run with its one sentence, not with a verdict."""
    if isinstance(call.excinfo.value, UserError):
        pytest.exit(str(call.excinfo.value), returncode=2)


class Recorder:
    """Turns the run of a demo's tests into a Recording."""

    NAME = "recorder"

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.recording = Recording()
        self.scenes: dict[str, Scene] = {}  # by the nodeid of the test function
        self.left: dict[str, int] = {}  # cases still to run
        self.scene: Scene | None = None
        self.case: Case | None = None
        self.comparison: Comparison | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Tell the scenes in the order of the file: pytest-django sorts by database use."""
        items.sort(key=lambda item: (str(item.path), item.reportinfo()[1] or 0))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        import django
        import rest_framework

        self.recording.django = django.__version__
        self.recording.drf = rest_framework.__version__
        for item in session.items:
            key = _function_id(item)
            if key not in self.scenes:
                scene = _scene(item)
                if scene is None:
                    continue
                self.scenes[key] = scene
            self.left[key] = self.left.get(key, 0) + 1
        self.recording.scenes = list(self.scenes.values())
        self.recording.routes = {demo: _routes(demo) for demo in _demos_of(self.scenes.values())}
        self.config.hook.pytest_recording_starts(recording=self.recording)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        from runner.recording.capture import transactions_announced

        key = _function_id(item)
        if key not in self.scenes:
            return (yield)
        self.case = Case(id=(getattr(item, "callspec", None) and item.callspec.id) or "")
        self.scene = self.scenes[key]
        self.scene.cases.append(self.case)
        self.comparison = None
        with transactions_announced():
            result = yield
        self.scene = self.case = None
        self.left[key] -= 1
        if not self.left[key]:
            self._keep_sources(self.scenes[key])
            self.config.hook.pytest_scene_finished(recording=self.recording, scene=self.scenes[key])
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Iterator[pytest.TestReport]:
        report = yield
        if self.case is not None and not report.passed:
            self.case.outcome = report.outcome
            if report.skipped:
                self.case.reason = call.excinfo.value.msg
            elif self.case.failure is None:
                self.case.failure = _failure(item, call, report, self.comparison)
        return report

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> None:
        """Remember the last comparison that failed; pytest goes on to explain it."""
        self.comparison = Comparison(
            places=_places_of_callers(),
            expected=_short(right) if op == "==" else f"{op} {_short(right)}",
            seen=_short(left),
        )

    def record(self, event: Event) -> None:
        if self.case is not None:
            self.case.events.append(event)

    def record_race(self, lanes: list[list[Exchange]]) -> None:
        """Keep the exchanges of each request of a race, the first request's first."""
        if self.scene is None:
            return
        number = 1 + max((getattr(e, "race", None) or 0 for e in self.scene.events), default=0)
        for lane, exchanges in enumerate(lanes, start=1):
            for exchange in exchanges:
                exchange.race, exchange.lane = number, lane
                self.record(exchange)

    def pytest_sessionfinish(self) -> None:
        if self.config.option.recording:
            Path(self.config.option.recording).write_text(self.recording.to_json(), "utf-8")

    def _keep_sources(self, scene: Scene) -> None:
        """Keep the code behind the exchanges, and behind the routes that it is compared with."""
        exchanges = [event for event in scene.events if isinstance(event, Exchange)]
        for behind in (*exchanges, *self.recording.routes[scene.demo]):
            for name in (behind.view, *behind.serializers):
                if name and name.startswith("demos.") and name not in self.recording.sources:
                    source = _source(name)
                    if source:
                        self.recording.sources[name] = source


def _function_id(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def _scene(item: pytest.Item) -> Scene | None:
    """What is known of a demo's test before it runs; None where it is no demo's test."""
    said = item.get_closest_marker("claim") or item.get_closest_marker("trap")
    if said is None:
        return None
    test = item.function
    return Scene(
        demo=item.path.parent.name[:2],
        test=test.__name__,
        kind=said.name,
        text=said.args[0],
        verdict=str(said.kwargs["verdict"]) if said.name == "claim" else None,
        explanation=" ".join((inspect.getdoc(test) or "").split()),
        database=database_of(item),
        since=said.kwargs["since"],
        until=said.kwargs["until"],
        is_about_sql=item.get_closest_marker("not_about_sql") is None,
        not_tried=((skip := item.get_closest_marker("skip")) and skip.kwargs["reason"]) or "",
    )


def _demos_of(scenes: Iterable[Scene]) -> set[str]:
    return {scene.demo for scene in scenes}


def _routes(demo: str) -> list[Route]:
    """The routes of a demo, in the order of its urls.py, those of routers and includes as well."""
    from django.urls import get_resolver

    from runner.recording.client import serializer_names, view_name

    def below(resolver: Any, prefix: str = "") -> Iterator[Route]:
        for pattern in resolver.url_patterns:
            # As Django puts the route of a match together: URLResolver._join_route().
            own = str(pattern.pattern)
            route = prefix + own.removeprefix("^") if prefix else own
            if hasattr(pattern, "url_patterns"):
                yield from below(pattern, route)
            else:
                yield Route(route, view_name(pattern.callback), serializer_names(pattern.callback))

    try:
        routes = list(below(get_resolver()))
    except Exception:  # a broken urls.py may raise anything, and turns the tests red
        return []
    return [route for route in routes if route.route.startswith(f"{demo}/")]


@dataclass
class Comparison:
    """A comparison that an assertion made and that was false."""

    places: list[tuple[str, int]]  # the lines that were running, file and number
    expected: str
    seen: str


LONGEST_SIDE = 200


def _short(value: object) -> str:
    try:
        text = " ".join(repr(value).split())
    except Exception:  # the __repr__ of a foreign object may raise anything
        text = f"<{type(value).__name__}>"
    return text if len(text) <= LONGEST_SIDE else text[:LONGEST_SIDE] + "…"


def _places_of_callers() -> list[tuple[str, int]]:
    frame, places = sys._getframe(1), []
    while frame:
        places.append((frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return places


def _failure(
    item: pytest.Item, call: pytest.CallInfo[None], report: Any, comparison: Comparison | None
) -> Failure:
    from runner.recording.client import text_of
    from runner.recording.loading import places_in_demos, shown

    error = call.excinfo.value
    place = call.excinfo.traceback.filter(call.excinfo)[-1]
    for entry in call.excinfo.traceback:
        if Path(entry.path) == item.path:
            place = entry
    message = _without_advice(text_of(error)) or type(error).__name__
    nearest = (places_in_demos(error) or [""])[-1]
    failure = Failure(
        type=type(error).__name__,
        message=message,
        where=f"{shown(place.path)}:{place.lineno + 1}",
        is_assertion=report.when == "call"
        and isinstance(error, AssertionError | pytest.fail.Exception),
        statement=" ".join(str(place.statement).split()),
        app=nearest if nearest and "/tests.py:" not in nearest else None,
    )
    if counts := NUMBER_OF_QUERIES.match(message):
        most = "at most " if counts["most"] else ""
        failure.expected = most + _queries(counts["expected"])
        failure.seen = _queries(counts["seen"])
    elif comparison and isinstance(error, AssertionError) and _is_at(comparison, place):
        failure.expected, failure.seen = comparison.expected, comparison.seen
    return failure


# What pytest-django's django_assert_num_queries says.
NUMBER_OF_QUERIES = re.compile(
    r"Expected to perform (?P<expected>\d+) queries (?P<most>or less )?but (?P<seen>\d+) "
)


def _queries(count: str) -> str:
    return f"{count} query" if count == "1" else f"{count} queries"


ADVICE = re.compile(r"\n[^\n]*\b[Uu]se '?-v[^\n]*| \(add -v option to show queries\)")


def _without_advice(message: str) -> str:
    """The message without what pytest says about its own options."""
    return ADVICE.sub("", message).rstrip()


def _is_at(comparison: Comparison, place: Any) -> bool:
    """Whether the comparison was made by the statement that failed."""
    start, end = place.frame.code.fullsource.getstatementrange(place.lineno)
    file = str(place.path)
    return any(name == file and start < line <= end for name, line in comparison.places)


@cache
def _definitions(module: str) -> dict[str, Source]:
    """The top-level classes and functions of a module, by their dotted names."""
    file = Path(importlib.import_module(module).__file__)
    lines = file.read_text("utf-8").splitlines()
    found = {}
    for node in parse(file).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{module}.{node.name}"
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            text = "\n".join(lines[first - 1 : node.end_lineno])
            found[name] = Source(name, str(file.relative_to(ROOT)), first, text)
    return found


def _source(name: str) -> Source | None:
    """The text of a class or function, by its dotted name; None where it is no top-level one."""
    return _definitions(name.rpartition(".")[0]).get(name)


# Fixtures


class Stage:
    """What a test says to the audience besides its requests. Without a recording, nothing."""

    def __init__(self, record: Callable[[Event], None]) -> None:
        self._record = record

    def say(self, sentence: str) -> None:
        """Show a sentence between the exchanges."""
        self._record(Note(sentence))

    def table(self, headers: list[object], rows: list[list[object]]) -> None:
        """Show a table; headers and cells are turned into text by `str`."""
        headers, *rows = ([str(cell) for cell in row] for row in (headers, *rows))
        self._record(Table(headers, rows))

    def bar(self, label: str, value: float, measure: str) -> None:
        """Show a measured value, and compare it at the end with the others of this `measure`,
        such as "queries for 50 orders"."""
        self._record(Bar(measure, label, value))


@pytest.fixture
def stage(record: Callable[[Event], None] | None) -> Stage:
    """Says things to the audience: `say`, `table`, `bar`."""
    return Stage(record or (lambda event: None))


@pytest.fixture
def record(pytestconfig: pytest.Config) -> Callable[[Event], None] | None:
    """Keeps an event of this test; None where nobody is recording."""
    recorder = pytestconfig.pluginmanager.get_plugin(Recorder.NAME)
    return recorder and recorder.record


@pytest.fixture
def record_race(pytestconfig: pytest.Config) -> Callable[[list[list[Exchange]]], None] | None:
    """Keeps the exchanges of a race, a list for each request; None where nobody is recording."""
    recorder = pytestconfig.pluginmanager.get_plugin(Recorder.NAME)
    return recorder and recorder.record_race
