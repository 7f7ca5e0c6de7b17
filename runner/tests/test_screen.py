"""Pages on the whole terminal: which keys turn them, and which come back."""

import io
import re

import pytest
from rich.console import Console
from rich.text import Text

from runner.show.keys import NOTHING, RESIZED
from runner.show.screen import Screen


class Typed:
    """A screen on paper, and the keys that are typed, one after the other."""

    def __init__(self, *keys, width=40):
        self.paper = io.StringIO()
        self.left = list(keys)
        console = Console(
            file=self.paper, width=width, height=5, highlight=False, color_system=None, _environ={}
        )
        self.screen = Screen(console, lambda _: self.left.pop(0), Text("what the keys do"))

    def show(self, pages=("one", "two", "three"), keys=("a", "n", "q")):
        return self.screen.show(lambda console: [Text(p) for p in pages], "1 of 9", "q quit", keys)


def after(*keys, **more):
    """The key that came back, the pages in the order in which they were drawn, the keys left."""
    typed = Typed(*keys)
    returned = typed.show(**more)
    numbers = re.findall("page ([123]) of 3", typed.paper.getvalue())
    return returned, "".join(numbers), typed.left


@pytest.mark.parametrize("key", ["n", " ", "\r", "\n", "\x1b[C", "\x1b[B", "\x1b[6~"])
def test_a_key_to_the_next_turns_pages_and_comes_back_from_the_last(key):
    assert after(key, key, key, keys=(key,)) == (key, "123", [])


@pytest.mark.parametrize("key", ["b", "\x7f", "\x1b[D", "\x1b[A", "\x1b[5~"])
def test_a_key_back_turns_back_but_not_before_the_first(key):
    assert after("n", key, key, "a") == ("a", "1211", [])
    assert after("n", "n", key, "a") == ("a", "1232", [])


def test_a_key_asked_for_comes_back_from_any_page():
    assert after("a", "n") == ("a", "1", ["n"])
    assert after("n", "a") == ("a", "12", [])


def test_a_key_not_asked_for_does_nothing():
    assert after("x", "\x1b[Z", "q") == ("q", "111", [])


def test_capital_letters_are_the_same_keys():
    assert after("N", "A") == ("a", "12", [])


def test_a_resize_is_no_key_even_where_any_is_taken():
    assert after(RESIZED, "x", keys=None) == ("x", "11", [])


def test_a_resize_on_the_last_page_stays_on_the_last_of_fewer_pages():
    typed = Typed("n", "n", RESIZED, "q")
    cuts = iter([["1", "2", "3"], ["1", "2", "3"], ["1", "2", "3"], ["wide one", "wide two"]])

    typed.screen.show(lambda console: [Text(p) for p in next(cuts)], "1 of 9", "q quit", "q")

    assert "page 2 of 2" in typed.paper.getvalue()
    assert "wide one" not in typed.paper.getvalue()
    assert "wide two" in typed.paper.getvalue()


def test_the_footer_has_the_place_the_page_and_the_hint():
    typed = Typed("q")

    typed.show()

    assert typed.paper.getvalue().endswith("one\n\x1b[5;1H 1 of 9 · page 1 of 3 · q quit")


def test_a_single_page_has_no_number():
    typed = Typed("q")

    typed.show(pages=["one"])

    assert typed.paper.getvalue().endswith("one\n\x1b[5;1H 1 of 9 · q quit")


def test_a_footer_too_long_is_cut_so_that_the_terminal_does_not_scroll():
    typed = Typed("q", width=12)

    typed.show(pages=["one"])

    assert typed.paper.getvalue().endswith("\x1b[5;1H 1 of 9 · q")


def test_question_mark_shows_the_keys_until_any_key_and_then_the_same_page():
    typed = Typed("n", "?", "?", "q")

    typed.show()

    _, keys, again = typed.paper.getvalue().partition("what the keys do\n")
    assert keys
    assert again.startswith("\x1b[5;1H any key goes backtwo\n")
    assert again.endswith("two\n\x1b[5;1H 1 of 9 · page 2 of 3 · q quit")
    assert typed.left == []


def test_where_no_key_comes_in_time_the_page_is_cut_again():
    assert after(NOTHING, "n", NOTHING, "q") == ("q", "1122", [])
