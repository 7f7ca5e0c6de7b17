"""`make check` and `make docs`: what a demo lacks, and what is written by running it."""

import pytest

from runner.catalogue import ROOT, Demo, find_demos
from runner.errors import UserError
from runner.proofs.check import faults_of, faults_of_topics
from runner.proofs.docs import refuse_unproven
from runner.proofs.english import BETTER, odd_words
from runner.proofs.sizes import faults_of_module_sizes
from runner.proofs.sources import defined_names, faults_of_proof, installed_file
from runner.recording.model import Recording
from runner.show.readme import usual_answer
from runner.story.topics import read_topics

OTHER_TEST = '''

@trap("The list is a list")
def test_another(api):
    """It is."""
    assert api.get("/05/products/").json() == []
'''


@pytest.fixture
def faults(house, monkeypatch):
    """The faults of the house's demo that are seen without running it, without its folder."""
    monkeypatch.setattr("runner.proofs.faults.ROOT", house.demo)
    monkeypatch.setattr("runner.proofs.check.read_topics", lambda: read_topics(house.folder))
    return lambda: [str(fault) for fault in faults_of(Demo(house.demo))]


def test_the_tiny_demo_has_no_fault(faults):
    assert faults() == []


@pytest.mark.parametrize(
    ("file", "before", "after", "fault"),
    [
        ("README.md", "# 05 ·", "# 5:", "README.md:1: this is not `# 05 · ` and the question"),
        ("README.md", "It is.\n\n## What most", "\n## What most", ":8: there is nothing below"),
        ("README.md", "## Sources", "## Notes", "README.md: has no `## Sources`"),
        ("README.md", "## Sources", "## Notes", ":20: `## Notes` is none of the six sections"),
        ("README.md", "It is.\n\n##", "It is so. " * 44 + "\n\n##", ":8: this takes over a minute"),
        ("README.md", "[^one] The", " The", "README.md:14: this bullet has no footnote"),
        ("README.md", "[^one][^update]", "", "README.md:18: this answer has no footnote"),
        ("README.md", "- They", "They", "README.md:14: this text belongs to no bullet"),
        ("README.md", "[^update]\n", "[^why]\n", ":18: the footnote why is not defined"),
        ("README.md", "[^update]\n", "\n", "README.md:23: the footnote update is not used"),
        ("README.md", "[^one]: ", "[^one]: `test_one_query`\n[^one]: ", ":23: the footnote one is"),
        ("README.md", "[^one]: ", "See.\n[^one]: ", ":22: this is not a footnote"),
        ("README.md", "`test_one_query`", "`test_two`", ":22: tests.py has no test_two"),
        ("README.md", "Mixin.update`", "Mixin.up`", ":23: rest_framework/mixins.py defines no "),
        ("README.md", "/mixins.py", "/x.py", ":23: no installed package has rest_framework/x.py"),
        ("README.md", "#section-2", "", "names no section (#section-…)"),
        ("README.md", "answer: make docs", "reply: make docs", ":3: `## The usual answer` lacks"),
        (
            "README.md",
            "<!-- /answer -->",
            "<!-- /answer -->\nSo.",
            ":3: `## The usual answer` holds",
        ),
        ("README.md", "It is.\n\n##", "Whoever\nasks.\n\n##", ':10: "Whoever": write "anyone who'),
        ("README.md", "It is.\n\n##", "Ask\nwho\ndoes it.\n\n##", ':11: "who does": write "anyone'),
        ("README.md", "It is.\n\n##", "It is.\n" * 200 + "\n##", "README.md: 2"),
        ("views.py", "\n", "\n\n\n\n\n" * 10, ": the app has 4"),
        ("tests.py", "\n\n@claim", "\n" * 500 + "@claim", "tests.py: 51"),
        (
            "tests.py",
            "Whatever their",
            "Mended: whatever their",
            'tests.py:11: "Mended": write "fix"',
        ),
        ("tests.py", "serves every", "serves, without a word, every", "tests.py:8: "),
        (
            "tests.py",
            "    stock_",
            '    stage.say(f"Done anew: {1}")\n    stock_',
            'tests.py:12: "anew"',
        ),
        (
            "tests.py",
            '@claim("One query serves every product")\n',
            "",
            "tests.py:9: test_one_query is neither claim nor trap",
        ),
        (
            "tests.py",
            "\n\n@claim",
            OTHER_TEST + "\n\n@claim",
            "mutations.toml: no mutation is caught by test_another",
        ),
        (
            "tests.py",
            "\n\n@claim",
            OTHER_TEST.replace('    """It is."""\n', "") + "\n\n@claim",
            "test_another has no docstring that says what is true instead",
        ),
        (
            "mutations.toml",
            "select_related(",
            "select_unrelated(",
            "mutations.toml:3: this mutation no longer applies to views.py",
        ),
        (
            "mutations.toml",
            '"test_one_query"',
            '"test_one_query", "test_nothing"',
            "mutations.toml:3: this mutation names test_nothing, which is no claim or trap",
        ),
        (
            "mutations.toml",
            '"views.py"',
            '"tests.py"',
            "mutations.toml:3: this mutation edits the test instead of the app",
        ),
    ],
)
def test_each_fault_is_told_with_its_place(house, faults, file, before, after, fault):
    house.edit(file, before, after)

    assert [told for told in faults() if fault in told]


def test_a_verdict_with_a_docstring_is_no_fault(house, faults):
    house.edit("tests.py", 'every product")', 'every product", verdict=Verdict.WRONG)')

    assert faults() == []


def test_sections_in_another_order_are_a_fault(house, faults):
    readme = (house.demo / "README.md").read_text("utf-8")
    prose, mark, seen = readme.partition("## What you see")
    title, section, rest = prose.partition("## Say it aloud")
    house.write("README.md", f"{title}{mark}{seen}\n{section}{rest}")

    assert faults() == [
        "README.md: has its sections in another order than The usual answer, Say it aloud, What "
        "most answers get wrong, What they ask next, Sources, What you see"
    ]


@pytest.mark.parametrize("file", ["README.md", "views.py", "urls.py", "tests.py", "mutations.toml"])
def test_a_missing_file_is_a_fault(house, faults, file):
    (house.demo / file).unlink()

    assert faults() == [f".: has no {file}"]


def test_a_module_of_the_runner_is_measured_too(house, monkeypatch):
    monkeypatch.setattr("runner.proofs.sizes.ROOT", house.folder)
    monkeypatch.setattr("runner.proofs.faults.ROOT", house.folder)
    (house.folder / "shop/long.py").write_text("#\n" * 201, "utf-8")
    (house.folder / "runner/tests").mkdir(exist_ok=True)
    (house.folder / "runner/tests/test_long.py").write_text("#\n" * 500, "utf-8")

    told = [str(fault) for fault in faults_of_module_sizes()]

    assert "shop/long.py: 201 lines, over 200" in told
    assert not [line for line in told if "test_long" in line]


@pytest.mark.parametrize(
    ("proof", "faults"),
    [
        ("`rest_framework/mixins.py`: `UpdateModelMixin`", []),
        ("`rest_framework/mixins.py`: `CreateModelMixin.create`, `UpdateModelMixin.update`", []),
        ("`rest_framework/settings.py`: `DEFAULTS`", []),
        ("`json/encoder.py`: `JSONEncoder.default`", []),
        (
            "`rest_framework/mixins.py`: `Response`",
            ["rest_framework/mixins.py defines no Response"],
        ),
        ("`nowhere/x.py`: `y`", ["no installed package has nowhere/x.py"]),
        ("[Django 5.2](https://docs.djangoproject.com/en/5.2/)", []),
        (
            "[Django](ftp://docs.djangoproject.com/)",
            ["ftp://docs.djangoproject.com/ is not an http address"],
        ),
        ("[Django](https:///en/)", ["https:///en/ is not an http address"]),
        ("it is known", ["it is known is neither a test, nor `file.py`: `name`, nor a link"]),
    ],
)
def test_a_proof_is_looked_up(house, proof, faults):
    assert list(faults_of_proof(proof, Demo(house.demo))) == faults


def test_a_source_is_read_and_not_imported(tmp_path, monkeypatch):
    package = tmp_path / "explosive"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit", "utf-8")
    (package / "parts.py").write_text(
        "import os\nif os:\n    LIMIT: int = 3\n"
        "class A:\n    size = 1\n    def b(self):\n        c = 2\n",
        "utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)

    assert defined_names(installed_file("explosive/parts.py")) == {"LIMIT", "A", "A.size", "A.b"}


@pytest.mark.parametrize("pattern", BETTER)
def test_each_odd_word_has_one_better(pattern):
    """A pattern is found, over a line break too, and not inside another word."""
    odd = {
        r"who (do|does|has|is) (not|no)": "who does not",
        r"mend(s|ed|ing)?": "mended",
        r"of (yours|ours|theirs|(the \w+|another)'s)": "of the client's",
        r"is no (?-i:[A-Z])\w+": "is no JSON",
        r"(he|him|his|himself)": "his",
        r"slips? of the pen": "slip of the pen",
        r"(too|is|very) dear": "too dear",
    }.get(pattern, pattern)

    ((line, fault),) = odd_words("First.\nx " + odd.replace(" ", "\n"))

    assert line == 2
    assert fault == f'"{odd}": write "{BETTER[pattern]}"'


def test_plain_words_are_no_fault():
    assert list(odd_words("The amendment helps them: this is no longer fixed by somebody.")) == []


def test_the_usual_answer_is_a_list_of_claims_with_their_verdicts(house):
    house.edit("tests.py", 'every product")', 'every <product>", verdict=Verdict.WRONG)')

    assert usual_answer(Demo(house.demo)) == r"1. One query serves every \<product> · ⊘ wrong"


def test_writing_the_docs_makes_the_check_content_and_a_change_makes_them_stale(house):
    stale = house.run("check", "05")
    written = house.run("docs")
    fresh = house.run("check", "05")
    house.edit("tests.py", "Whatever their number.", "However many.")
    stale_again = house.run("check", "05")

    assert stale.stdout.splitlines() == [
        "demos/05_tiny/README.md: is stale; `make docs` writes it again",
        "1 demo checked, 1 fault",
    ]
    assert written.stdout.splitlines() == [
        "wrote demos/05_tiny/README.md",
        "wrote README.md",
        "wrote docs/VERSIONS.md",
    ]
    assert (fresh.returncode, fresh.stdout) == (0, "1 demo checked, 0 faults\n")
    assert stale_again.returncode == 1


def test_the_docs_of_one_demo_leave_the_top_readme_alone(house):
    written = house.run("docs", "5")

    assert written.stdout.splitlines() == ["wrote demos/05_tiny/README.md"]


def test_a_readme_without_the_marks_of_a_part_is_named(house):
    house.edit("README.md", "<!-- /answer -->", "")

    run = house.run("docs", "05")

    assert run.returncode == 1
    assert run.stderr == (
        "demos/05_tiny/README.md lacks the lines <!-- answer: make docs writes this --> and "
        "<!-- /answer -->\n"
    )


def test_a_transcript_holds_no_time_and_no_version(house):
    house.run("docs", "05")

    readme = (house.demo / "README.md").read_text("utf-8")

    assert "GET /05/products/" in readme
    assert "1. One query serves every product · ✔ holds" in readme
    assert " ms" not in readme
    assert "Django 5" not in readme


def test_nothing_is_written_of_a_verdict_that_is_not_true(house):
    house.edit("views.py", '.select_related("brand")', ".all()")

    run = house.run("docs")

    assert run.returncode == 2
    assert run.stderr == "demo 05: test_one_query failed; see it with `make demo-05`.\n"


def test_a_recording_that_lacks_a_scene_is_not_written():
    demo = Demo(ROOT / "demos/07_n_plus_one")
    empty = Recording(django="5.2", drf="3.18", scenes=[], sources={})

    with pytest.raises(UserError, match=r"^demo 07: test_the_naive_list_\w+ did not run; "):
        refuse_unproven(demo, empty)


def test_every_demo_stands_in_one_topic_and_every_number_is_a_demo():
    demos = find_demos()

    known = list(faults_of_topics(demos))
    with_a_new_one = [str(f) for f in faults_of_topics([*demos, Demo(ROOT / "demos" / "99_new")])]
    without_the_last = [str(fault) for fault in faults_of_topics(demos[:-1])]

    assert known == []
    assert with_a_new_one == ["demos/topics.toml: 99 stands in 0 topics"]
    assert without_the_last == [f"demos/topics.toml: there is no demo {demos[-1].number}"]


def test_see_also_links_run_both_ways():
    topics = read_topics()

    for number in topics.numbers():
        for other in topics.see_also(number):
            assert number in topics.see_also(other)
