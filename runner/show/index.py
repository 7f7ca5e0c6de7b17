"""Lists the demos with their questions and what became of the claims."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from runner.catalogue import Demo, find_demos
from runner.show.style import BLUE, STYLES, print_to
from runner.story.topics import by_topic, read_topics
from runner.story.words import SIGNS, counted, verdicts


def list_demos(sought: str) -> int:
    """`make demos`: print the demos, of them those whose title, claims or README hold `sought`.

    Returns 0, or 1 where nothing was found.
    """
    found = [demo for demo in find_demos() if sought.casefold() in _text(demo).casefold()]
    if not found:
        print(f"No demo speaks of {sought!r}; `make demos` lists all of them.")
        return 1
    console = Console(highlight=False)
    print_to(console, _table(found))
    legend = " · ".join(f"{sign} {verdict}" for verdict, sign in SIGNS.items())
    print_to(console, Text(f"\n{counted(len(found), 'demo')} · {legend}"))
    for way in read_topics().ways if not sought else []:
        print_to(console, Text.assemble((f"{way.name}: ", "bold"), " ".join(way.demos)))
    return 0


def _table(demos: list[Demo]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for topic, group in by_topic(demos):
        if topic:
            table.add_row("", Text(topic, "bold"))
        for demo in group:
            signs = Text(" ").join(
                Text(f"{SIGNS[verdict]}{number}", style=STYLES[verdict])
                for verdict, number in count_verdicts(demo).items()
            )
            table.add_row(Text(demo.number, style=f"bold {BLUE}"), demo.question, signs)
    return table


def _text(demo: Demo) -> str:
    readme = demo.folder / "README.md"
    told = readme.read_text("utf-8") if readme.exists() else ""
    return "\n".join([demo.slug, demo.question, told, *(s.text for s in demo.claims)])


def count_verdicts(demo: Demo) -> dict[str, int]:
    """How many claims of the demo got each verdict; verdicts that none got are left out."""
    found = [statement.verdict for statement in demo.claims]
    return {verdict: found.count(verdict) for verdict in SIGNS if verdict in found}


def markdown(demos: list[Demo]) -> str:
    """The index as it stands in the top README: a tally, the ways through, a table a topic."""
    everything = [s for demo in demos for s in demo.claims]
    claims = [s.verdict for s in everything if s.kind == "claim"]
    traps = len(everything) - len(claims)
    lines = [
        f"{counted(len(demos), 'demo')}, {counted(len(claims), 'claim')}: {verdicts(claims)}. "
        f"And {counted(traps, 'trap')}.",
    ]
    paths = {demo.number: demo.path for demo in demos}
    ways = read_topics().ways
    if ways:
        lines += ["", "| way through | | demos |", "| --- | --- | --- |"]
    for way in ways:
        links = " ".join(f"[{n}]({paths[n]}/)" for n in way.demos if n in paths)
        lines.append(f"| {way.name} | {way.what} | {links} |")
    for topic, group in by_topic(demos):
        lines += ["", *([f"### {topic}", ""] if topic else [])]
        lines += ["| demo | question | claims | traps |", "| --- | --- | --- | --- |"]
        lines += map(_row, group)
    return "\n".join(lines)


def _row(demo: Demo) -> str:
    tally = verdicts([s.verdict for s in demo.claims if s.kind == "claim"])
    traps = sum(statement.kind == "trap" for statement in demo.claims)
    return f"| [{demo.number}]({demo.path}/) | {demo.question} | {tally} | {traps} |"


def see_also(demo: Demo, demos: list[Demo]) -> str:
    """Links from its README to those of the demos that explain it; empty where there are none."""
    others = read_topics().see_also(demo.number)
    links = [
        f"[{other.number} · {other.question}](../{other.folder.name}/)"
        for other in demos
        if other.number in others
    ]
    return f"See also {', '.join(links)}." if links else ""
