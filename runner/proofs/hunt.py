"""`make hunt-NN`: tries small edits of a demo's app that nobody wrote down, and lists those that
no test notices. A line that can change unnoticed proves nothing."""

import tempfile
from pathlib import Path

from runner.catalogue import Demo
from runner.errors import UserError
from runner.proofs.edits import Edit, edits_of
from runner.proofs.scratch import Scratch, in_scratch_copies
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
    unedited = Edit(edits[0].file, edits[0].text, 0, 0, b"")
    survivors = 0
    tried = in_scratch_copies(lambda copy, edit: _is_noticed(copy, demo, edit), [unedited, *edits])
    if next(tried):
        raise UserError(
            f"Demo {demo.number} is red without an edit; see `make test-{demo.number}`."
        )
    for edit, noticed in zip(edits, tried, strict=True):
        if not noticed:
            survivors += 1
            print(edit, flush=True)
    noticed = len(edits) - survivors
    percent = 100 * noticed / len(edits)
    print(f"{noticed} of {len(edits)} edits noticed ({percent:.1f} %)")
    return int(percent < GOAL)


def _is_noticed(copy: Scratch, demo: Demo, edit: Edit) -> bool:
    with copy.edited(demo, edit.file, edit.edited), tempfile.NamedTemporaryFile() as output:
        status = preloaded(copy.folder).run(
            "-q", "-x", "--tb=no", demo.path, demo=demo, seconds=SECONDS, output=Path(output.name)
        )
    return status != 0
