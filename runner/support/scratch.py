"""Gives a run of plain pytest the folder that `python -m runner` gives its runs."""

from contextlib import ExitStack

import pytest

from runner.support.launch.scratch import run_folder


def pytest_configure(config: pytest.Config) -> None:
    folder = ExitStack()
    folder.enter_context(run_folder())
    config.add_cleanup(folder.close)
