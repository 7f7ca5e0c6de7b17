"""One scene at a time, in a real terminal: a pseudo-terminal that the test types into."""

import shutil

import pytest

from runner.tests.terminals import Terminal

TESTS = """
import pytest
from runner import claim, trap
from shop.factories import stock_products

pytestmark = pytest.mark.django_db

@claim("The first scene")
def test_first(api):
    stock_products(2)
    assert len(api.get("/05/products/").json()) == 2

@trap("The second scene")
def test_second(api):
    assert api.get("/05/products/").json() == []
"""


@pytest.fixture
def terminal(house):
    house.write("tests.py", TESTS)
    terminal = Terminal(house, "-m", "runner", "demo", "05", "--step=1")
    yield terminal
    terminal.close()


def test_it_begins_with_the_usual_answer_and_ends_with_the_tally(terminal):
    answer = terminal.read_until("0/3")
    terminal.press("n")
    first = terminal.read_until("1/3")
    terminal.press("nn")
    second = terminal.read_until("2/3")
    terminal.press("n\x1b[C")
    end = terminal.read_until("3/3")
    terminal.press("b")
    back = terminal.read_until("2/3")
    terminal.press("q")

    assert "The usual answer" in answer
    assert "n next · b back · r run" in answer
    assert "The first scene" in first
    assert "The second scene" not in first
    assert "The second scene" in second
    assert "1 claim: 1 holds · 1 trap" in end
    assert "The second scene" in back
    assert terminal.process.wait(30) == 0


def test_a_verdict_is_hidden_until_a_key(terminal):
    terminal.read_until("0/3")
    terminal.press("n")
    hidden = terminal.read_until("1/3")
    terminal.press(" ")
    revealed = terminal.read_until("✔ holds")

    assert "Vote, then press n." in hidden
    assert "✔ holds" not in hidden
    assert "Vote" not in revealed


def test_a_clicker_sends_page_keys(terminal):
    terminal.read_until("0/3")

    terminal.press("\x1b[6~")
    forward = terminal.read_until("1/3")
    terminal.press("\x1b[5~")
    back = terminal.read_until("0/3")

    assert "The first scene" in forward
    assert "The usual answer" in back


def test_a_digit_goes_to_that_claim_and_l_lists_all(terminal):
    terminal.read_until("0/3")

    terminal.press("1")
    claim = terminal.read_until("1/3")
    terminal.press("l")
    listed = terminal.read_until("Any key goes back.")

    assert "The first scene" in claim
    assert "The second scene" in listed
    assert "holds" not in listed


def test_question_mark_tells_all_keys(terminal):
    terminal.read_until("0/3")

    terminal.press("?")
    told = terminal.read_until("Any key goes back.")
    terminal.press("x")
    back = terminal.read_until("0/3")

    assert "run this scene again, as the files are now" in told
    assert "The usual answer" in back


def test_c_shows_the_code_and_s_whole_sql(terminal):
    terminal.read_until("0/3")
    terminal.press("n")
    terminal.read_until("1/3")

    terminal.press("c")
    code = terminal.read_until("class ProductList(ListAPIView):")
    terminal.press("s")
    whole = terminal.read_until("shop_product.description")

    assert "demos/05_tiny/views.py:6" in code
    assert "SELECT" in whole


def test_a_long_scene_keeps_its_title_and_verdict_on_every_page(terminal, house):
    house.edit("tests.py", "    stock_products(2)\n", "    stock_products(2)\n" + NOTES)
    house.edit("tests.py", "def test_first(api)", "def test_first(api, stage)")
    terminal.read_until("0/3")
    terminal.press("1")
    terminal.read_until("1/3")

    terminal.press("r")
    first = terminal.read_until("page 1 of 3")
    terminal.press("n")
    second = terminal.read_until("page 2 of 3")

    for page in (first, second):
        assert "The first scene" in page
        assert "Vote, then press n." in page
    assert "Note 2." in first
    assert "Note 2." not in second


NOTES = """
    for number in range(40):
        stage.say(f"Note {number}.")
"""


def test_a_resize_draws_again(terminal):
    terminal.read_until("0/3")

    terminal.resize(24, 60)
    again = terminal.read_until("0/3")

    assert "The usual answer" in again
    assert "─" * 61 not in again


def test_r_runs_the_scene_again_as_the_files_are_now(terminal, house):
    terminal.read_until("0/3")
    terminal.press("n")
    terminal.read_until("1/3")

    house.edit("views.py", 'Product.objects.select_related("brand")', "Product.objects.none()")
    terminal.press("r")
    terminal.read_until("running again")
    terminal.press("qqq")  # typed meanwhile, so dropped
    terminal.read_until("1/3")
    terminal.press("n")
    terminal.read_until("✘ FAILED")
    terminal.press("q")

    assert terminal.process.wait(30) == 1


def test_r_with_a_broken_view_is_a_red_scene(terminal, house):
    terminal.read_until("0/3")
    terminal.press("n")
    terminal.read_until("1/3")

    house.write("views.py", "if:\n")
    terminal.press("r")
    scene = terminal.read_until("1/3")
    terminal.press("q")

    assert "SyntaxError" in scene
    assert terminal.process.wait(30) == 1


def test_r_with_a_broken_test_file_says_so_until_a_key(terminal, house):
    terminal.read_until("0/3")
    terminal.press("n")
    terminal.read_until("1/3")

    house.write("tests.py", "if:\n")
    terminal.press("r")
    said = terminal.read_until("Any key goes back.")
    terminal.press("x")
    back = terminal.read_until("1/3")

    assert "SyntaxError" in said
    assert "The first scene" in back


def test_at_the_end_n_goes_on_to_the_next_demo(terminal, house):
    shutil.copytree(house.demo, house.folder / "demos" / "06_next")
    tests = house.folder / "demos" / "06_next" / "tests.py"
    tests.write_text(tests.read_text("utf-8").replace("/05/", "/06/"), "utf-8")
    terminal.read_until("0/3")
    terminal.press("nnnnnn")
    terminal.read_until("3/3")

    following = terminal.read_until("0/3")

    assert "playing demo 06" in following
    assert " 06 · " in following


def test_ctrl_c_leaves_the_terminal_as_it_was(terminal):
    terminal.read_until("0/3")
    before = terminal.waits_for_enter()

    terminal.press("\x03")

    assert terminal.process.wait(30) == 130
    assert not before
    assert terminal.waits_for_enter()
