"""Puts what was seen together: the data of all columns."""

from dataclasses import replace

from runner.catalogue import Demo
from runner.story.versions import NO_IMPORT, NO_INSTALL, Column, Versions
from runner.versions.columns import Pair, read_asides
from runner.versions.environment import Environment
from runner.versions.results import Shelf
from runner.versions.services import known_services
from runner.versions.states import cell_of


def versions_of(environments: dict[Pair, Environment | str], demos: list[Demo]) -> Versions:
    """The data, once all results are there. What all columns have alike is told once."""
    columns = [_column(pair, found, demos) for pair, found in environments.items()]
    installed = [column.packages.items() for column in columns if column.packages]
    alike = dict(set.intersection(*map(set, installed))) if installed else {}
    return Versions(
        columns=[
            replace(column, packages=_sorted(dict(column.packages.items() - alike.items())))
            for column in columns
        ],
        tests={demo.number: [said.test for said in demo.claims] for demo in demos},
        asides=read_asides(),
        services=_sorted(known_services()),
        packages=_sorted(alike),
    )


def _column(pair: Pair, found: Environment | str, demos: list[Demo]) -> Column:
    column = Column(
        name=pair.name,
        releases={"Python": pair.python} | pair.releases,
        demos=list(pair.demos),
        pins=pair.pins if pair.is_pinned else "",
        alone=pair.alone,
    )
    if isinstance(found, str):
        return replace(column, state=NO_INSTALL, reason=found)
    column = replace(
        column,
        releases=column.releases | {"Python": found.made.python},
        packages=found.made.packages,
    )
    if found.made.unimported:
        return replace(column, state=NO_IMPORT, reason=found.made.unimported)
    shelf = Shelf(found)
    results = {demo.number: shelf.find(demo) for demo in demos if column.plays(demo.number)}
    return replace(
        column,
        unimported={n: result.unimported for n, result in results.items() if result.unimported},
        differs={
            number: {test: cell_of(case) for test, case in result.cases.items()}
            for number, result in results.items()
            if result.cases
        },
    )


def _sorted(table: dict[str, str]) -> dict[str, str]:
    return dict(sorted(table.items()))
