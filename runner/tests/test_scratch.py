"""The temporary files of a run are gone after it, or after the next one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runner.support.launch import accounts
from runner.support.launch.postgres import POSTGRESQL
from runner.support.launch.scratch import MARKER, run_folder
from runner.tests.test_commands import sentence_of

TESTS = """
import os, signal, tempfile
import pytest
from runner import claim

@pytest.mark.database("sqlite")
@pytest.mark.django_db(transaction=True)
@claim("It leaves nothing")
def test_it({fixture}):
    tempfile.mkdtemp()
    {body}
"""


@pytest.fixture
def place(tmp_path):
    """Where the runs of a test have their temporary files."""
    place = tmp_path / "place"
    place.mkdir(mode=0o711)
    return place


def names(place):
    return sorted(path.name for path in place.iterdir())


@pytest.mark.parametrize("fixture", ["db", "worker"])
@pytest.mark.parametrize("command", ["runner demo 05", "pytest -q demos/05_tiny"])
def test_nothing_is_left_after_a_run(house, place, fixture, command):
    house.write("tests.py", TESTS.format(fixture=fixture, body="pass"))

    run = house.run_module(*command.split(), TMPDIR=str(place))

    assert run.returncode == 0, run.stdout + run.stderr
    assert names(place) == []


@pytest.mark.parametrize("number", ["SIGKILL", "SIGTERM", "SIGHUP"])
def test_the_next_run_removes_what_a_killed_one_left(house, place, number):
    # A shell may have started this one with SIGHUP ignored.
    reset = "" if number == "SIGKILL" else f"signal.signal(signal.{number}, signal.SIG_DFL); "
    body = f"{reset}os.kill(os.getpid(), signal.{number})"
    house.write("tests.py", TESTS.format(fixture="db", body=body))
    killed = house.run("demo", "05", TMPDIR=str(place))
    left = names(place)

    assert house.run("demos", TMPDIR=str(place)).returncode == 0

    assert killed.returncode == -getattr(signal, number)
    assert len(left) == 1
    assert names(place) == []


def test_the_next_run_removes_what_a_killed_command_left(house, place):
    # The folder of the run is named after the command's process.
    command = "int(tempfile.gettempdir().rpartition('cathay-shop-')[2].partition('-')[0])"
    kill = f"os.kill({command}, signal.SIGKILL); os.kill(os.getpid(), signal.SIGKILL)"
    house.write("tests.py", TESTS.format(fixture="db", body=kill))
    killed = house.run("break", "05", TMPDIR=str(place))
    left = names(place)

    assert house.run("demos", TMPDIR=str(place)).returncode == 0

    assert killed.returncode == -signal.SIGKILL
    assert len(left) == 1
    assert names(place) == []


def test_folders_of_others_stay(house, place):
    users = place / "cathay-shop-12345-abcdefgh"  # no marker: this project did not make it
    users.mkdir()
    (users / "notes").touch()
    (place / "cathay-shop-notes").mkdir()
    (place / "cathay-shop-notes" / MARKER).touch()
    script = (
        "import os; from runner.support.launch.scratch import run_folder\n"
        "with run_folder(): print(os.environ['TMPDIR'], flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=house.folder,
        env=house.environment(TMPDIR=str(place)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        running = os.path.basename(other.stdout.readline().strip())
        before = names(place)

        assert house.run("demos", TMPDIR=str(place)).returncode == 0

        after = names(place)
        other.communicate("end\n")
    assert before == after == sorted([running, users.name, "cathay-shop-notes"])
    assert names(place) == sorted([users.name, "cathay-shop-notes"])


def test_a_run_within_a_run_shares_its_folder(place, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", None)

    with run_folder():
        outer = os.environ["TMPDIR"]
        assert os.path.dirname(outer) == str(place)
        with run_folder():
            assert os.environ["TMPDIR"] == outer
        assert os.path.isdir(outer)
    assert os.environ["TMPDIR"] == str(place)
    assert names(place) == []


@pytest.mark.parametrize("command", ["demo 05", "demos"])
def test_without_a_place_for_files_it_is_one_sentence(house, command):
    script = "import tempfile; tempfile._candidate_tempdir_list = lambda: []\n"
    (house.folder / "sitecustomize.py").write_text(script)

    run = house.run(*command.split(), PYTHONPATH=str(house.folder), TMPDIR="")

    assert sentence_of(run) == (
        "There is no place for temporary files: set TMPDIR to a folder that you may write to."
    )


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="only Linux has /dev/shm")
def test_files_are_in_memory_where_there_is_room(monkeypatch):
    for folder, room, in_memory in (
        ("/tmp/cathay-shop-1-x", 0, True),
        ("/tmp/cathay-shop-1-x", 2**60, False),
        ("/chosen", 0, False),
    ):
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(accounts, "ROOM", room)
        assert (accounts.temporary_folder(POSTGRESQL) == Path("/dev/shm")) is in_memory
