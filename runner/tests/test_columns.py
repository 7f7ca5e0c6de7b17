"""The columns of `make versions`: their releases, and an environment for each."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from runner.catalogue import ROOT
from runner.errors import UserError
from runner.story.versions import (
    Versions,
)
from runner.tests.releases import column
from runner.versions import foreign, play
from runner.versions.columns import Pair, keep_former, read_pairs
from runner.versions.environment import CannotInstall, Environment, interpreter, requirements


def test_the_pins_are_two_of_the_columns():
    pinned = [pair.pins for pair in read_pairs() if pair.is_pinned]

    assert sorted(pinned) == ["constraints-newest.txt", "constraints.txt"]


def test_the_oldest_column_comes_first(tmp_path):
    (tmp_path / "columns.toml").write_text(
        '[[column]]\npython = "3.11"\npins = "constraints.txt"\ndjango = "6.0"\n'
        '[[column]]\npython = "3.11"\npins = "constraints.txt"\ndjango = "5.2.9"\n'
        '[[column]]\npython = "3.11"\npins = "constraints.txt"\ndjango = "5.2.10"\ndrf = "3.9"\n'
    )

    found = read_pairs(tmp_path / "columns.toml")

    assert [pair.releases["Django"] for pair in found] == ["5.2.10", "5.2.9", "6.0"]


def test_a_column_changes_its_releases_and_no_other_pin():
    pair = Pair("3.11", "constraints.txt", {"django": "5.1.15", "django-tables": "2.0"})

    before = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    changed = sorted(set(pair.pinned.splitlines()) - set(before))

    assert changed == ["django-tables==2.0", "django==5.1.15"]


def test_a_column_with_few_demos_names_what_else_it_changes():
    changed = {"django": "5.1.15", "django-filter": "21.1"}

    wide = Pair("3.11", "constraints.txt", changed)
    narrow = replace(wide, demos=("09",))

    assert narrow.name == f"{wide.name} + django-filter 21.1"


def test_pins_that_moved_stay_as_a_column(tmp_path):
    file = tmp_path / "columns.toml"
    file.write_text('[[column]]\npython = "3.11"\npins = "constraints.txt"\n')
    former = replace(column("5.1.1", "3.16.0"), pins="constraints.txt")

    names = keep_former(Versions([former]), file), keep_former(Versions([former]), file)

    assert names == (["Django 5.1.1 + DRF 3.16.0"], [])
    assert read_pairs(file)[0].changed == {"django": "5.1.1", "djangorestframework": "3.16.0"}


def test_a_python_that_is_missing_is_one_sentence(capsys):
    pair = Pair("3.99", "constraints.txt")

    made = play.made([pair])

    assert made == {pair: "there is no python3.99 on the PATH"}
    assert capsys.readouterr().out == (
        f"{pair.name} cannot install: there is no python3.99 on the PATH\n"
    )


HERE = ".".join(map(str, sys.version_info[:2]))
UV = """#!/bin/sh
echo "$1 $2" >> {folder}/calls
case "$1 $2" in
    "venv -q")
        for env; do :; done
        mkdir -p "$env/bin"
        printf '#!/bin/sh\\necho "{imports}" >&2; exit 1' > "$env/bin/python"
        chmod +x "$env/bin/python";;
    "pip install") echo "{says}" >&2; exit {status};;
    "pip list") echo '[{{"name": "django", "version": "5.2"}}]';;
esac
"""


@pytest.fixture
def uv(kept, monkeypatch):
    """`uv(status=1, says="error: …")` makes that the answer of uv to an installation; returns what
    was asked of it."""

    def answer(status: int = 0, says: str = "") -> Callable[[], list[str]]:
        script = kept / "uv"
        imports = "ImportError: cc_delim_re (/x/cache.py)"
        script.write_text(UV.format(folder=kept, says=says, status=status, imports=imports))
        script.chmod(0o755)
        monkeypatch.setattr(foreign, "UV", [str(script)])
        return lambda: (kept / "calls").read_text().splitlines()

    return answer


def test_releases_that_do_not_fit_cannot_install_and_are_asked_once(uv):
    says = "error: No solution found\n  cause: Because DRF needs\n  Django, we can conclude that so"
    asked = uv(status=1, says=says)

    for _ in range(2):
        with pytest.raises(CannotInstall, match=r"^Because DRF needs Django$"):
            Environment(Pair(HERE, "constraints.txt")).make()

    assert asked() == ["venv -q", "pip install"]


def test_an_index_that_does_not_answer_is_no_state_and_is_asked_again(uv):
    asked = uv(status=2, says="error: failed to fetch")

    for _ in range(2):
        with pytest.raises(UserError, match="is a package index reachable"):
            Environment(Pair(HERE, "constraints.txt")).make()

    assert asked() == ["venv -q", "pip install"] * 2


def test_an_environment_is_made_once_and_says_what_is_in_it(uv):
    asked = uv()

    for _ in range(2):
        environment = Environment(Pair(HERE, "constraints.txt"))
        environment.make()

    assert environment.made.python == ".".join(map(str, sys.version_info[:3]))
    assert environment.made.packages == {"django": "5.2"}
    assert environment.made.unimported == "ImportError: cc_delim_re"
    assert asked() == ["venv -q", "pip install", "pip list"]


def test_what_cannot_be_imported_is_told_when_it_is_made(uv, capsys):
    uv()
    pair = Pair(HERE, "constraints.txt")

    play.made([pair])

    assert capsys.readouterr().out == f"{pair.name} cannot import: ImportError: cc_delim_re\n"


def test_what_was_written_halfway_counts_for_nothing(uv):
    uv()
    environment = Environment(Pair(HERE, "constraints.txt"))
    environment.make()
    (environment.folder / "made.json").write_text('{"wanted":')

    environment.make()

    assert environment.made.packages == {"django": "5.2"}


def test_an_environment_whose_python_is_gone_is_made_again(uv):
    asked = uv()
    environment = Environment(Pair(HERE, "constraints.txt"))
    environment.make()
    environment.python.unlink()

    environment.make()

    assert asked() == ["venv -q", "pip install", "pip list"] * 2


def test_other_pins_make_it_again(uv, kept):
    asked = uv()
    environment = Environment(Pair(HERE, "constraints.txt"))
    environment.make()

    made = environment.folder / "made.json"
    made.write_text(made.read_text().replace("asgiref==", "asgiref==0."))
    environment.make()

    assert asked() == ["venv -q", "pip install", "pip list"] * 2


def test_an_environment_has_what_the_demos_need_in_the_releases_of_the_pins():
    names = requirements()

    assert {"django", "djangorestframework", "celery[redis]", "playwright"} <= set(names)
    assert not {"django-debug-toolbar", "genanki", "ruff"} & set(names)


def test_a_program_of_another_release_is_not_that_python(tmp_path, monkeypatch):
    program = tmp_path / "python3.98"
    program.write_text("#!/bin/sh\necho 3.9.8\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    with pytest.raises(CannotInstall, match=r"^there is no python3\.98 on the PATH$"):
        interpreter("3.98")
