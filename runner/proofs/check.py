"""`make check`: says in one line each what a demo lacks."""

import ast
import re
from collections.abc import Iterator

from runner.catalogue import ROOT, Demo, find_demos
from runner.errors import UserError
from runner.proofs.docs import generated
from runner.proofs.mutations import mutated, mutations_of
from runner.story.words import counted

FILES = ("README.md", "views.py", "urls.py", "tests.py", "mutations.toml")
SECTIONS = (
    "Say it aloud",
    "What most answers get wrong",
    "What you see",
    "What they ask next",
    "Sources",
)
WORDS_PER_MINUTE = 150


def check() -> int:
    """Look at every demo, run all of them, compare what is generated.

    Prints a line for each thing missing; returns 0 when nothing is, else 1.
    """
    demos = find_demos()
    faults = [f"{demo.path}: {fault}" for demo in demos for fault in faults_of(demo)]
    if not faults:
        try:
            faults = [
                f"{file.relative_to(ROOT)}: is stale; `make docs` writes it anew"
                for file, text in generated().items()
                if file.read_text("utf-8") != text
            ]
        except UserError as error:
            faults = [str(error)]
    for fault in faults:
        print(fault)
    print(f"{counted(len(demos), 'demo')} checked, {counted(len(faults), 'fault')}")
    return 1 if faults else 0


def faults_of(demo: Demo) -> Iterator[str]:
    """What can be seen to be missing without running the demo."""
    missing = [name for name in FILES if not (demo.folder / name).exists()]
    yield from (f"has no {name}" for name in missing)
    if missing:
        return
    yield from _faults_of_readme(demo)
    told = {statement.test for statement in demo.claims}
    for test in demo.tests:
        if test.name not in told:
            yield f"{test.name} is neither claim nor trap"
    for statement in demo.claims:
        node = next(test for test in demo.tests if test.name == statement.test)
        if statement.verdict != "holds" and not ast.get_docstring(node):
            yield f"{statement.test} has no docstring that says what is true instead"
    yield from _faults_of_mutations(demo, told)


def _faults_of_readme(demo: Demo) -> Iterator[str]:
    text = (demo.folder / "README.md").read_text("utf-8")
    if not text.startswith(f"# {demo.number} · "):
        yield f"README.md does not begin with `# {demo.number} · ` and the question"
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    for name in SECTIONS:
        if not sections.get(name, "").strip():
            yield f"README.md has nothing below `## {name}`"
    words = len(sections.get("Say it aloud", "").split())
    if words > WORDS_PER_MINUTE:
        yield f"README.md takes more than a minute to say: {words} words of {WORDS_PER_MINUTE}"


def _faults_of_mutations(demo: Demo, told: set[str]) -> Iterator[str]:
    try:
        mutations = mutations_of(demo)
    except UserError as error:
        yield str(error)
        return
    for mutation in mutations:
        file = demo.folder / mutation.file
        if mutation.file == "tests.py":
            yield f"the mutation {mutation.breaks!r} edits the test instead of the app"
        elif not file.is_file() or mutated(mutation, file.read_text("utf-8")) is None:
            yield f"the mutation {mutation.breaks!r} no longer applies to {mutation.file}"
        for name in sorted(set(mutation.caught_by) - told):
            yield f"the mutation {mutation.breaks!r} names {name}, which is no claim or trap"
    caught = {name for mutation in mutations for name in mutation.caught_by}
    for name in sorted(told - caught):
        yield f"{name} is caught red by no mutation"
