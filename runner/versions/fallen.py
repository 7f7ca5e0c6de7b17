"""What fell: claims and traps that the releases of the pins no longer show."""

from collections.abc import Iterator

from runner.catalogue import Demo
from runner.story.versions import HOLDS, NOT_TRIED, Versions


def fallen(versions: Versions, demos: list[Demo]) -> Iterator[str]:
    """One sentence for each claim and trap that is red on the releases of a file of pins."""
    for column in versions.columns:
        if not column.pins:
            continue
        if column.state:
            yield f"{column.name} {column.state}: {column.reason}"
            continue
        for demo in demos:
            for said in demo.claims:
                cell = column.cell(demo.number, said.test)
                if cell.state not in (HOLDS, NOT_TRIED):
                    yield (
                        f"{demo.number}: the {said.kind} “{said.text}” fell on {column.name} "
                        f"({cell.state}); see `make demo-{demo.number}`, {said.test}."
                    )
