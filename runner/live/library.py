"""The recordings behind the pages: the newest one of each demo, and whether it is still true."""

import hashlib
import threading
from pathlib import Path

from runner.catalogue import ROOT, Demo, find_demo
from runner.errors import UserError
from runner.proofs.site import broken_of
from runner.recording.model import Recording
from runner.recording.run import rehearse
from runner.show.web.pages import Told

FOLDER = ROOT / ".recordings"


class Library:
    """Keeps a recording for each demo in a file, and makes missing ones, one at a time."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self.wanted: list[Demo] = []
        self.failed: dict[str, str] = {}  # by digest: why there is no recording
        self._wake = threading.Condition()
        threading.Thread(target=self._record, daemon=True).start()

    def told(self, demo: Demo) -> Told | None:
        """What the pages of this demo show; None while it is recorded."""
        file = self.folder / f"{demo.number}-{digest_of(demo)}.json"
        if file.exists():
            try:
                return Told(demo, Recording.from_json(file.read_text("utf-8")), broken_of(demo))
            except ValueError:  # of an older format, or half written by another program
                file.unlink()
        if digest_of(demo) not in self.failed:
            self._want(demo)
        return None

    def keep(self, demo: Demo, recording: Recording) -> None:
        """Keep this recording, in place of older ones of the demo."""
        self.folder.mkdir(exist_ok=True)
        for old in self.folder.glob(f"{demo.number}-*.json"):
            old.unlink()
        file = self.folder / f"{demo.number}-{digest_of(demo)}.json"
        file.with_suffix(".new").write_text(recording.to_json(), "utf-8")
        file.with_suffix(".new").replace(file)

    def keep_told(self, number: str, recording: str) -> None:
        """Keep what a run has told, unless a test is red: the pages show what holds."""
        told = Recording.from_json(recording)
        if all(scene.outcome == "passed" for scene in told.scenes):
            self.keep(find_demo(number), told)

    def reason(self, demo: Demo) -> str:
        """Why there is no recording, empty where there is one or it is still made."""
        return self.failed.get(digest_of(demo), "")

    def _want(self, demo: Demo) -> None:
        with self._wake:
            if demo not in self.wanted:
                self.wanted.append(demo)
                self._wake.notify()

    def _record(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self.wanted)
                demo = self.wanted[0]
            digest = digest_of(demo)
            try:
                self.keep(demo, rehearse(demo.path, demo=demo))
            except UserError as error:
                self.failed[digest] = str(error)
            with self._wake:
                self.wanted.remove(demo)


def digest_of(demo: Demo, files: str = "*.py") -> str:
    """What stands for the files that a recording of this demo depends on, or its pages with "*"."""
    told = hashlib.sha256()
    for file in sorted([*demo.folder.glob(files), *(ROOT / "shop").glob("*.py")]):
        if file.is_file():
            told.update(file.name.encode() + b"\0" + file.read_bytes())
    return told.hexdigest()[:16]
