"""The pytest plugin: registers the marks and records what the tests of the demos do."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runner import surroundings
from runner.errors import UserError
from runner.marks import MARKS
from runner.recording.code import routes_of, source_of
from runner.recording.failures import Comparison, failure_of, places_of_callers, short
from runner.recording.model import (
    Case,
    Event,
    Exchange,
    Recording,
    Scene,
)
from runner.recording.scenes import function_id, scene_of


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
            key = function_id(item)
            if key not in self.scenes:
                scene = scene_of(item)
                if scene is None:
                    continue
                self.scenes[key] = scene
            self.left[key] = self.left.get(key, 0) + 1
        self.recording.scenes = list(self.scenes.values())
        self.recording.routes = {
            demo: routes_of(demo) for demo in {scene.demo for scene in self.recording.scenes}
        }
        self.config.hook.pytest_recording_starts(recording=self.recording)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        from runner.recording.capture import transactions_announced

        key = function_id(item)
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
                self.case.failure = failure_of(item, call, report, self.comparison)
        return report

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> None:
        """Remember the last comparison that failed; pytest goes on to explain it."""
        self.comparison = Comparison(
            places=places_of_callers(),
            expected=short(right) if op == "==" else f"{op} {short(right)}",
            seen=short(left),
        )

    def record(self, event: Event) -> None:
        if self.case is not None:
            self.case.events.append(event)

    def record_race(self, lanes: list[list[Exchange]]) -> None:
        """Keep the exchanges of each request of a race, the first request's first."""
        if self.scene is None:
            return
        if not any(query.turn for lane in lanes for e in lane for query in e.queries):
            lanes = sorted(lanes, key=_without_luck)
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
                    source = source_of(name)
                    if source:
                        self.recording.sources[name] = source


def _without_luck(lane: list[Exchange]) -> list[tuple[object, ...]]:
    """An order of requests that took no lock of the database, so that who came first is luck."""
    return [(e.path, e.status or 0, len(e.queries), e.body) for e in lane]


# Fixtures


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
