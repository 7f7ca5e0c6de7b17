"""The commands as a user types them: what they print, and with which status they end."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from runner.tests.conftest import MUTATIONS

A_SLUG = "A slug has small letters and digits, and its words are joined by `_`:"
TWO_SCENES = """
import pytest
from runner import claim

@claim("The first")
def test_one_query():
    assert {"first"} == {"first"}

@claim("The second")
def test_second():
    assert True
"""


def sentence_of(run):
    """What a command said before it ended with 2, which must be one line and no traceback."""
    assert run.returncode == 2, run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr
    said = run.stderr.strip()
    assert len(said.splitlines()) == 1, said
    return said


def test_a_demo_is_shown_with_its_requests_sql_and_verdict(house):
    run = house.run("demo", "05")

    assert run.returncode == 0
    assert run.stderr == ""
    lines = run.stdout.splitlines()
    assert lines[1] == " 05 · Is this a tiny demo?"
    assert " 1  One query serves every product" in lines
    requests = [line.split() for line in lines if "GET /05/products/" in line]
    assert [words[2:7] for words in requests] == [
        ["200", "1", "query", "2", "rows"],
        ["200", "1", "query", "4", "rows"],
    ]
    assert "        1 × SELECT … FROM shop_product INNER JOIN shop_brand ON" in lines
    assert "    ✔ holds  Whatever their number." in lines
    assert " 1 claim: 1 holds" in lines


def test_a_number_may_be_typed_without_its_zero(house):
    assert house.run("demo", "5").stdout.splitlines()[1] == " 05 · Is this a tiny demo?"


def test_in_a_pipe_the_text_is_plain(house):
    assert "\x1b" not in house.run("demo", "05").stdout


def test_a_demo_plays_without_what_it_does_not_need(house):
    house.edit("tests.py", "    stock_products(products)", "    import psycopg")

    assert "import of psycopg halted" in house.run("demo", "05").stdout


def test_a_reader_who_stops_gets_no_traceback(house):
    command = f"{shlex.quote(sys.executable)} -m runner demo 05 | head -1"

    run = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=house.folder,
        env=house.environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0
    assert run.stderr == ""


def test_code_shows_the_view_and_its_serializer(house):
    run = house.run("demo", "05", "--code=1")

    assert "      demos/05_tiny/views.py:6" in run.stdout.splitlines()
    assert "class ProductSerializer(serializers.ModelSerializer):" in run.stdout


def test_sql_shows_whole_statements(house):
    run = house.run("demo", "05", "--sql=1")

    assert "shop_product.description" in run.stdout


def test_a_red_scene_shows_its_assertion_and_the_sql_that_ran(house):
    house.edit("views.py", '.select_related("brand")', ".all()")

    run = house.run("demo", "05")

    assert run.returncode == 1
    assert "✘ FAILED  holds is not what happens: demos/05_tiny/tests.py:14" in run.stdout
    assert "with django_assert_num_queries(1):" in run.stdout
    assert "expected  1 query" in run.stdout
    assert "seen      5 queries" in run.stdout
    assert "        4 × SELECT id, name FROM shop_brand WHERE id = ? LIMIT 21" in run.stdout
    assert " 1 claim · 1 FAILED" in run.stdout.splitlines()


def test_what_a_database_cannot_show_is_said(house):
    house.edit(
        "tests.py",
        "@pytest.mark.parametrize",
        '@pytest.mark.database("postgres", because="it is too small")\n@pytest.mark.parametrize',
    )

    run = house.run("demo", "05", "--db=sqlite")

    assert run.returncode == 0
    assert "○ not tried  cannot be tried on SQLite: it is too small" in run.stdout
    assert " 1 claim · 1 not tried" in run.stdout.splitlines()


def test_without_a_reason_a_test_for_postgres_is_tried_on_sqlite(house):
    house.edit(
        "tests.py", "@pytest.mark.param", '@pytest.mark.database("postgres")\n@pytest.mark.param'
    )

    run = house.run("demo", "05", "--db=sqlite")

    assert run.returncode == 0
    assert " SQLite · Django " in run.stdout
    assert " 1 claim: 1 holds" in run.stdout.splitlines()


@pytest.mark.parametrize("number", ["99", "abc"])
def test_a_demo_that_is_not_there(house, number):
    said = sentence_of(house.run("demo", number))

    assert said == f"There is no demo {number}; there are 05 (`make demos` lists them)."


def test_two_demos_of_one_number(house):
    (house.folder / "demos" / "05_twin").mkdir()

    said = sentence_of(house.run("demo", "05"))

    assert said == (
        "Two demos are numbered 05: demos/05_tiny and demos/05_twin; rename one of the two folders."
    )


@pytest.mark.parametrize("file", ["views.py", "urls.py", "serializers.py"])
def test_a_syntax_error(house, file):
    house.write(file, "\nif:\n")

    said = sentence_of(house.run("demo", "05"))

    assert said.startswith(f"demos/05_tiny/{file} line 2 cannot be imported: SyntaxError: ")


def test_a_syntax_error_in_the_tests(house):
    house.write("tests.py", "\nif:\n")

    said = sentence_of(house.run("demo", "05"))

    assert said == "demos/05_tiny/tests.py line 2 is no valid Python: invalid syntax."


@pytest.mark.parametrize("file", ["views.py", "tests.py"])
def test_a_name_that_is_not_there(house, file):
    house.write(file, "\nwrong\n")

    said = sentence_of(house.run("demo", "05"))

    assert said == (
        f"demos/05_tiny/{file} line 2 cannot be imported: NameError: name 'wrong' is not defined."
    )


def test_an_unknown_database(house):
    said = sentence_of(house.run("demo", "05", "--db=oracle"))

    assert said == "DB=oracle is unknown; there are DB=postgres and DB=sqlite."


@pytest.mark.parametrize("command", [("demo", "05"), ("test",)])
def test_a_database_that_does_not_answer(house, command):
    run = house.run(*command, DATABASE_URL="postgresql://postgres@127.0.0.1:1/shop")

    assert sentence_of(run).startswith("The database that DATABASE_URL names does not answer (")


def test_a_database_url_that_is_none(house):
    said = sentence_of(house.run("demo", "05", DATABASE_URL="nonsense"))

    assert said.startswith("DATABASE_URL")


def test_stepping_needs_a_terminal(house):
    said = sentence_of(house.run("demo", "05", "--step=1"))

    assert said == (
        "STEP=1 reads keys from a terminal, and there is none; `make demo-05` plays all scenes in "
        "a row."
    )


def test_ctrl_c_ends_a_demo_quietly(house):
    house.edit("tests.py", "    stock_products(products)", "    import time; time.sleep(60)")
    process = subprocess.Popen(
        [sys.executable, "-m", "runner", "demo", "05"],
        cwd=house.folder,
        env=house.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout:
        if line == " 05 · Is this a tiny demo?\n":
            break

    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)

    assert process.returncode == 130
    assert said == ""


@pytest.mark.parametrize(
    "file",
    [
        "runner/catalogue.py",
        "runner/recording/run.py",
        "config/settings.py",
        "demos/05_tiny/views.py",
    ],
)
def test_ctrl_c_during_the_imports_ends_quietly(house, file):
    path = house.folder / file
    interrupt = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"
    path.write_text(f"{path.read_text('utf-8')}\n{interrupt}\n", "utf-8")

    run = house.run("demo", "05")

    assert (run.returncode, run.stdout, run.stderr) == (130, "", "")


def test_ctrl_c_ends_the_proofs(house):
    house.edit(
        "tests.py",
        "    stock_products(products)",
        "    import os, signal; os.kill(os.getpid(), signal.SIGINT)",
    )

    run = house.run("test", "05")

    assert (run.returncode, run.stderr) == (130, "")


@pytest.mark.parametrize("variables", [{}, {"FORCE_COLOR": "1"}])
@pytest.mark.parametrize("command", [["demo", "05"], ["demos"]])
def test_a_reader_that_is_gone_from_the_start(house, command, variables):
    house.write("tests.py", TWO_SCENES)
    read_end, write_end = os.pipe()
    os.close(read_end)
    with open(write_end, "wb") as pipe:
        run = subprocess.run(
            [sys.executable, "-m", "runner", *command],
            cwd=house.folder,
            env=house.environment(**variables),
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert (run.returncode, run.stderr) == (0, "")


def test_watching_shows_what_failed_again_at_the_end(house):
    house.write("tests.py", TWO_SCENES)
    house.edit("tests.py", '== {"first"}', '== {"other"}')
    with watching(house, "--code=0") as process:
        played = played_once(process)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)

    closing = played.index(" 2 claims: 1 holds · 1 FAILED")
    assert played.count(" 1  The first") == 3  # in the usual answer, as a scene, and again
    assert played.index(" 1  The first", closing) > closing
    assert " 2  The second" not in played[closing:]
    assert (process.returncode, said) == (130, "")


def test_watching_passes_its_options_on(house):
    with watching(house, "--short=1") as process:
        played = played_once(process)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)

    assert not [line for line in played if "GET /05/products/" in line]


@contextmanager
def watching(house, *options):
    process = subprocess.Popen(
        [sys.executable, "-m", "runner", "watch", "05", *options],
        cwd=house.folder,
        env=house.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()


def played_once(process):
    """The lines of the first play; it waits for saved files after the last one."""
    lines = []
    for line in process.stdout:
        if line.startswith(" saved files play again"):
            return lines
        lines.append(line.rstrip("\n"))
    pytest.fail("\n".join([*lines, process.stderr.read()]))


def test_the_list_tells_number_question_and_verdicts(house):
    run = house.run("demos")

    assert run.returncode == 0
    assert run.stdout.splitlines()[0] == "05  Is this a tiny demo?  ✔1"


@pytest.mark.parametrize(("sought", "status"), [("TINY", 0), ("serves every", 0), ("kafka", 1)])
def test_the_list_searches_titles_claims_and_readmes(house, sought, status):
    assert house.run("demos", f"--q={sought}").returncode == status


def test_a_new_demo_is_red(house):
    made = house.run("new", "--slug=etag_caching")

    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == (
        "Created demos/01_etag_caching; its test fails on purpose. Next: write its claims in "
        "tests.py, run\n`make demo-01`, then `make check`.\n"
    )
    assert sorted(path.name for path in (house.folder / "demos/01_etag_caching").iterdir()) == [
        "README.md",
        "mutations.toml",
        "serializers.py",
        "tests.py",
        "urls.py",
        "views.py",
    ]
    assert house.run("demo", "01").returncode == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], f"{A_SLUG} make new SLUG=etag_caching"),
        (["--slug=etag-caching"], f"{A_SLUG} make new SLUG=etag_caching"),
        (["--slug=2 Big Words"], f"{A_SLUG} make new SLUG=big_words"),
        (["--slug=tiny"], "demos/05_tiny has this slug already; choose another SLUG=."),
        (["--slug=tiny", "--n=7"], "demos/05_tiny has this slug already; choose another SLUG=."),
        (["--slug=x", "--n=5"], "Number 05 is taken by demos/05_tiny; choose another N=."),
        (["--slug=x", "--n=ten"], "N=ten is no number of two digits: make new SLUG=x N=23"),
    ],
)
def test_a_new_demo_that_cannot_be(house, options, sentence):
    assert sentence_of(house.run("new", *options)) == sentence
    assert [path.name for path in (house.folder / "demos").iterdir()] == ["05_tiny"]


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ([], "A command is missing; `python -m runner --help` lists them."),
        (["play", "05"], "There is no command play; `python -m runner --help` lists them."),
        (
            ["--loud"],
            "python -m runner does not take --loud; `python -m runner --help` lists what it takes.",
        ),
        (
            ["demo", "05", "--loud"],
            "python -m runner demo does not take --loud; `python -m runner demo --help` lists what "
            "it takes.",
        ),
        (
            ["demo"],
            "python -m runner demo: the following arguments are required: NN; `python -m runner "
            "demo --help` lists what it takes.",
        ),
        (["break", "05", "--n=99"], "N=99 is no mutation of demo 05, which has N=1 to N=1."),
        (["break", "05", "--n=x"], "N=x is no mutation of demo 05, which has N=1 to N=1."),
        (
            ["watch", "05", "--step=1"],
            "STEP=1 waits for keys, `make watch-NN` for saves; choose one of them.",
        ),
        (
            ["prove", "--changed=1"],
            "CHANGED=1 compares with the branch main or master of a git checkout, and there is "
            "none; `make prove` tries all demos.",
        ),
    ],
)
def test_a_command_that_cannot_be(house, command, sentence):
    assert sentence_of(house.run(*command)) == sentence


@pytest.mark.parametrize("command", [["--help"], ["demo", "--help"]])
def test_help(house, command):
    run = house.run(*command)

    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("usage: python -m runner")


def test_an_option_that_is_zero_or_empty_is_off(house):
    off = ["--step=0", "--code=0", "--sql=", "--short=0", "--db=0"]

    run = house.run("demo", "05", *off)

    assert run.returncode == 0
    assert "GET /05/products/" in run.stdout
    assert "views.py:" not in run.stdout
    assert "shop_product.description" not in run.stdout


def test_one_mutation_alone(house):
    house.write("mutations.toml", f"{MUTATIONS}{MUTATIONS.replace('The join', 'Another join')}")

    run = house.run("break", "05", "--n=2", "--step=0")

    assert run.returncode == 0
    assert "Another join is dropped" in run.stdout
    assert "The join is dropped" not in run.stdout


@pytest.mark.parametrize(
    ("change", "tried"),
    [
        (None, []),
        ("demos/06_other/views.py", ["06"]),
        ("demos/06_other/untracked.py", ["06"]),
        ("shop/models.py", ["05", "06"]),
        ("untracked.py", ["05", "06"]),
    ],
)
@pytest.mark.parametrize("committed", [True, False])
def test_what_changed_since_the_main_branch(house, change, tried, committed):
    shutil.copytree(house.demo, house.folder / "demos" / "06_other")
    git(house, "init", "-q", "-b", "main")
    commit(house)
    git(house, "checkout", "-q", "-b", "work")
    if change:
        with (house.folder / change).open("a") as file:
            file.write("\n")
        if committed:
            commit(house)
    ask = (
        "from runner.proofs.changed import changed; from runner.catalogue import find_demos; "
        "print([demo.number for demo in changed(find_demos())])"
    )

    run = subprocess.run(
        [sys.executable, "-c", ask], cwd=house.folder, capture_output=True, text=True, check=True
    )

    assert run.stdout == f"{tried}\n"


def git(house, *arguments):
    who = ["-c", "user.name=ann", "-c", "user.email=ann@example.com"]
    subprocess.run(["git", *who, *arguments], cwd=house.folder, check=True)


def commit(house):
    (house.folder / ".gitignore").write_text("__pycache__\n", "utf-8")
    git(house, "add", "-A")
    git(house, "commit", "-q", "--allow-empty", "-m", "now")


def test_only_what_changed_is_proven(house):
    git(house, "init", "-q", "-b", "main")
    commit(house)

    run = house.run("prove", "--changed=1")

    assert (run.returncode, run.stderr) == (0, "")
    assert "05" not in run.stdout
