"""`make cards`: the package, read back as Anki reads it: a zip with an SQLite database."""

import json
import os
import re
import resource
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing

import pytest

from runner.catalogue import find_demos
from runner.learn.cards import cards_of
from runner.learn.questions import questions_of
from runner.show.cards import package

WHEN = 1_800_000_000
WHY = "Whatever their number."


def notes_in(deck):
    """What Anki finds in the package, by the key of each note: its fields, tags, guid and deck."""
    deck.with_suffix(".db").write_bytes(zipfile.ZipFile(deck).read("collection.anki2"))
    with closing(sqlite3.connect(deck.with_suffix(".db"))) as database:
        database.row_factory = sqlite3.Row
        (collection,) = database.execute("SELECT models, decks FROM col")
        decks = {int(n): each["name"] for n, each in json.loads(collection["decks"]).items()}
        ((_, note_type),) = json.loads(collection["models"]).items()
        names = [field["name"] for field in note_type["flds"]]
        rows = database.execute(
            "SELECT notes.*, did, due FROM notes JOIN cards ON cards.nid = notes.id ORDER BY due"
        )
        notes = [
            dict(zip(names, row["flds"].split("\x1f"), strict=True))
            | {"guid": row["guid"], "tags": row["tags"].split(), "deck": decks[row["did"]]}
            | {"mod": row["mod"]}
            for row in rows
        ]
    return {note["Key"]: note for note in notes}


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """The notes of all demos."""
    deck = tmp_path_factory.mktemp("cards") / "deck.apkg"
    deck.write_bytes(package(cards_of(find_demos()), WHEN))
    return notes_in(deck)


def deck_of(house):
    """The notes in the package that `make cards` writes in this house."""
    made = house.run("cards")

    assert (made.returncode, made.stderr) == (0, "")
    return notes_in(house.folder / "build" / "cathay-shop.apkg")


def test_each_claim_of_each_demo_has_one_card(everything):
    claims = [note["Key"] for note in everything.values() if "claim" in note["tags"]]

    assert claims == [question.key for question in questions_of(find_demos())]
    assert len({key[:2] for key in claims}) == 64


def test_each_demo_has_a_card_to_say_aloud(everything):
    aloud = [note["Front"] for note in everything.values() if "aloud" in note["tags"]]

    assert len(aloud) == 64
    assert "What is the N+1 problem in DRF?" in aloud


def test_what_is_hidden_on_the_front_of_a_claim_is_its_verdict_and_why(everything):
    note = everything["07/test_select_related_cannot_follow_a_to_many_relation"]

    assert note == {
        "Key": "07/test_select_related_cannot_follow_a_to_many_relation",
        "Above": "07 · What is the N+1 problem in DRF?",
        "Front": "select_related or prefetch_related, either will do",
        "Ask": "Holds, depends, outdated or wrong? Why?",
        "Verdict": '<span class="verdict wrong">⊘ wrong</span>',
        "Back": "<code>select_related</code> joins, so it follows to-one relations only: over "
        "<code>items</code> it raises FieldError. <code>prefetch_related</code> follows both "
        "kinds, and it costs one more query than a join.",
        "Play": "make demo-07",
        "guid": "ufAxQDa=I_",
        "tags": ["demo-07", "views-and-queries", "claim", "wrong"],
        "deck": "Cathay Shop::Views and queries",
        "mod": 1_800_000_000,
    }


def test_what_they_ask_next_has_its_answer_on_the_back(everything):
    note = everything["06/next/Can you save an object from `only()`?"]

    assert note["Above"] == "06 · How do you optimise queryset performance in DRF?"
    assert note["Front"] == "Can you save an object from <code>only()</code>?"
    assert note["Back"] == (
        "Yes. <code>save()</code> writes only the fields that were loaded or assigned. "
        "The others stay as they are."
    )


def test_no_card_shows_markdown_or_footnotes(everything):
    shown = [
        re.sub(r"<code>.*?</code>", "", note[field])
        for note in everything.values()
        for field in ("Above", "Front", "Ask", "Verdict", "Back")
    ]

    assert [text for text in shown if re.search(r"`|\*\*|\[\^|\]\(|<a |\n", text)] == []


def test_a_link_to_another_demo_is_its_text(everything):
    note = everything["37/next/What if the database refuses the row at `save()`?"]

    assert note["Back"].endswith("could answer 409. Demo 15 shows more.")


def test_the_front_has_no_field_of_the_back(tmp_path):
    deck = tmp_path / "deck.apkg"
    deck.write_bytes(package(cards_of(find_demos()[:1]), WHEN))
    notes_in(deck)
    with closing(sqlite3.connect(deck.with_suffix(".db"))) as database:
        ((models,),) = database.execute("SELECT models FROM col")
    ((_, note_type),) = json.loads(models).items()
    (template,) = note_type["tmpls"]

    assert re.findall(r"{{(.+?)}}", template["qfmt"]) == ["Above", "Front", "Ask"]
    assert re.findall(r"{{(.+?)}}", template["afmt"]) == [
        *("FrontSide", "#Verdict", "Verdict", "/Verdict", "Back", "Play")
    ]
    assert note_type["id"] == "1748217607001"


def test_they_are_learnt_demo_by_demo_beginning_with_the_answer_aloud(house):
    assert list(deck_of(house)) == [
        "05/aloud",
        "05/test_one_query",
        "05/next/Is it one query?",
    ]


def test_it_says_how_many_cards_are_where(house):
    made = house.run("cards")

    assert made.stdout == (
        "build/cathay-shop.apkg: 3 cards: 1 claim, 1 answer to say aloud, 1 next question.\n"
    )
    assert made.returncode == 0


def test_twice_the_same_bytes(house):
    deck = house.folder / "build" / "cathay-shop.apkg"
    house.run("cards")
    first = deck.read_bytes()

    house.run("cards")

    assert deck.read_bytes() == first


def test_a_later_deck_has_the_same_guids_and_is_newer(house):
    before = deck_of(house)
    tests = house.demo / "tests.py"
    changed = tests.stat().st_mtime + 60

    house.edit("tests.py", WHY, "However many there are.")
    os.utime(tests, (changed, changed))
    after = deck_of(house)

    (old, new) = (notes["05/test_one_query"] for notes in (before, after))
    assert (old["Back"], new["Back"]) == ("Whatever their number.", "However many there are.")
    assert new["guid"] == old["guid"]
    assert new["mod"] == int(changed) > old["mod"]
    assert {note["guid"] for note in after.values()} == {note["guid"] for note in before.values()}


@pytest.mark.parametrize(
    "file",
    [
        "demos/05_tiny/README.md",
        "demos/05_tiny/tests.py",
        "runner/learn/cards.py",
        "runner/show/cards.py",
        "runner/show/cards.css",
    ],
)
def test_a_deck_is_as_new_as_the_newest_file_that_it_is_made_of(house, file):
    os.utime(house.folder / file, (2_000_000_000, 2_000_000_000))

    note = deck_of(house)["05/aloud"]

    assert note["mod"] == 2_000_000_000


def test_a_demo_without_a_topic_stands_in_the_deck_above(house):
    note = deck_of(house)["05/aloud"]

    assert note["deck"] == "Cathay Shop"
    assert note["tags"] == ["demo-05", "aloud"]


def test_a_question_with_a_sign_of_html_can_be_read(house):
    house.edit("README.md", "**Is it one query?**", "**Is 1 < `2 & 3`?**")

    note = deck_of(house)["05/next/Is 1 &lt; `2 &amp; 3`?"]

    assert note["Front"] == "Is 1 &lt; <code>2 &amp; 3</code>?"


def test_a_release_stands_beside_the_verdict(house):
    house.edit("tests.py", 'every product")', 'every product", since="DRF 3.18")')

    note = deck_of(house)["05/test_one_query"]

    assert note["Verdict"] == '<span class="verdict holds">✔ holds · since DRF 3.18</span>'


def test_the_earlier_deck_is_replaced_and_not_written_into(house):
    house.run("cards")
    with (house.folder / "build" / "cathay-shop.apkg").open("rb") as earlier:
        before = os.fstat(earlier.fileno())
        house.edit("tests.py", WHY, "However many there are.")
        house.run("cards")

        assert os.fstat(earlier.fileno()).st_size == before.st_size
        assert not os.path.samestat(before, os.stat(earlier.name))


def test_where_it_cannot_be_written_one_sentence_says_so(house):
    (house.folder / "build").write_text("mine")

    made = house.run("cards")

    assert made.stderr == (
        "build/cathay-shop.apkg cannot be written (File exists); make room for it and try again.\n"
    )
    assert (made.returncode, made.stdout) == (2, "")
    assert (house.folder / "build").read_text() == "mine"


def test_a_full_disk_leaves_the_earlier_deck_as_it_was(house):
    deck = house.folder / "build" / "cathay-shop.apkg"
    house.run("cards")
    before = deck.read_bytes()

    made = subprocess.run(
        [sys.executable, "-m", "runner", "cards"],
        cwd=house.folder,
        env=house.environment(PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
    )

    assert made.stderr == (
        "build/cathay-shop.apkg cannot be written (File too large); "
        "make room for it and try again.\n"
    )
    assert made.returncode == 2
    assert deck.read_bytes() == before
    assert os.listdir(deck.parent) == ["cathay-shop.apkg"]
