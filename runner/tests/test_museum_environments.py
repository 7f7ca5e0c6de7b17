"""The environments of the museum. No test makes one: uv and pip are replaced."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from runner.catalogue import ROOT
from runner.errors import UserError
from runner.museum import environments, main
from runner.museum.environments import environment, interpreter
from runner.museum.rows import Era
from runner.versions import foreign


@pytest.fixture
def kept(monkeypatch, tmp_path):
    """Environments in a folder of the test; uv and pip only write down that they were called."""
    calls = []

    def run(*command):
        words = [str(word) for word in command]
        calls.append(words)
        if "venv" in words:
            Path(words[-1]).mkdir(parents=True, exist_ok=True)
        status = 0
        for step in ("venv", "install", "museum"):
            status = kept.fails.get(step, 0) if step in words else status
        out = json.dumps(dict.fromkeys(words[5:], "hidden")) if "museum" in words else kept.out
        return subprocess.CompletedProcess(words, status, out, "no such release")

    kept = SimpleNamespace(calls=calls, fails={}, out="")
    monkeypatch.setattr(environments, "KEPT", tmp_path)
    monkeypatch.setattr(foreign, "run", run)
    monkeypatch.setattr(environments, "interpreter", Path)
    for cached in (environment, environments.offered):
        cached.cache_clear()
    yield kept
    for cached in (environment, environments.offered):
        cached.cache_clear()


def test_an_environment_is_made_once_and_its_answers_are_kept(kept):
    first = environment("3.6", ("tea==1.0",)).seen(["a.one"])
    environment.cache_clear()
    again = environment("3.6", ("tea==1.0",)).seen(["a.one"])

    assert first == again == {"a.one": "hidden"}
    assert [words[4] for words in kept.calls[:2]] == ["venv", "pip"]
    assert len(kept.calls) == 3


def test_a_new_experiment_runs_in_the_environment_that_is_there(kept):
    environment("3.6", ("tea==1.0",)).seen(["a.one"])
    seen = environment("3.6", ("tea==1.0",)).seen(["a.one", "a.two"])

    assert seen == {"a.one": "hidden", "a.two": "hidden"}
    assert kept.calls[3][5:] == ["a.two"]
    assert len(kept.calls) == 4


def test_what_other_experiments_saw_does_not_count(kept, monkeypatch):
    environment("3.6", ("tea==1.0",)).seen(["a.one"])
    monkeypatch.setattr(environments, "sources", lambda: "edited")
    environment("3.6", ("tea==1.0",)).seen(["a.one"])

    assert len(kept.calls) == 4


def test_an_environment_that_was_half_made_is_made_again(kept, tmp_path):
    environment("3.6", ("tea==1.0",)).seen(["a.one"])
    (tmp_path / "3.6-tea-1.0" / "made").unlink()
    (tmp_path / "3.6-tea-1.0" / "seen.json").unlink()
    environment.cache_clear()
    environment("3.6", ("tea==1.0",)).seen(["a.one"])

    assert len(kept.calls) == 6
    assert kept.calls[3][4:8] == ["venv", "-q", "--clear", "--force"]


def test_a_release_that_does_not_fit_is_said_and_tried_once(kept):
    kept.fails["install"] = 1

    seen = environment("3.6", ("tea==1.0",)).seen(["a.one"])
    environment("3.6", ("tea==1.0",)).seen(["a.one"])

    assert seen == {"a.one": {"failed": "cannot be installed"}}
    assert len(kept.calls) == 2


@pytest.mark.parametrize("fails", [{"venv": 2}, {"install": 2}])
def test_an_index_that_cannot_be_reached_is_one_sentence(kept, fails):
    kept.fails |= fails

    with pytest.raises(UserError, match="is a package index reachable"):
        environment("3.6", ("tea==1.0",)).seen(["a.one"])


def test_the_releases_come_from_pip_oldest_first(kept):
    kept.out = "tea (1.10)\nAvailable versions: 1.10, 1.9, 1.0\nINSTALLED: 1.0\n"

    assert environments.offered("tea") == ["1.0", "1.9", "1.10"]
    assert kept.calls[-1][3:] == ["pip", "index", "versions", "tea", "--ignore-requires-python"]


def test_a_package_that_the_index_does_not_list_is_one_sentence(kept):
    kept.out = "no matching distribution"

    with pytest.raises(UserError, match="is a package index reachable"):
        environments.offered("tea")


def test_the_environment_of_pip_is_made_once(kept):
    kept.out = "Available versions: 1.0\n"
    environments.offered("tea")
    environments.offered("coffee")

    assert [words[4] for words in kept.calls] == ["venv", "index", "index"]


def test_experiments_that_break_are_one_sentence_with_their_environment(kept):
    kept.fails["museum"] = 1

    with pytest.raises(UserError) as said:
        environment("3.6", ("tea==1.0",)).seen(["a.one"])

    assert str(said.value) == "museum/ breaks in 3.6-tea-1.0: no such release"


def test_a_program_runs_at_the_top_of_the_checkout_without_misleading_settings(monkeypatch):
    monkeypatch.setenv("UV_CONSTRAINT", "pins.txt")
    say = "import os; print(os.getcwd(), os.environ.get('UV_CONSTRAINT'))"

    done = foreign.run(sys.executable, "-c", say)

    assert done.stdout == f"{ROOT} None\n"


@pytest.fixture
def pyenv(monkeypatch, tmp_path):
    """Puts an interpreter into pyenv's folder that says it is of this release."""

    def pyenv(folder, release):
        program = tmp_path / "versions" / folder / "bin" / "python"
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\necho {release}\n", "utf-8")
        program.chmod(0o755)
        return program

    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    foreign.interpreter.cache_clear()
    yield pyenv
    foreign.interpreter.cache_clear()


def test_an_interpreter_of_pyenv_is_found(pyenv):
    program = pyenv("2.0.1", "2.0.1")

    assert interpreter("2.0") == program


def test_an_interpreter_that_does_not_run_is_none(pyenv):
    pyenv("2.0.1", "")

    with pytest.raises(UserError, match=r"needs Python 2\.0"):
        interpreter("2.0")


@pytest.mark.usefixtures("pyenv")
def test_a_missing_interpreter_is_one_sentence_before_anything_is_made(monkeypatch):
    monkeypatch.setattr(main, "eras", lambda: [Era("tea", "1.0", "2.0")])

    with pytest.raises(UserError) as said:
        main.main()

    assert str(said.value) == (
        "The museum needs Python 2.0, and there is none: `pyenv install 2.0` builds it."
    )
