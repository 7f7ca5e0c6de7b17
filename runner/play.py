"""`make demo-NN`: runs one demo's tests and shows what each of them did."""

import os

import pytest
from rich.console import Console

from runner.databases import database_of, reason_to_skip
from runner.discovery import Demo, find_demos
from runner.errors import UserError
from runner.loading import load, sentence_about
from runner.recording import Recording, Scene
from runner.show import Options, Show, print_to

# Looking for exceptions in destructors takes several collections of all garbage: `make test` does.
FAST = ["-p", "no:unraisableexception"]


class Audience:
    """Shows each scene as soon as it has been played: a plugin of the pytest run."""

    def __init__(self, show: Show, console: Console) -> None:
        self.show = show
        self.console = console
        self.stopped: BaseException | None = None
        self.uncollected: BaseException | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.pluginmanager.unregister(name="terminalreporter")

    def pytest_exception_interact(
        self, call: pytest.CallInfo[None], report: pytest.CollectReport | pytest.TestReport
    ) -> None:
        if isinstance(report, pytest.CollectReport):
            self.uncollected = call.excinfo.value.__cause__ or call.excinfo.value

    def pytest_recording_starts(self, recording: Recording, items: list[pytest.Item]) -> None:
        used = {database_of(item) for item in items if not reason_to_skip(item)}
        if items:
            print_to(self.console, self.show.header(recording, sorted(used)))

    def pytest_scene_finished(self, recording: Recording, scene: Scene) -> None:
        print_to(self.console, self.show.scene(recording, scene))
        if recording.scenes[-1] is scene:
            print_to(self.console, self.show.closing(recording, demo_after(self.show.demo)))

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.stopped = excinfo.value


def play(demo: Demo) -> int:
    """Show the demo; returns 0 when every verdict is true, 1 when one is not.

    Raises UserError where the demo cannot be run, KeyboardInterrupt where the user stops it.
    """
    load(demo)
    options = Options(whole_sql=bool(os.environ.get("SQL")), code=bool(os.environ.get("CODE")))
    audience = Audience(Show(demo, options), Console(highlight=False))
    status = pytest.main([*FAST, str(demo.folder)], plugins=[audience])
    if audience.uncollected:
        raise UserError(sentence_about(audience.uncollected))
    if isinstance(audience.stopped, KeyboardInterrupt):
        raise audience.stopped
    if audience.stopped:
        raise UserError(str(audience.stopped))
    return status


def demo_after(demo: Demo) -> Demo | None:
    """The next demo there is, by number."""
    return next((other for other in find_demos() if other.number > demo.number), None)
