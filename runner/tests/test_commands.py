"""The commands as a user types them: what they print, and with which status they end."""

import shlex
import signal
import subprocess
import sys

import pytest


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


def test_whoever_stops_reading_gets_no_traceback(house):
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


@pytest.mark.parametrize("file", ["views.py", "urls.py", "serializers.py", "tests.py"])
def test_a_syntax_error(house, file):
    house.write(file, "\nif:\n")

    said = sentence_of(house.run("demo", "05"))

    assert said.startswith(f"demos/05_tiny/{file} line 2 cannot be imported: SyntaxError: ")


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


def test_the_list_tells_number_question_and_verdicts(house):
    run = house.run("demos")

    assert run.returncode == 0
    assert run.stdout.splitlines()[0] == "05  Is this a tiny demo?  ✔1"


@pytest.mark.parametrize(("sought", "status"), [("TINY", 0), ("serves every", 0), ("kafka", 1)])
def test_the_list_searches_titles_claims_and_readmes(house, sought, status):
    assert house.run("demos", f"--q={sought}").returncode == status


def test_a_new_demo_is_red(house):
    made = house.run("new", "--slug=etag_caching")

    assert made.returncode == 0
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
        ([], "A demo needs a slug of small letters: make new SLUG=etag_caching"),
        (["--slug=A-B"], "A demo needs a slug of small letters: make new SLUG=etag_caching"),
        (["--slug=x", "--n=5"], "Number 05 is taken by demos/05_tiny; choose another N=."),
        (["--slug=x", "--n=ten"], "N=ten is no number of two digits: make new SLUG=x N=23"),
    ],
)
def test_a_new_demo_that_cannot_be(house, options, sentence):
    assert sentence_of(house.run("new", *options)) == sentence
