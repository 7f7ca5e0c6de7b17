"""Draws a quiz: a claim, its verdict, the score."""

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table as Grid
from rich.text import Text

from runner.show.keys import NEXT
from runner.show.pages import cut, cut_below
from runner.show.screen import Screen
from runner.show.style import BLUE, GREEN, RED, STYLES, indented, prose
from runner.story.quiz import Asked, Revealed, Score, Share
from runner.story.words import SIGNS, counted

MEANINGS = {
    "holds": "it is true as it stands",
    "depends": "it is true only under a condition",
    "outdated": "it was true in an older release",
    "wrong": "it is not true",
}
VERDICT_BY_KEY = {verdict[0]: verdict for verdict in SIGNS} | {
    str(number): verdict for number, verdict in enumerate(SIGNS, 1)
}
HELP = (
    *((f"{v[0]} or {n}", f"{v}: {MEANINGS[v]}") for n, v in enumerate(SIGNS, 1)),
    ("n, space, Enter, →", "next page, or next claim"),
    ("b, ←", "back to the page before"),
    ("q", "end here and see the score; every answer is kept"),
)


def ask(screen: Screen, told: Asked) -> str:
    """Show the claim; returns the verdict that the learner gives, empty to quit."""
    keys = (*VERDICT_BY_KEY, "q")
    hint = "h d o w · ? help · q quit"
    key = screen.show(lambda console: cut(console, question(told)), told.place, hint, keys)
    return VERDICT_BY_KEY.get(key, "")


def reveal(screen: Screen, told: Revealed) -> bool:
    """Show the verdict; returns whether the learner goes on."""
    hint = "n next · ? help · q quit"
    return screen.show(lambda c: answer(c, told), told.asked.place, hint, (*NEXT, "q")) != "q"


def question(told: Asked) -> RenderableType:
    """The claim as an interviewer hears it, and what can be said of it."""
    verdicts = Grid.grid(padding=(0, 2, 0, 0))
    for verdict, sign in SIGNS.items():
        name = Text(f"{sign} {verdict}", STYLES[verdict])
        verdicts.add_row(Text(verdict[0], "bold"), name, MEANINGS[verdict])
    return Group(
        _title(told),
        indented(Text("\nThe usual answer says:\n")),
        _claim(told),
        indented(Text("\nIs it true? Press a key.\n")),
        indented(verdicts),
    )


def answer(console: Console, told: Revealed) -> list[RenderableType]:
    """The pages of the verdict, the reason and the evidence; the verdict stands on each."""
    claim = _claim(told.asked, told.releases)
    above = Group(_title(told.asked), Text(), claim, Text(), _verdict(told), Text())
    body = [indented(prose(told.why))]
    if told.evidence:
        seen = f"\nWhat the test did, as `make demo-{told.asked.number}` shows it:\n"
        body += [indented(prose(seen)), Text(told.evidence)]
    return cut_below(console, above, Group(*body))


def score(told: Score) -> RenderableType:
    """The end of a quiz."""
    if not told.total.asked:
        return Text(" No claim was answered; `make quiz` asks again.")
    shares = Grid.grid(padding=(0, 4, 0, 0))
    verdicts = ((f"{SIGNS[s.name]} {s.name}", STYLES[s.name], s) for s in told.verdicts)
    shares.add_row(_shares(verdicts), _shares((s.name, "", s) for s in told.topics))
    parts = [Rule(style=""), Text(f" {_share(told.total)} right\n", "bold"), indented(shares)]
    if told.missed:
        demos = Grid.grid(padding=(0, 2, 0, 0))
        for number, title in told.missed:
            demos.add_row(Text(f"make demo-{number}", BLUE), title)
        parts += [Text("\n Play what you missed", "bold"), indented(demos)]
    if told.so_far:
        weakest = ", ".join(f"{share.name} ({_share(share)} right)" for share in told.so_far)
        parts += [Text("\n Your weakest topics so far", "bold"), indented(Text(weakest))]
    coming = [f"{counted(count, 'claim')} {day}" for day, count in told.coming]
    coming += [f"{told.new} not asked yet"] if told.new else []
    parts += [Text("\n What comes next", "bold"), indented(Text(", ".join(coming)))]
    return Group(*parts)


def _title(told: Asked) -> RenderableType:
    return Text.assemble((f" {told.number} · ", f"bold {BLUE}"), told.question)


def _claim(told: Asked, releases: str = "") -> RenderableType:
    text = Text.assemble(prose(told.claim), style="bold")
    if releases:
        text.append(f" · {releases}", "not bold")
    return indented(text)


def _verdict(told: Revealed) -> RenderableType:
    is_right = told.given == told.verdict
    said = ("Right.", GREEN) if is_right else (f"Not right: you said {told.given}.", RED)
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_row(
        Text(f"{SIGNS[told.verdict]} {told.verdict}", f"bold {STYLES[told.verdict]}"),
        Text.assemble(said, f" It comes again {told.again}."),
    )
    return indented(grid)


def _shares(shares: Iterable[tuple[str, str, Share]]) -> RenderableType:
    grid = Grid.grid(padding=(0, 2, 0, 0))
    for name, style, share in shares:
        grid.add_row(Text(name, style), _share(share))
    return grid


def _share(share: Share) -> str:
    return f"{share.right} of {share.asked}"
