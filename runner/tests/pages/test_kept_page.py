"""What a browser keeps of a learner, and how it goes to another one."""

import json

import pytest
from playwright.sync_api import expect

from runner.tests.pages.learning import (
    READ,
    WITHOUT_STORAGE,
    begin,
    exported,
    put,
)


def test_progress_goes_to_another_browser_as_a_file(quiz):
    one = quiz()
    one.begin(2)
    one.answer()
    one.answer(right=False)
    file = exported(one.page)
    other = quiz()

    other.page.set_input_files("[type=file]", file)

    expect(other.page.locator(".imported")).to_have_text("Results taken from the file: 2.")
    assert other.page.text_content(".known").startswith("2 of 11 claims answered")
    assert other.kept() == one.kept()
    assert other.page.input_value("[type=file]") == ""
    other.page.set_input_files("[type=file]", file)
    expect(other.page.locator(".imported")).to_have_text("Results taken from the file: 0.")


def test_of_two_results_for_a_claim_the_later_one_stays(quiz, tmp_path):
    quiz = quiz()
    old = {"box": 2, "due": "2026-01-03", "at": "2026-01-01"}
    new = {"box": 1, "due": "2026-01-06", "at": "2026-01-05"}
    put(quiz.page, {"quiz": {"07/test_a": old, "07/test_b": new}, "interview": {}})
    interview = {"07": {"said": 2, "of": 6, "at": "2026-01-01"}}
    file = tmp_path / "progress.json"
    both = {"07/test_a": new, "07/test_b": old}
    file.write_text(json.dumps({"quiz": both, "interview": interview}), "utf-8")

    quiz.page.set_input_files("[type=file]", file)

    expect(quiz.page.locator(".imported")).to_have_text("Results taken from the file: 2.")
    kept = json.loads(quiz.page.evaluate(READ))
    assert kept == {"quiz": {"07/test_a": new, "07/test_b": new}, "interview": interview}


GOOD = {"box": 1, "due": "2026-01-02", "at": "2026-01-01"}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\0",
        "[]",
        "{}",
        "null",
        '{"quiz": {}}',
        '{"quiz": null, "interview": {}}',
        '{"quiz": {"07/test_a": null}, "interview": {}}',
        json.dumps({"quiz": {"07/test_a": GOOD | {"box": 6}}, "interview": {}}),
        json.dumps({"quiz": {"07/test_a": GOOD | {"due": "soon"}}, "interview": {}}),
        json.dumps({"quiz": {"07/test_a": GOOD | {"at": 5}}, "interview": {}}),
        json.dumps({"quiz": {"__proto__": GOOD}, "interview": {}}),
        json.dumps({"quiz": {"07/test_a": {"stability": 3.1}}, "interview": {}, "fix": {}}),
        '{"quiz": {}, "interview": {"07": {"said": -1, "of": 6, "at": "2026-01-01"}}}',
        '{"quiz": {}, "interview": {"07": {"said": 1, "of": "6", "at": "2026-01-01"}}}',
        '{"quiz": {}, "interview": {"07": {"said": 1, "of": 6, "at": ""}}}',
        '{"quiz": {}, "interview": {"__proto__": {"said": 1, "of": 6, "at": "2026-01-01"}}}',
    ],
    ids=range(17),
)
def test_a_bad_file_is_one_sentence_and_changes_nothing(quiz, tmp_path, content):
    quiz = quiz()
    quiz.begin(1)
    quiz.answer()
    before = quiz.kept()
    (tmp_path / "bad.json").write_text(content, "utf-8")

    quiz.page.set_input_files("[type=file]", tmp_path / "bad.json")

    expect(quiz.page.locator(".imported")).to_have_text(
        "This file is not a progress file of these pages, so nothing was changed."
    )
    assert quiz.kept() == before


def test_without_storage_it_works_and_says_so(quiz):
    quiz = quiz(script=WITHOUT_STORAGE)
    expect(quiz.page.locator(".where")).to_have_text(
        "This browser keeps nothing here. Export your progress to a file before you close the page."
    )
    quiz.begin(2)
    quiz.answer()
    quiz.answer()

    assert quiz.page.text_content(".known").startswith("2 of 11 claims answered")
    assert len(json.loads(exported(quiz.page).read_text("utf-8"))["quiz"]) == 2


def test_a_full_storage_is_told_and_loses_nothing(quiz):
    quiz = quiz()
    quiz.begin(2)
    quiz.answer()
    quiz.page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }")
    quiz.answer()

    assert quiz.page.text_content(".where").startswith("This browser keeps nothing here.")
    assert len(json.loads(exported(quiz.page).read_text("utf-8"))["quiz"]) == 2


def test_an_answer_without_its_file_says_so(chrome, site, tmp_path):
    for file in site.iterdir():
        if file.name != "07-learn.js":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    page = chrome.new_page()
    page.goto(f"{(tmp_path / 'quiz.html').as_uri()}#07")
    begin(page)
    page.keyboard.press("h")
    expect(page.locator(".evidence")).to_have_text("The evidence cannot be loaded.")
    page.goto(f"{(tmp_path / 'interview.html').as_uri()}#07")
    begin(page)
    page.keyboard.press("Space")

    expect(page.locator(".aloud")).to_have_text("The answer cannot be loaded.")
    assert not page.locator(".traps").is_visible()
    page.close()
