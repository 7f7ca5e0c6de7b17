"""What all shows in the terminal share: colours, code, prose, printing."""

import io
from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

# Colours in the middle between black and white, so that they read on a light and a dark
# background alike; for the same reason nothing is dim or yellow.
GREEN, ORANGE, BLUE, PURPLE, RED = (f"color({n})" for n in (28, 130, 31, 127, 196))
STYLES = {
    "holds": GREEN,
    "depends": ORANGE,
    "outdated": BLUE,
    "wrong": PURPLE,
    "trap": RED,
    "not tried": ORANGE,
    "FAILED": RED,
}
STATUSES = {"2": GREEN, "3": BLUE, "4": ORANGE}
MARGIN = 4


def style_of(status: str) -> str:
    """The colour of an HTTP status."""
    return STATUSES.get(status[0], f"bold {RED}")


def sql(statement: str) -> Text:
    """SQL with its key words set apart."""
    text = Text(statement)
    text.highlight_regex(r"\b[A-Z]{2,}\b", BLUE)
    return text


def python(source: str) -> RenderableType:
    """Python in colours."""
    # pygments is slow to import and seldom asked for
    from pygments.token import Comment, Keyword, Name, Number, String
    from rich.style import Style
    from rich.syntax import ANSISyntaxTheme, Syntax

    colours = {
        Keyword: Style(color=BLUE, bold=True),
        Name.Decorator: Style(color=PURPLE),
        String: Style(color=GREEN),
        Number: Style(color=PURPLE),
        Comment: Style(italic=True),
    }
    theme = ANSISyntaxTheme(colours)
    return Syntax(source, "python", theme=theme, background_color="default", word_wrap=True)


def coloured_diff(lines: Iterable[str]) -> Text:
    """A diff as text: what goes in red, what comes in green."""
    styles = {"+": GREEN, "-": RED, "@": BLUE}
    return Text("\n").join([Text(line, styles.get(line[:1], "")) for line in lines])


def indented(what: RenderableType, more: int = 0) -> Padding:
    return Padding(what, (0, 0, 0, MARGIN + more), expand=False)


def prose(sentences: str) -> Text:
    """Text in which `code` is set apart by its style instead of its backticks."""
    text = Text()
    for number, part in enumerate(sentences.split("`")):
        text.append(part, BLUE if number % 2 else "")
    return text


def print_to(console: Console, part: RenderableType) -> None:
    """Print; where no terminal listens, without the blanks that rich leaves at line ends."""
    with console.capture() as capture:
        console.print(part)
    drawn = capture.get()
    if not console.is_terminal:
        drawn = "".join(f"{line.rstrip()}\n" for line in drawn.splitlines())
    try:
        console.file.write(drawn)
        console.file.flush()
    except BrokenPipeError:  # the reader, `head` for example, has closed the pipe
        # Not by os.dup2: pytest puts the pipe back after each test.
        console.file = io.StringIO()
