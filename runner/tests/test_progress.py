"""The file that keeps what a learner has done."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.catalogue import ROOT
from runner.errors import UserError
from runner.learn.progress import changed, progress_file, progress_in

ONE_ANSWER = '{\n "quiz": {\n  "07/test_it": "right"\n }\n}\n'


@pytest.fixture
def file(tmp_path):
    return tmp_path / "progress.json"


def answer(file, test="07/test_it"):
    with changed(file) as progress:
        progress.setdefault("quiz", {})[test] = "right"


def test_without_a_name_it_is_below_the_users_state_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    assert progress_file() == tmp_path / "cathay-shop" / "progress.json"


@pytest.mark.parametrize("unusable", ["", "relative/folder"])
def test_without_a_usable_state_folder_it_is_below_the_home(monkeypatch, tmp_path, unusable):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", unusable)

    assert progress_file() == tmp_path / ".local/state/cathay-shop/progress.json"


def test_the_user_may_name_another_file(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    assert progress_file("~/mine.json") == tmp_path / "mine.json"
    assert progress_file("mine.json") == tmp_path / "mine.json"
    assert progress_file("~no.such.user/x") == tmp_path / "~no.such.user" / "x"


def test_a_link_stays_a_link(tmp_path):
    elsewhere = tmp_path / "synchronized.json"
    link = tmp_path / "progress.json"
    link.symlink_to(elsewhere)

    answer(progress_file(str(link)))

    assert link.readlink() == elsewhere
    assert elsewhere.read_text("utf-8") == ONE_ANSWER


def test_no_file_is_no_progress(file):
    assert progress_in(file) == {}
    assert not file.exists()


def test_what_is_changed_is_in_the_file_and_nothing_else_is_left(file):
    answer(file)

    assert file.read_text("utf-8") == ONE_ANSWER
    assert os.listdir(file.parent) == ["progress.json"]


def test_its_folder_is_made(tmp_path):
    file = tmp_path / "state" / "cathay-shop" / "progress.json"

    answer(file)
    answer(file)

    assert progress_in(file) == {"quiz": {"07/test_it": "right"}}


def test_what_a_command_does_not_know_is_kept(file):
    before = {"fix": {"07": {"n": 3}}, "quiz": {"99/test_removed": "\ud800 é", "07/test_it": 1}}
    file.write_text(json.dumps(before), "utf-8")

    answer(file, "08/test_other")

    before["quiz"]["08/test_other"] = "right"
    assert progress_in(file) == before


def test_an_error_in_the_block_changes_nothing(file):
    def interrupted():
        with changed(file) as progress:
            progress["quiz"].clear()
            raise KeyboardInterrupt

    answer(file)

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert file.read_text("utf-8") == ONE_ANSWER


def test_a_full_disk_is_one_sentence_and_keeps_the_old_file(file, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    answer(file)
    monkeypatch.setattr("os.fsync", full)

    with pytest.raises(UserError) as refused:
        answer(file, "08/test_other")

    assert str(refused.value) == (
        f"{file} cannot be written (No space left on device); name another file by STATE=."
    )
    assert file.read_text("utf-8") == ONE_ANSWER
    assert os.listdir(file.parent) == ["progress.json"]


def test_the_new_file_is_whole_on_the_disk_before_it_replaces_the_old_one(file, monkeypatch):
    seen = []

    def fsync(descriptor):
        size = os.fstat(descriptor).st_size
        seen.append((size, file.exists()))

    monkeypatch.setattr("os.fsync", fsync)

    answer(file)

    assert seen == [(len(ONE_ANSWER), False)]


def test_a_name_that_leaves_no_room_for_a_second_file_is_one_sentence(tmp_path):
    file = tmp_path / ("x" * 252)

    with pytest.raises(UserError) as refused:
        answer(file)

    assert str(refused.value) == (
        f"{file} cannot be written (File name too long); name another file by STATE=."
    )


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "state").write_text("a file", "utf-8")
    file = tmp_path / "state" / "progress.json"

    with pytest.raises(UserError) as refused:
        answer(file)

    assert str(refused.value) == (
        f"{file} cannot be written (File exists); name another file by STATE=."
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value: line 1 column 1 (char 0)"),
        ('{"quiz": {', "Expecting property name enclosed in double quotes: line 1 column 11"),
        ("[" * 100_000, "maximum recursion depth exceeded"),
        ("[]", "it is no progress of this project);"),
        ('{"quiz": []}', "it is no progress of this project);"),
        ('{"quiz": {}, "fix": 3}', "it is no progress of this project);"),
    ],
)
def test_a_file_that_is_no_progress_is_one_sentence_and_stays(file, text, reason):
    file.write_text(text, "utf-8")

    with pytest.raises(UserError) as read:
        progress_in(file)
    with pytest.raises(UserError) as written:
        answer(file)

    assert str(read.value).startswith(f"{file} cannot be read ({reason}")
    assert str(read.value).endswith("); move it away, or name another file by STATE=.")
    assert str(written.value) == str(read.value)
    assert file.read_text("utf-8") == text


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(UserError, match=r"cannot be read \(.*Is a directory"):
        progress_in(tmp_path)


HUNDRED_ANSWERS = """
import sys
from pathlib import Path
from runner.learn.progress import changed
for number in range(100):
    with changed(Path(sys.argv[1])) as progress:
        progress.setdefault("quiz", {})[f"{sys.argv[2]}/test_{number}"] = "right"
"""


def test_two_commands_at_once_lose_no_answer(file: Path):
    commands = [
        subprocess.Popen([sys.executable, "-c", HUNDRED_ANSWERS, file, demo], cwd=ROOT)
        for demo in ("07", "08")
    ]

    assert [command.wait(60) for command in commands] == [0, 0]
    assert len(progress_in(file)["quiz"]) == 200
