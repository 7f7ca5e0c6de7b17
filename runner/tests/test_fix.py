"""`make fix`: a demo broken on purpose, repaired by an edit while a real terminal looks on."""

import os

from runner.tests.conftest import MUTATIONS
from runner.tests.learner import BROKEN, ORIGINAL, SECOND, exercise_of

# From red to green


def test_a_save_with_the_original_line_is_green(learner, house):
    house.write("mutations.toml", MUTATIONS + SECOND)
    fix = learner("05")
    red = fix.screen()

    fix.save(BROKEN, ORIGINAL)
    green = fix.screen("serializer_class")
    fix.quit()

    assert "05 · exercise 1 of 2 · Is this a tiny demo?" in red
    assert "practice/05_tiny/" in red
    assert "1 of 1 test is red." in red
    assert "✘ FAILED" in red
    assert "holds is not what happens: demos/05_tiny/tests.py:14" in red
    assert "expected  1 query" in red
    assert "seen      3 queries" in red
    assert "1 other case failed as well" in red
    assert "✔ Fixed: 1 test green. 1 of 2 are left: press n." in green
    assert "The original code is back." in green
    assert f"-    queryset = {BROKEN}" in green
    assert f"+    queryset = {ORIGINAL}" in green
    assert fix.kept() == [{"hints": 0, "saw_solution": False, "is_done": True}, None]


def test_what_is_broken_is_not_told_at_first(learner):
    red = learner("05").screen()

    assert "join" not in red
    assert "views.py" not in red


def test_another_cure_is_welcome_and_its_difference_is_shown(learner):
    fix = learner("05")
    fix.screen()

    fix.save(BROKEN, f"{ORIGINAL}.all()")
    green = fix.screen("serializer_class")

    assert "Your fix is another one than the original" in green
    assert "the tests are green for another reason" in " ".join(green.split())
    assert f"-    queryset = {ORIGINAL}" in green
    assert f"+    queryset = {ORIGINAL}.all()" in green
    assert fix.kept()[0]["is_done"]


def test_an_edit_that_cures_nothing_stays_red(learner):
    fix = learner("05")
    fix.screen()

    fix.save(BROKEN, "Product.objects.none()")
    red = fix.screen()

    assert "seen      0" in red
    assert not fix.kept()[0]["is_done"]


def test_the_original_stays_untouched(learner, house):
    before = {file: file.read_bytes() for file in house.demo.iterdir() if file.is_file()}
    fix = learner("05")
    fix.screen()

    fix.save(BROKEN, "Product.objects.none()")
    fix.screen("seen      0")
    fix.quit()

    assert {file: file.read_bytes() for file in house.demo.iterdir() if file.is_file()} == before


def test_a_file_that_is_no_python_is_a_sentence_until_the_next_save(learner):
    fix = learner("05")
    fix.screen()

    fix.save(BROKEN, "Product.objects.(")
    broken = fix.screen()
    fix.save("Product.objects.(", ORIGINAL)
    green = fix.screen("serializer_class")

    assert "practice/05_tiny/views.py line 7 is no valid Python: invalid syntax." in broken
    assert "✔ Fixed" in green


def test_an_exception_of_the_app_names_the_line_of_the_copy(learner):
    fix = learner("05")
    fix.screen()

    fix.save("ListAPIView):", "ListAPIView):\n    def get_queryset(self):\n        return 1 / 0\n")
    red = fix.screen()

    assert "ZeroDivisionError" in red
    assert "practice/05_tiny/views.py:8" in red


def test_a_file_that_the_learner_removes_is_missed(learner):
    fix = learner("05")
    fix.screen()

    fix.views.with_name("serializers.py").unlink()
    red = fix.screen()

    assert "ModuleNotFoundError" in red


def test_each_save_runs_the_tests_also_one_that_changes_nothing(learner):
    fix = learner("05")
    fix.screen()

    os.utime(fix.views)

    fix.read_until("running the tests")


def test_what_is_typed_while_the_tests_run_is_dropped(learner):
    fix = learner("05")
    fix.read_until("running the tests")

    fix.press("qqq")
    fix.screen()
    fix.press("h")

    assert "hint 1" in fix.screen()


def test_a_test_that_the_learner_wrote_is_not_run(learner):
    fix = learner("05")
    fix.screen()

    fix.views.with_name("tests.py").write_text("def test_nothing(): pass\n", "utf-8")
    red = fix.screen()

    assert "practice/05_tiny/tests.py is not run: the tests are those of demos/05_tiny/." in red
    assert "1 of 1 test is red." in red


# Keys


def test_h_gives_one_hint_more_each_time(learner):
    fix = learner("05")
    fix.screen()

    fix.press("h")
    first = fix.screen()
    fix.press("h")
    second = fix.screen()
    fix.press("h")
    third = fix.screen()
    fix.press("h")
    again = fix.screen()

    assert "hint 1  The join is dropped." in first
    assert "hint 2" not in first
    assert "hint 2  The edit is in views.py." in second
    assert "hint 3" not in second
    assert "hint 3  Look at line 7." in third
    assert "hint 3  Look at line 7." in again
    assert fix.kept()[0]["hints"] == 3


def test_s_shows_the_solution_until_a_key(learner):
    fix = learner("05")
    fix.screen()

    fix.press("s")
    solution = fix.screen()
    fix.press("x")
    back = fix.screen()

    assert f"-    queryset = {BROKEN}" in solution
    assert f"+    queryset = {ORIGINAL}" in solution
    assert "any other key back" in solution
    assert "✘ FAILED" in back
    assert fix.kept() == [{"hints": 0, "saw_solution": True, "is_done": False}]


def test_t_shows_the_test_that_is_red(learner):
    fix = learner("05")
    fix.screen()

    fix.press("t")
    shown = fix.screen()

    assert "demos/05_tiny/tests.py:8" in shown
    assert 'api.get("/05/products/")' in shown


def test_space_shows_more_and_goes_round(learner):
    fix = learner("05")
    fix.screen()
    fix.resize(14, 80)
    first = fix.read_until("1/2 space")

    fix.press(" ")
    second = fix.read_until("2/2 space")
    fix.press(" ")
    again = fix.read_until("1/2 space")

    assert "✘ FAILED" in first
    assert "✘ FAILED" not in second
    assert "GET /05/products/" in second
    assert "✘ FAILED" in again


def test_n_goes_to_the_next_exercise_that_is_not_done(learner, house):
    house.write("mutations.toml", MUTATIONS + SECOND)
    fix = learner("05")
    fix.screen()
    fix.save(BROKEN, ORIGINAL)
    fix.screen("serializer_class")

    fix.press("n")
    second = fix.screen("exercise 2 of 2")
    copy = fix.views.read_text("utf-8")
    fix.press("n")
    fix.screen("exercise 1 of 2")

    assert "exercise 2 of 2" in second
    assert f"{ORIGINAL}[:1]" in copy
    assert [done["is_done"] for done in fix.kept()] == [True, False]
    assert f"{ORIGINAL}[:1]" not in fix.views.read_text("utf-8")


def test_r_asks_before_it_writes_over_what_the_learner_wrote(learner):
    fix = learner("05")
    fix.screen()
    fix.save(BROKEN, "Product.objects.none()")
    fix.screen("seen      0")

    fix.press("r")
    asked = fix.read_until("n no")
    fix.press("n")
    fix.screen()
    kept = fix.views.read_text("utf-8")
    fix.press("r")
    fix.read_until("n no")
    fix.press("y")
    fix.screen("seen      3 queries")

    assert "practice/05_tiny/views.py will be lost. Write over it? y yes · n no" in asked
    assert "Product.objects.none()" in kept
    assert fix.views.read_text("utf-8") == exercise_of(fix.house).broken


# What says nothing


def test_a_test_that_is_not_tried_is_no_green_one(learner, house):
    house.edit("tests.py", "    stock_products(products)", '    pytest.skip("there is no browser")')

    said = learner("05").screen()

    assert "The test of this exercise was not tried here: there is no browser" in said
    assert "Fixed" not in said


def test_an_edit_that_no_test_notices_is_not_fixed(learner, house):
    house.edit("mutations.toml", f'"{BROKEN}"', f"'{ORIGINAL}.all()'")

    fix = learner("05")
    said = fix.screen()

    assert "No test notices this edit here. Press n for the next exercise." in said
    assert not fix.kept()[0]["is_done"]
