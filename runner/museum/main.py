"""`make museum`: looks at every row of the museum and writes docs/museum.json."""

import json
from typing import Any

from rich.console import Console

from runner.catalogue import ROOT
from runner.museum.environments import interpreter
from runner.museum.look import Look, Say
from runner.museum.rows import Row, eras, rows
from runner.museum.telling import fault_of, summary

DATA = ROOT / "docs" / "museum.json"


def main() -> int:
    """Look at all rows and write the data. Returns 1 and writes nothing if a row shows no change.

    Raises UserError where the index cannot be asked or an interpreter is missing.
    """
    for era in eras():
        interpreter(era.python)  # before anything is made
    console = Console(highlight=False)
    told, faults = [], []
    for row in rows():
        with console.status("") as status:
            result = look_at(row, status.update)
        if fault := fault_of(result):
            faults.append(f"✘ {row.name}: {fault}.")
            continue
        told.append(entry(row, result))
        console.print(f"{told[-1]['when']:<32}{row.name}", soft_wrap=True)
    for fault in faults:
        console.print(fault, soft_wrap=True)
    if faults:
        return 1
    DATA.write_text(json.dumps({"rows": told}, indent=1, ensure_ascii=False) + "\n", "utf-8")
    console.print(f"{len(told)} rows: {DATA.relative_to(ROOT)}")
    return 0


def look_at(row: Row, say: Say) -> dict[str, Any]:
    names = [other.name for other in rows() if other.runs_with(row)]
    return Look(row, names, say).result()


def entry(row: Row, result: dict[str, Any]) -> dict[str, Any]:
    """A row as it stands in the data: what museum.toml says of it, and what was seen."""
    return {
        "name": row.name,
        "demos": list(row.demos),
        "package": row.package,
        "older": row.older,
        "newer": row.newer,
        **summary(row.package, result),
        **result,
    }
