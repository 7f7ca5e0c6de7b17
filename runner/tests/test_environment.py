"""The Makefile and the script that installs for it, with a uv that only says what it would do."""

import os
import shlex
import shutil
import subprocess
import sys

import pytest

from runner.catalogue import ROOT

MARKER = ".made-by-cathay-shop-demos"
# The python of the environment answers what the Makefile asks the catalogue, and prints all else.
PYTHON = f"""#!/bin/sh
case "$*" in *runner.catalogue*) exec {shlex.quote(sys.executable)} "$@" ;; esac
echo python "$@"
"""
# FIRST names a pipe: the first install reads a line from it, so a test decides how long it takes.
UV = """#!/bin/sh
echo "$*" >> "$LOG"
if [ "$1" = venv ]; then
    for folder in "$@"; do :; done
    mkdir "$folder/bin" && cp "$LOG.python" "$folder/bin/python"
elif [ -n "$FIRST" ] && mkdir "$LOG.waited" 2>/dev/null; then
    read -r line < "$FIRST"
fi
"""


class Checkout:
    """What `make` needs of this checkout, in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder / "checkout"
        self.log = folder / "log"
        self.log.touch()
        (folder / "log.python").write_text(PYTHON, "utf-8")
        (folder / "log.python").chmod(0o755)
        (folder / "path").mkdir()
        (folder / "path" / "uv").write_text(UV, "utf-8")
        (folder / "path" / "uv").chmod(0o755)
        shutil.copytree(ROOT / "tools", self.folder / "tools")
        for name in ("Makefile", "pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, self.folder / name)
        for name in ("__init__.py", "catalogue.py", "errors.py", "marks.py"):
            (self.folder / "runner").mkdir(exist_ok=True)
            shutil.copy(ROOT / "runner" / name, self.folder / "runner" / name)
        for name in ("__init__.py", "progress.py", "record.py"):
            (self.folder / "runner" / "learn").mkdir(exist_ok=True)
            shutil.copy(ROOT / "runner/learn" / name, self.folder / "runner/learn" / name)
        self.demo("07_plain", "def test_it(): pass\n")
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("MAKE") and name not in ("DATABASE_URL", "REDIS_URL", "DB")
        } | {"PATH": f"{folder / 'path'}:{os.environ['PATH']}", "LOG": str(self.log)}

    def demo(self, name, tests):
        (self.folder / "demos" / name).mkdir(parents=True)
        (self.folder / "demos" / name / "tests.py").write_text(tests, "utf-8")

    def start(self, *arguments, **variables):
        return subprocess.Popen(
            ["make", "--no-print-directory", *arguments],
            cwd=self.folder,
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )

    def make(self, *arguments, **variables):
        process = self.start(f"PYTHON={sys.executable}", *arguments, **variables)
        said, errors = process.communicate()
        return subprocess.CompletedProcess(arguments, process.returncode, said, errors)

    def installed(self):
        """The stamps of the environment, and how often uv was asked to install."""
        stamps = {path.name for path in (self.folder / ".venv").glob(".[a-z]*")} - {MARKER}
        return stamps, self.log.read_text("utf-8").count("pip install")


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


WRAPPED = """
import pytest

@pytest.mark.database(
    "postgres",
    because="the mark is wrapped",
)
def test_it(): pass
"""
BROWSER = "import pytest\npytestmark = [pytest.mark.browser]\n"
OPENAPI = "import pytest\npytestmark = [pytest.mark.openapi]\n"


@pytest.mark.parametrize(
    ("command", "stamps"),
    [
        (["demo-07"], {".core"}),
        (["test-07"], {".core"}),
        (["demo-16"], {".core", ".services"}),
        (["break-16"], {".core", ".services"}),
        (["fix-16"], {".core", ".services"}),
        (["demo-8"], {".core", ".openapi"}),
        (["demo-07", "DB=postgres"], {".core", ".services"}),
        (["demo-07", "DB=sqlite"], {".core"}),
        (["demo-07", "DATABASE_URL=postgres://h/x"], {".core", ".services"}),
        (["demo-07", "REDIS_URL=redis://h"], {".core", ".services"}),
        (["demo-32"], {".core", ".browser"}),
        (
            ["check"],
            {*(".core", ".services", ".openapi", ".browser", ".tls"), *(".learn", ".dev", ".all")},
        ),
    ],
)
def test_a_first_command_installs_what_it_needs(checkout, command, stamps):
    checkout.demo("16_wrapped", WRAPPED)
    checkout.demo("08_schema", OPENAPI)
    checkout.demo("32_page", BROWSER)

    run = checkout.make(*command)

    assert run.returncode == 0, run.stderr
    assert checkout.installed()[0] == stamps


@pytest.mark.parametrize(
    ("progress", "stamps"),
    [("{}", {".core"}), ('{"fix": {"last": "16"}}', {".core", ".services"}), ("[", {".core"})],
)
def test_fix_installs_what_the_last_demo_needs(checkout, tmp_path, progress, stamps):
    checkout.demo("16_wrapped", WRAPPED)
    (tmp_path / "state.json").write_text(progress, "utf-8")

    run = checkout.make("fix", f"STATE={tmp_path}/state.json")

    assert run.returncode == 0, run.stderr
    assert checkout.installed()[0] == stamps


def test_what_is_installed_is_not_installed_again(checkout):
    checkout.demo("16_wrapped", WRAPPED)
    for command in ("demo-16", "demo-07", "demo-16"):
        checkout.make(command)

    assert checkout.installed() == ({".core", ".services"}, 2)


def test_a_newer_file_with_the_same_requirements_is_looked_at_once(checkout):
    checkout.demo("16_wrapped", WRAPPED)
    checkout.make("demo-16")
    os.utime(checkout.folder / "pyproject.toml")
    assert "environment.py" in checkout.make("-n", "demo-16").stdout

    checkout.make("demo-16")

    assert "environment.py" not in checkout.make("-n", "demo-16").stdout
    assert checkout.installed() == ({".core", ".services"}, 2)


def test_other_pins_make_another_environment(checkout):
    checkout.make("demo-07")
    (checkout.folder / ".venv" / "old").touch()
    pins = checkout.folder / "constraints.txt"
    pins.write_text(f"{pins.read_text('utf-8')}another==1.0\n", "utf-8")
    os.utime(pins)

    run = checkout.make("demo-07")

    assert run.returncode == 0
    assert not (checkout.folder / ".venv" / "old").exists()


@pytest.mark.parametrize("how", ["environment", "command line"])
def test_a_folder_that_this_project_did_not_make_is_left_alone(checkout, tmp_path, how):
    theirs = tmp_path / "theirs"
    (theirs / "bin").mkdir(parents=True)
    (theirs / "bin" / "mine").write_text("mine")
    (theirs / ".core").touch()

    if how == "environment":
        run = checkout.make("demo-07", VENV=str(theirs))
    else:
        run = checkout.make("demo-07", f"VENV={theirs}")

    assert sorted(path.name for path in theirs.rglob("*")) == [".core", "bin", "mine"]
    if how == "environment":  # it counts for nothing
        assert run.returncode == 0
        return
    assert run.returncode == 2
    said = [line for line in run.stderr.splitlines() if not line.startswith("make: ")]
    assert said == [
        f"{theirs} was not made by this project, so it stays as it is: move it away, or name "
        "another folder, as in `make VENV=.venv-demos demo-07`."
    ]


def test_python_and_pins_of_the_environment_count_for_nothing(checkout):
    run = checkout.make("demo-07", PYTHON="/nothing", PINS="/nothing", NEWEST_PYTHON="/nothing")

    assert run.returncode == 0, run.stderr


def test_cleaning_removes_only_what_this_project_made(checkout):
    checkout.make("demo-07")
    theirs = checkout.folder / ".venv-newest"
    theirs.mkdir()
    (theirs / "file").touch()

    run = checkout.make("clean")

    assert run.returncode == 2
    assert run.stderr.startswith(".venv-newest was not made by this project")
    assert not (checkout.folder / ".venv").exists()
    assert (theirs / "file").exists()


def test_a_second_command_waits_for_the_first(checkout, tmp_path):
    first_may_go_on = tmp_path / "pipe"
    os.mkfifo(first_may_go_on)
    python = f"PYTHON={sys.executable}"
    first = checkout.start("demo-07", python, FIRST=str(first_may_go_on))
    with first_may_go_on.open("w") as pipe:  # opens when the first install reads from it
        second = checkout.start("demo-07", python)
        said = second.stderr.readline()
        pipe.write("go on\n")
    assert said == "Another command is installing in .venv; waiting for it …\n"

    assert first.communicate() == ("python -E -m runner demo 07\n", "making .venv …\n")
    assert second.communicate() == ("python -E -m runner demo 07\n", "")
    assert (first.returncode, second.returncode) == (0, 0)
    assert checkout.installed() == ({".core"}, 1)


def test_a_killed_install_starts_again(checkout, tmp_path):
    never = tmp_path / "pipe"
    os.mkfifo(never)
    killed = checkout.start("demo-07", f"PYTHON={sys.executable}", FIRST=str(never))
    with never.open("w"):
        os.killpg(killed.pid, 9)
        killed.communicate()
    assert checkout.installed() == (set(), 1)

    run = checkout.make("demo-07")

    assert run.returncode == 0, run.stderr
    assert checkout.installed() == ({".core"}, 2)


def test_an_environment_whose_python_is_gone_is_made_again(checkout):
    checkout.make("demo-07")
    (checkout.folder / ".venv" / "bin" / "python").unlink()

    run = checkout.make("demo-07")

    assert run.returncode == 0, run.stderr
    assert checkout.installed() == ({".core"}, 2)


@pytest.mark.parametrize(
    ("command", "asked"),
    [
        ({"CODE": "1", "SQL": "0"}, "demo 07 --code=1 --sql=0"),
        ({"DB": "sqlite", "STEP": ""}, "demo 07 --db=sqlite"),
        ({"SHORT": "it's; echo"}, "demo 07 --short=it's; echo"),
    ],
)
@pytest.mark.parametrize("how", ["environment", "command line"])
def test_options_come_from_the_command_line_or_the_environment(checkout, command, asked, how):
    if how == "environment":
        run = checkout.make("demo-07", **command)
    else:
        run = checkout.make("demo-07", *(f"{name}={value}" for name, value in command.items()))

    assert run.stdout == f"python -E -m runner {asked}\n"


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("demo-", "Which demo? Give its number, as in `make demo-07`; `make demos` lists them."),
        ("fix-", "Which demo? Give its number, as in `make fix-07`; `make demos` lists them."),
        ("demo07", "There is no `make demo07`; `make` alone lists the commands."),
    ],
)
def test_what_is_no_command_is_said_in_a_sentence(checkout, command, sentence):
    run = checkout.make(command)

    assert run.returncode == 2
    assert [line for line in run.stderr.splitlines() if not line.startswith("make: ")] == [sentence]


def test_a_python_that_is_not_there(checkout):
    run = checkout.make("demo-07", "PYTHON=python3.99")

    assert run.returncode == 2
    assert run.stderr.splitlines()[0] == (
        "python3.99 is not on the PATH; name a Python 3.11 or newer: make PYTHON=python3.12 demo-07"
    )
