"""How a story looks in the terminal."""

import io
import re
from pathlib import Path

import pytest
from rich.color import Color
from rich.console import Console

from runner.show import style, terminal
from runner.show.parts import draw
from runner.story.lanes import Cell, Lane, Lanes, Row
from runner.story.told import Ending, Fall, ToldScene

LANES = Lanes(
    request="POST /05/pay/",
    sent=["{}"],
    lanes=[Lane(1, "", 200, 3), Lane(2, "", 409, 2)],
    rows=[
        Row({1: Cell("sql", "BEGIN"), 2: Cell("sql", "BEGIN")}),
        Row(across="both held here: read, not yet written"),
        Row({1: Cell("sql", "UPDATE shop_order SET status = ? WHERE (id = ?)")}),
        Row({2: Cell("waits", "waits for request 1")}),
        Row({1: Cell("answer", "200")}, [2]),
    ],
)


def drawn(part, width=80):
    paper = io.StringIO()
    console = Console(file=paper, width=width, highlight=False, color_system=None, _environ={})
    style.print_to(console, part)
    return paper.getvalue()


def test_lanes_stand_side_by_side_at_80_columns():
    assert (
        drawn(draw(LANES))
        == """\
    2 × POST /05/pay/
      → {}

    request 1 · 3 queries               │ request 2 · 2 queries
    BEGIN                               │ BEGIN
    ── both held here: read, not yet written ────────────────────────────────
    UPDATE shop_order SET status = ?    │
    WHERE (id = ?)                      │
                                        │ ⋮ waits for request 1
    ← 200                               │ ⋮
"""
    )


def test_lanes_stand_below_each_other_where_there_is_no_room():
    assert (
        drawn(draw(LANES), width=60)
        == """\
    2 × POST /05/pay/
      → {}

    1  request 1 · 3 queries
    2  request 2 · 2 queries
    1  BEGIN
    2  BEGIN
    ─  both held here: read, not yet written
    1  UPDATE shop_order SET status = ? WHERE (id = ?)
    2  ⋮ waits for request 1
    1  ← 200
"""
    )


def test_a_fallen_verdict_tells_expected_above_seen():
    fall = Fall("holds", "demos/05_tiny/tests.py:9", "2", "with x:", "1 query", "5 queries", "", "")
    scene = ToldScene("test_it", False, "1", "It is", [], [Ending("✘", "FAILED", "", fall)])

    lines = [line.strip() for line in drawn(terminal.scene(scene)).splitlines() if line.strip()]

    assert lines == [
        "1  It is",
        "✘ FAILED  holds is not what happens: demos/05_tiny/tests.py:9  [2]",
        "test      with x:",
        "expected  1 query",
        "seen      5 queries",
    ]


def test_a_fallen_verdict_is_struck_out_on_a_terminal():
    fall = Fall("holds", "tests.py:9", "", "", "", "", "no", "")
    paper = io.StringIO()
    console = Console(file=paper, width=80, force_terminal=True, _environ={})

    style.print_to(console, terminal.ending(Ending("✘", "FAILED", "", fall)))

    assert "\x1b[9mholds\x1b[0m" in paper.getvalue()


def luminance(colour: Color) -> float:
    """Relative luminance, WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance)."""
    parts = [part / 255 for part in colour.get_truecolor()]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("name", ["GREEN", "ORANGE", "BLUE", "PURPLE", "RED"])
def test_every_colour_reads_on_black_and_on_white(name):
    light = luminance(Color.parse(getattr(style, name)))

    assert (light + 0.05) / 0.05 > 3
    assert 1.05 / (light + 0.05) > 3


def test_no_show_is_dim_or_in_a_colour_that_the_terminal_chooses():
    named = re.compile(r'"(?:bold )?(?:dim|yellow|cyan|magenta|green|blue|red|white|black)\b')

    shows = Path(terminal.__file__).parent.glob("*.py")

    assert [file.name for file in shows if named.search(file.read_text("utf-8"))] == []
