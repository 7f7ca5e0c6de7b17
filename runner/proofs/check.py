"""`make check`: says in one line each what a demo lacks."""

import ast
from collections.abc import Iterator

from runner.catalogue import ROOT, Demo, find_demos
from runner.errors import UserError
from runner.proofs.docs import (
    PAGE,
    generated,
    is_stale,
    page_of_versions,
    recordings_of,
    renewed,
)
from runner.proofs.english import faults_of_english
from runner.proofs.faults import Fault, line_of
from runner.proofs.mutations import mutated, mutations_of
from runner.proofs.prose import faults_of_readme
from runner.proofs.release_faults import faults_of_versions
from runner.proofs.site import broken_of
from runner.proofs.site_faults import faults_of_pages
from runner.proofs.sizes import faults_of_demo_size, faults_of_module_sizes
from runner.show.web.pages import Told, pages_of
from runner.story.topics import FILE, read_topics
from runner.story.words import counted

FILES = ("README.md", "views.py", "urls.py", "tests.py", "mutations.toml")


def main(only: Demo | None = None) -> int:
    """Read every demo; if nothing is missing, run all and compare what is generated.

    With `only`, this demo alone. Prints a line for each fault; returns 0 when there is none,
    else 1.
    """
    demos = [only] if only else find_demos()
    faults = [str(fault) for demo in demos for fault in faults_of(demo)]
    if not only:
        faults += map(str, (*faults_of_module_sizes(), *faults_of_topics(demos)))
        faults += map(str, faults_of_versions(demos))
    if not faults:
        try:
            recordings = recordings_of(demos)
            faults = [
                str(Fault(file, 0, "is stale; `make docs` writes it again"))
                for file, parts in generated(recordings, with_top=not only).items()
                if file.read_text("utf-8") != renewed(file, parts)
            ]
            if not only and is_stale(PAGE, page_of_versions(demos)):
                faults.append(str(Fault(PAGE, 0, "is stale; `make docs` writes it again")))
            told = [Told(demo, recordings[demo], broken_of(demo)) for demo in demos]
            faults += [] if only else faults_of_pages(pages_of(told), told)
        except UserError as error:
            faults = [str(error)]
    for fault in faults:
        print(fault)
    print(f"{counted(len(demos), 'demo')} checked, {counted(len(faults), 'fault')}")
    return 1 if faults else 0


def faults_of_topics(demos: list[Demo]) -> Iterator[Fault]:
    """A demo in no topic or in two, and a number that is no demo."""
    file, topics = ROOT / FILE, read_topics()
    listed = [number for topic in topics.topics for number in topic.demos]
    for demo in demos:
        if listed.count(demo.number) != 1:
            yield Fault(file, 0, f"{demo.number} stands in {listed.count(demo.number)} topics")
    for number in sorted(topics.numbers() - {demo.number for demo in demos}):
        yield Fault(file, 0, f"there is no demo {number}")


def faults_of(demo: Demo) -> Iterator[Fault]:
    """What can be seen to be missing without running the demo."""
    missing = [name for name in FILES if not (demo.folder / name).exists()]
    yield from (Fault(demo.folder, 0, f"has no {name}") for name in missing)
    if missing:
        return
    yield from faults_of_readme(demo)
    yield from faults_of_english(demo)
    yield from faults_of_demo_size(demo)
    yield from _faults_of_tests(demo)
    yield from _faults_of_mutations(demo)


def _faults_of_tests(demo: Demo) -> Iterator[Fault]:
    tests = demo.folder / "tests.py"
    told = {said.test: said for said in demo.claims}
    for test in demo.tests:
        if test.name not in told:
            yield Fault(tests, test.lineno, f"{test.name} is neither claim nor trap")
        elif told[test.name].verdict != "holds" and not ast.get_docstring(test):
            fault = f"{test.name} has no docstring that says what is true instead"
            yield Fault(tests, test.lineno, fault)


def _faults_of_mutations(demo: Demo) -> Iterator[Fault]:
    toml = demo.folder / "mutations.toml"
    text = toml.read_text("utf-8")
    told = {said.test for said in demo.claims}
    try:
        mutations = mutations_of(demo)
    except UserError as error:
        yield Fault(toml, 0, str(error))
        return
    for mutation in mutations:
        line = line_of(text, text.find(mutation.breaks))
        file = demo.folder / mutation.file
        if mutation.file == "tests.py":
            yield Fault(toml, line, "this mutation edits the test instead of the app")
        elif not file.is_file() or mutated(mutation, file.read_text("utf-8")) is None:
            yield Fault(toml, line, f"this mutation no longer applies to {mutation.file}")
        for name in sorted(set(mutation.caught_by) - told):
            yield Fault(toml, line, f"this mutation names {name}, which is no claim or trap")
    caught = {name for mutation in mutations for name in mutation.caught_by}
    for name in sorted(told - caught):
        yield Fault(toml, 0, f"no mutation is caught by {name}")
