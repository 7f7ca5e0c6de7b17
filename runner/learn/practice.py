"""The learner's copy of a demo's app on the disk: practice/07_n_plus_one/.

It holds the app without its tests, and a file that says which exercise it is and what was written.
So the learner's work is known, and is not written over unless the caller has asked.
"""

import json
import os
from hashlib import sha256
from pathlib import Path

from runner.catalogue import Demo
from runner.errors import UserError
from runner.learn.exercises import Exercise

MARKER = ".exercise.json"
TESTS = "tests.py"


class Practice:
    """The copy of one demo in a folder of its own below `place`."""

    def __init__(self, demo: Demo, place: Path) -> None:
        self.demo = demo
        self.folder = place / demo.folder.name

    @property
    def path(self) -> str:
        """The folder as one would type it from the top of the checkout."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    def key(self) -> str:
        """The key of the exercise that the copy is of, empty where there is no copy.

        Raises UserError where the folder holds what this project did not make.
        """
        return self._marker()["exercise"]

    def begin(self, exercise: Exercise) -> None:
        """Write the app with the mutation; what the learner has changed is written over.

        Other files stay. Raises UserError where the disk refuses.
        """
        files = _files_for(exercise)
        marker = {
            "exercise": exercise.key,
            "written": {name: _digest(content) for name, content in files.items()},
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _write(self.folder / MARKER, json.dumps(marker, indent=1).encode())
            for name, content in files.items():
                _write(self.folder / name, content)
        except OSError as error:
            raise UserError(f"{self.path} cannot be written ({error.strerror}).") from error

    def is_of_now(self, exercise: Exercise) -> bool:
        """Whether the demo is still what it was when the copy was written."""
        written = self._marker()["written"]
        return written == {name: _digest(text) for name, text in _files_for(exercise).items()}

    def files(self) -> dict[str, bytes]:
        """What the learner's app holds now, by the names of its files."""
        return {
            file.name: content
            for file in sorted(self.folder.glob("*.py"))
            if file.name != TESTS and (content := _content(file)) is not None
        }

    def work(self) -> list[str]:
        """The files that would be lost by `begin`: neither as written nor as the original."""
        written = self._marker()["written"]
        originals = app_of(self.demo)
        return [
            name
            for name, content in self.files().items()
            if name in written.keys() | originals.keys()
            and _digest(content) != written.get(name)
            and content != originals.get(name)
        ]

    def state(self) -> object:
        """Changes at every save, also at one that changes nothing."""
        return [
            (file.name, content, file.stat().st_mtime_ns)
            for file in sorted(self.folder.glob("*.py"))
            if (content := _content(file)) is not None
        ]

    def has_other_tests(self) -> bool:
        """Whether the folder holds a tests.py that differs from the demo's."""
        theirs = _content(self.folder / TESTS)
        return theirs is not None and theirs != (self.demo.folder / TESTS).read_bytes()

    def _marker(self) -> dict:
        """What was written; raises UserError where someone else wrote it."""
        try:
            if not self.folder.exists() or not any(self.folder.iterdir()):
                return {"exercise": "", "written": {}}
            found = json.loads((self.folder / MARKER).read_text("utf-8"))
            return {"exercise": str(found["exercise"]), "written": dict(found["written"])}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{self.path} was not made by `make fix-{self.demo.number}`, so it stays as it "
                "is; move it away to get a practice copy there."
            ) from error


def app_of(demo: Demo) -> dict[str, bytes]:
    """The files of a demo's app, without its tests."""
    files = sorted(demo.folder.glob("*.py"))
    return {file.name: file.read_bytes() for file in files if file.name != TESTS}


def _files_for(exercise: Exercise) -> dict[str, bytes]:
    return app_of(exercise.demo) | {exercise.mutation.file: exercise.broken.encode()}


def _content(file: Path) -> bytes | None:
    """What a file holds, None where it is gone or being replaced at this moment."""
    try:
        return file.read_bytes()
    except OSError:
        return None


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _write(file: Path, content: bytes) -> None:
    """Put a whole file in place, never half of one."""
    new = file.with_name(f"{file.name}.new")
    try:
        new.write_bytes(content)
        os.replace(new, file)
    finally:
        new.unlink(missing_ok=True)
