"""Draws an interview: a question and the clock, the answer, what to tick, what is asked next."""

from collections.abc import Callable

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table as Grid
from rich.text import Text

from runner.show.keys import BACK, NEXT
from runner.show.pages import cut, cut_below
from runner.show.screen import Screen
from runner.show.style import BLUE, GREEN, RED, indented, prose
from runner.show.ticks import KEYS as TICK_KEYS
from runner.show.ticks import Ticks
from runner.story.interview import Score
from runner.story.spoken import Spoken

MINUTE = 60
CELLS = 20
REDRAWN_EVERY = 0.5  # seconds
ON = tuple(key for key in NEXT if key not in TICK_KEYS)
AGAIN = tuple(key for key in BACK if key not in TICK_KEYS)
HELP = (
    ("n, Enter, →", "go on; while the clock runs: you have said your answer"),
    ("1 … 9, a …", "tick what you said, or untick it"),
    ("↑, ↓, space", "the same by arrows: choose a line, and tick it"),
    ("b, ←", "back to the page before, or from the list to the answer"),
    ("q", "end here and see the score; what you ticked is kept"),
)


def let_speak(
    screen: Screen, spoken: Spoken, place: str, clock: Callable[[], float]
) -> float | None:
    """Show the question and the clock until the learner has spoken; returns for how many seconds,
    None to quit."""
    start = clock()
    key = screen.show(
        lambda console: cut(console, question(spoken, clock() - start)),
        place,
        "n I have said it · ? help · q quit",
        (*NEXT, "q"),
        every=REDRAWN_EVERY,
    )
    return None if key == "q" else clock() - start


def compare(screen: Screen, spoken: Spoken, place: str, seconds: float, ticked: set[int]) -> bool:
    """Show the answer, then let the learner tick what they said. `ticked` holds the places of the
    traps that are ticked, at any time. Returns whether the learner goes on."""
    while True:
        shown = screen.show(
            lambda console: answer(console, spoken, seconds),
            place,
            "n next · ? help · q quit",
            (*NEXT, "q"),
        )
        if shown == "q" or not spoken.traps:
            return shown != "q"
        left_by = _tick(screen, spoken, place, ticked)
        if left_by not in AGAIN:
            return left_by != "q"


def _tick(screen: Screen, spoken: Spoken, place: str, ticked: set[int]) -> str:
    """Returns the key by which the learner left the list: one of ON or AGAIN, or q."""
    ticks = Ticks(spoken.traps, ticked)
    above = Group(
        _title(spoken),
        indented(Text("\nMost answers leave this out. Did you say that …\n", "bold")),
    )
    while True:
        key = screen.show(
            lambda console: [ticks.draw(console, above)],
            f"{place} · {len(ticked)} of {len(spoken.traps)} said",
            "1, 2, … tick · n next · b answer · ? help · q quit",
            (*TICK_KEYS, *ON, *AGAIN, "q"),
        )
        pages = ticks.pages(screen.console, above)
        here = ticks.here(pages)
        if key in TICK_KEYS:
            ticks.obey(key)
        elif key in ON and here + 1 < len(pages):
            ticks.cursor = pages[here + 1][0]
        else:
            return key


def ask_next(screen: Screen, spoken: Spoken, place: str, pair: tuple[str, str]) -> bool:
    """Ask what they ask next, then show its answer. Returns whether the learner goes on."""
    asked, replied = pair
    for reply in ("", replied):
        key = screen.show(
            lambda console, reply=reply: next_question(console, spoken, asked, reply),
            place,
            "n next · ? help · q quit" if reply else "n show the answer · ? help · q quit",
            (*NEXT, "q"),
        )
        if key == "q":
            return False
    return True


def question(spoken: Spoken, seconds: float) -> RenderableType:
    """The question as an interviewer asks it, and how long the learner speaks."""
    return Group(
        Text.assemble(_number(spoken), "The interviewer asks:\n"),
        indented(Text(spoken.demo.question, "bold")),
        indented(Text("\nSay your answer aloud. You have a minute.\n")),
        indented(running(seconds)),
    )


def running(seconds: float) -> Text:
    """The clock: a bar that is full after a minute, and then says that the minute is over."""
    if seconds > MINUTE:
        return Text.assemble((minutes(seconds), f"bold {RED}"), "  over a minute: come to the end")
    full = int(seconds * CELLS / MINUTE)
    return Text.assemble(
        (minutes(seconds), "bold"), "  ", ("█" * full, GREEN), "░" * (CELLS - full), "  1:00"
    )


def minutes(seconds: float) -> str:
    """ "0:07", "1:30"."""
    return f"{int(seconds) // MINUTE}:{int(seconds) % MINUTE:02}"


def answer(console: Console, spoken: Spoken, seconds: float) -> list[RenderableType]:
    """The pages of the answer, under the question."""
    spoke = f"You spoke for {minutes(seconds)}"
    spoke += ", longer than a minute." if seconds > MINUTE else "."
    above = Group(_title(spoken), indented(Text(f"\n{spoke} Compare it with this answer:\n")))
    return cut_below(console, above, indented(prose(spoken.answer)))


def next_question(console: Console, spoken: Spoken, asked: str, reply: str) -> list[RenderableType]:
    """The pages of a question that comes next; without its answer where `reply` is empty."""
    question = Text.assemble(prose(asked), style="bold")
    above = Group(_title(spoken), indented(Text("\nThey ask next:\n")), indented(question), Text())
    body = prose(reply) if reply else Text("Say your answer aloud, then press n.")
    return cut_below(console, above, indented(body))


def score(told: Score) -> RenderableType:
    """The end of an interview."""
    if not told.topics:
        return Text(" No question was answered; `make interview` asks again.")
    topics = Grid.grid(padding=(0, 4, 0, 0))
    for topic in told.topics:
        topics.add_row(topic.name, f"{topic.said} of {topic.of} said")
    parts = [Rule(style=""), Text(" What you said of what most answers leave out\n", "bold")]
    parts += [indented(topics)]
    if told.play:
        demos = Grid.grid(padding=(0, 2, 0, 0))
        for each in told.play:
            play = Text(f"make demo-{each.demo.number}", BLUE)
            demos.add_row(play, each.demo.question, f"{each.said} of {each.of}")
        parts += [Text("\n Play next\n", "bold"), indented(demos)]
    return Group(*parts)


def _number(spoken: Spoken) -> Text:
    return Text(f" {spoken.demo.number} · ", f"bold {BLUE}")


def _title(spoken: Spoken) -> Text:
    return Text.assemble(_number(spoken), spoken.demo.question)
