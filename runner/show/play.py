"""`make demo-NN`: shows each scene as soon as its test has run."""

import pytest
from rich.console import Console

from runner.catalogue import Demo, demo_after
from runner.recording.model import Recording, Scene
from runner.show import terminal
from runner.show.style import print_to
from runner.story.story import Teller
from runner.story.told import Options


class Audience:
    """A plugin of the pytest run, which prints to the console."""

    def __init__(
        self, demo: Demo, options: Options, console: Console, *, failures_last: bool = False
    ) -> None:
        self.demo = demo
        self.options = options
        self.console = console
        self.failures_last = failures_last
        self.teller: Teller | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.pluginmanager.unregister(name="terminalreporter")

    def pytest_recording_starts(self, recording: Recording) -> None:
        self.teller = Teller(self.demo, recording, self.options)
        if recording.scenes:
            print_to(self.console, terminal.opening(self.teller.opening()))

    def pytest_scene_finished(self, recording: Recording, scene: Scene) -> None:
        print_to(self.console, terminal.scene(self.teller.scene(scene)))
        if recording.scenes[-1] is scene:
            closing = self.teller.closing(demo_after(self.demo))
            print_to(self.console, terminal.closing(closing))
            if self.failures_last:
                for failed in recording.scenes:
                    if failed.outcome == "failed":
                        print_to(self.console, terminal.scene(self.teller.scene(failed)))
