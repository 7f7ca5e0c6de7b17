"""Draws cards for Anki: the bytes of a package that Anki imports."""

import html
import io
import itertools
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import genanki

from runner.show.web import markup
from runner.story.words import SIGNS

NAME = "Cathay Shop"
# Anki knows note types and decks again by these numbers: they never change.
NOTE_TYPE = 1_748_217_607_001
DECKS = 1_748_217_608_000
FIELDS = ("Key", "Above", "Front", "Ask", "Verdict", "Back", "Play")
FRONT = """\
<p class="above">{{Above}}</p>
<p class="front">{{Front}}</p>
<p class="ask">{{Ask}}</p>"""
BACK = """\
{{FrontSide}}
<hr id="answer">
{{#Verdict}}<p>{{Verdict}}</p>{{/Verdict}}
<p>{{Back}}</p>
<p class="play"><code>{{Play}}</code></p>"""
STYLE = (Path(__file__).parent / "cards.css").read_text("utf-8")


@dataclass(frozen=True)
class Card:
    """One card. `key` is what Anki knows it again by; the texts are Markdown of one line.

    `verdict` is shown on the back: a word of SIGNS, and the releases, if any, that it is true for.
    """

    key: str
    topic: str
    tags: tuple[str, ...]
    above: str
    front: str
    ask: str
    back: str
    play: str
    verdict: str = ""
    releases: str = ""


def package(cards: Iterable[Card], changed: int) -> bytes:
    """The package with these cards, in a deck for each topic; they are learnt in this order.

    `changed` is when they were changed last, in seconds since 1970: Anki takes a note that it has
    from a package only where the package's is newer. The same cards make the same bytes.
    """
    note_type = genanki.Model(
        NOTE_TYPE,
        NAME,
        fields=[{"name": name} for name in FIELDS],
        templates=[{"name": "Card", "qfmt": FRONT, "afmt": BACK}],
        css=STYLE,
    )
    decks: dict[str, genanki.Deck] = {}
    for place, card in enumerate(cards, 1):
        name = f"{NAME}::{card.topic}" if card.topic else NAME
        deck = decks.setdefault(name, genanki.Deck(DECKS + zlib.crc32(name.encode()), name))
        deck.add_note(_note(card, note_type, place))
    return _zipped(_collection([*decks.values()], changed))


def _note(card: Card, note_type: genanki.Model, place: int) -> genanki.Note:
    texts = [markup.inline(text) for text in (card.above, card.front, card.ask)]
    return genanki.Note(
        model=note_type,
        fields=[
            html.escape(card.key),
            *texts,
            _verdict(card) if card.verdict else "",
            markup.inline(card.back),
            card.play,
        ],
        tags=card.tags,
        guid=genanki.guid_for(NAME, card.key),
        due=place,
    )


def _verdict(card: Card) -> str:
    releases = f" · {card.releases}" if card.releases else ""
    sign = SIGNS[card.verdict]
    return f'<span class="verdict {card.verdict}">{sign} {card.verdict}{releases}</span>'


def _collection(decks: list[genanki.Deck], changed: int) -> bytes:
    """Anki's database. genanki's own `write_to_file` would leave a temporary file behind, and put
    the time of day into the package."""
    with closing(sqlite3.connect(":memory:")) as database:
        numbers = itertools.count(changed * 1000)
        genanki.Package(decks).write_to_db(database.cursor(), changed, numbers)
        database.commit()
        return database.serialize()


def _zipped(collection: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in (("collection.anki2", collection), ("media", b"{}")):
            package.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()
