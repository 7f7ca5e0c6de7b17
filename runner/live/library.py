"""The pages as they are now, and the recordings behind them."""

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from runner.catalogue import ROOT, Demo, find_demos
from runner.proofs.site import broken_of
from runner.recording.model import Recording
from runner.show.web.learning import answers_script
from runner.show.web.pages import Told, pages_of_demo, shared_pages

FOLDER = ROOT / ".recordings"
PAGES = ("", "-break", "-present")
VERSIONS = [version("django"), version("djangorestframework")]


class Library:
    """Hands out pages, and keeps a recording for each demo in a file. Pages are drawn once."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self._drawn: dict[str, tuple[object, dict[str, str]]] = {}  # what for, and the pages

    def find(self, name: str) -> str | Demo | None:
        """The text of a page or file; its demo where that must be recorded first; None where there
        is no such page."""
        demos = find_demos()
        stamps = [_stamps(demo) for demo in demos]
        shared = self._draw("shared", stamps, lambda: shared_pages(demos, live=True))
        if name in shared:
            return shared[name]
        demo = next((demo for demo in demos if name.startswith(demo.number)), None)
        if demo and name == f"{demo.number}-learn.js":
            return answers_script(demo)
        if demo is None or name not in {f"{demo.number}{page}.html" for page in PAGES}:
            return None
        file = self.file_of(demo)
        if not file.exists():
            return demo
        stamps = [file.name, _stamps(demo)]
        return self._draw(demo.number, stamps, lambda: _pages(demo, demos, file))[name]

    def file_of(self, demo: Demo) -> Path:
        """Where the recording of this demo is, as its files are now."""
        told = hashlib.sha256(repr(VERSIONS).encode())
        for file in sorted([*demo.folder.glob("*.py"), *(ROOT / "shop").glob("*.py")]):
            told.update(file.name.encode() + b"\0" + file.read_bytes())
        return self.folder / f"{demo.number}-{told.hexdigest()[:16]}.json"

    def keep(self, file: Path, recording: str) -> None:
        """Keep this recording, in place of older ones of the demo."""
        self.folder.mkdir(exist_ok=True)
        for old in self.folder.glob(f"{file.name[:2]}-*.json"):
            old.unlink()
        new = file.with_suffix(".new")
        new.write_text(recording, "utf-8")
        new.replace(file)

    def _draw(
        self, name: str, stamps: object, pages: Callable[[], dict[str, str]]
    ) -> dict[str, str]:
        if self._drawn.get(name, (None,))[0] != stamps:
            self._drawn[name] = stamps, pages()
        return self._drawn[name][1]


def _pages(demo: Demo, demos: list[Demo], file: Path) -> dict[str, str]:
    told = Told(demo, Recording.from_json(file.read_text("utf-8")), broken_of(demo))
    return pages_of_demo(told, demos, live=True)


def _stamps(demo: Demo) -> list[tuple[str, int]]:
    """When the files of a demo changed last."""
    return sorted((file.name, file.stat().st_mtime_ns) for file in demo.folder.glob("*.*"))
