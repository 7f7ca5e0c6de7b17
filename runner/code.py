"""Finds the code behind an endpoint, and shows what an endpoint does differently from another."""

import difflib
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.syntax import Syntax
from rich.text import Text

from runner.recording import Exchange, Recording, Source

ALIKE = 0.5  # difflib's ratio from which two sources are shown as a diff


@dataclass
class Shown:
    """Remembers which sources were shown: each is shown once, and as a diff against the first
    one that is alike, the naive against the cured."""

    sources: list[Source] = field(default_factory=list)

    def new_blocks(self, recording: Recording, exchange: Exchange) -> list[RenderableType]:
        """The code of the view and serializers behind this exchange, as far as not yet shown."""
        names = (exchange.view, *exchange.serializers)
        found = [recording.sources[name] for name in names if name in recording.sources]
        new = [source for source in found if source not in self.sources]
        blocks = [self._block(source) for source in new]
        self.sources += new
        return blocks

    def _block(self, source: Source) -> RenderableType:
        heading = f"{source.file}:{source.line}"
        alike = next((known for known in self.sources if _are_alike(known, source)), None)
        if alike is None:
            return Group(Text(heading, style="dim underline"), highlighted(source.text))
        own_name = alike.name.rpartition(".")[2]
        return Group(
            Text(f"{heading}, against {own_name}", style="dim underline"),
            diff(alike.text, source.text),
        )


def _are_alike(one: Source, other: Source) -> bool:
    return (
        one.file == other.file
        and difflib.SequenceMatcher(None, one.text, other.text).ratio() >= ALIKE
    )


def highlighted(python: str) -> Syntax:
    return Syntax(python, "python", theme="ansi_dark", background_color="default", word_wrap=True)


def diff(before: str, after: str) -> Text:
    """The lines of `after` with + and of `before` with -, in colour; equal lines are kept."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return coloured_diff("\n".join(line.rstrip() for line in lines if not line.startswith("?")))


def coloured_diff(diff: str) -> Text:
    """A diff as text: what goes in red, what comes in green."""
    styles = {"+": "green", "-": "red", "@": "cyan"}
    lines = [Text(line, styles.get(line[:1], "dim")) for line in diff.splitlines()]
    return Text("\n").join(lines)
