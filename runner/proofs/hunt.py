"""`make hunt-NN`: tries small edits of a demo's app that nobody wrote down, and lists those that
no test notices. A line that can change unnoticed proves nothing."""

import tempfile
from pathlib import Path
from xml.etree import ElementTree

from runner.catalogue import Demo
from runner.errors import UserError
from runner.proofs.edits import Edit, edits_of
from runner.proofs.scratch import Scratch, in_scratch_copies, scratch_copy
from runner.recording.forks import preloaded

GOAL = 95  # percent of the edits
SECONDS = 120  # after which a run counts as red


def hunt(demo: Demo) -> int:
    """Try each edit of the demo's app; print those that no test notices, and how many there are.

    Returns 0 where at least GOAL percent are noticed, else 1. Raises UserError where the demo is
    red without an edit.
    """
    files = [file for file in sorted(demo.folder.glob("*.py")) if file.name != "tests.py"]
    edits = [edit for file in files for edit in edits_of(file.name, file.read_text("utf-8"))]
    if not edits:
        raise UserError(f"{demo.path} has nothing to edit.")
    tests = _quickest_first(demo)
    survivors = 0
    tried = in_scratch_copies(lambda copy, edit: _is_noticed(copy, demo, edit, tests), edits)
    for edit, noticed in zip(edits, tried, strict=True):
        if not noticed:
            survivors += 1
            print(edit, flush=True)
    noticed = len(edits) - survivors
    percent = 100 * noticed / len(edits)
    print(f"{noticed} of {len(edits)} edits noticed ({percent:.1f} %)")
    return int(percent < GOAL)


def _quickest_first(demo: Demo) -> list[str]:
    """The ids of the demo's tests: a run ends with the first red one, so the slow ones come last.

    Raises UserError where one of them is red.
    """
    with tempfile.TemporaryDirectory() as folder, scratch_copy() as copy:
        copy.add(demo)
        report = Path(folder) / "report.xml"
        is_green = _run(copy, demo, demo.path, f"--junitxml={report}") == 0
        cases = ElementTree.parse(report).findall(".//testcase") if report.exists() else []
        cases.sort(key=lambda case: float(case.attrib["time"]))
        tests = [f"{demo.path}/tests.py::{case.attrib['name']}" for case in cases]
        if not is_green or _run(copy, demo, *tests) != 0:
            raise UserError(
                f"Demo {demo.number} is red without an edit; see `make test-{demo.number}`."
            )
    return tests


def _is_noticed(copy: Scratch, demo: Demo, edit: Edit, tests: list[str]) -> bool:
    with copy.edited(demo, edit.file, edit.edited):
        return _run(copy, demo, *tests) != 0


def _run(copy: Scratch, demo: Demo, *arguments: str) -> int | None:
    with tempfile.NamedTemporaryFile() as output:
        return preloaded(copy.folder).run(
            *("-q", "-x", "--tb=no", *arguments),
            demo=demo,
            seconds=SECONDS,
            output=Path(output.name),
        )
