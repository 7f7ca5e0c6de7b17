"""What the caller's shell holds for other projects changes no verdict and no generated text."""

import re

import pytest

from runner.surroundings import CHOICES, clean, forget_choices

# A demo whose tests tell which settings they run with.
TELLING = '''

@trap("The settings are those of this project")
def test_settings(settings):
    """A short key makes PyJWT warn, and a warning is an error here."""
    import sys

    assert len(settings.SECRET_KEY) >= 50
    assert "debug_toolbar" not in settings.INSTALLED_APPS
    assert "demos.05_tiny" in [app.name for app in __import__("django").apps.apps.get_app_configs()]
'''
HOSTILE = {
    "DJANGO_SETTINGS_MODULE": "myproject.settings",
    "DJANGO_CONFIGURATION": "Production",
    "PYTEST_ADDOPTS": "-k nothing -n4",
    "PYTEST_PLUGINS": "nothing_installed",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "",
    "PY_COLORS": "1",
    "SECRET_KEY": "dev",
    "DEBUG": "release",
    "DEMO": "99",
    "CI": "true",
    "CELERY_CONFIG_MODULE": "nothing_installed",
    "CELERY_RESULT_BACKEND": "nothing://",
    "PGSSLMODE": "require",
    "PGOPTIONS": "-c statement_timeout=1",
    "PYTHONWARNINGS": "error",
}


@pytest.fixture
def telling_house(house):
    tests = (house.demo / "tests.py").read_text("utf-8")
    house.write("tests.py", tests + TELLING)
    return house


def untimed(text):
    return re.sub(r" +\d+ ms$", "", text, flags=re.MULTILINE)


# One by one those that end a run; all of them together below.
@pytest.mark.parametrize(
    "name", ["DJANGO_SETTINGS_MODULE", "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "SECRET_KEY", "DEBUG"]
)
def test_a_variable_of_another_project_changes_nothing(telling_house, name):
    run = telling_house.run("demo", "05", **{name: HOSTILE[name]})

    assert run.stderr == ""
    assert run.returncode == 0
    assert " 1 claim: 1 holds · 1 trap" in run.stdout.splitlines()


def test_all_of_them_at_once_change_nothing_of_what_is_shown(telling_house):
    alone = telling_house.run("demo", "05")

    run = telling_house.run("demo", "05", **HOSTILE)

    assert (run.returncode, run.stderr) == (0, "")
    assert untimed(run.stdout) == untimed(alone.stdout)


def test_they_change_no_verdict_on_postgresql(telling_house):
    run = telling_house.run("demo", "05", "--db=postgres", **HOSTILE)

    assert run.stderr == ""
    assert run.returncode == 0
    assert " PostgreSQL · Django" in run.stdout


def test_bare_pytest_has_the_settings_of_this_project(telling_house):
    # pytest itself reads these two before any plugin can see them, and who sets them means it.
    own = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")
    variables = {name: value for name, value in HOSTILE.items() if name not in own}

    run = telling_house.run_module(
        "pytest", "-q", "--color=no", str(telling_house.demo), **variables
    )

    assert "3 passed" in run.stdout, run.stdout + run.stderr
    assert run.returncode == 0


CHOSEN = {
    "COLUMNS": "200",
    "TERM": "xterm-256color",
    "FORCE_COLOR": "1",
    "DATABASE_URL": "nonsense",
    "REDIS_URL": "nonsense",
    "CELERY_BROKER_URL": "nonsense",
    "DB": "oracle",
    "BROWSER": "nothing",
}


def test_what_is_generated_obeys_nothing_of_the_shell(telling_house):
    readme = telling_house.demo / "README.md"
    assert telling_house.run("docs").returncode == 0
    written = readme.read_text("utf-8")

    run = telling_house.run("docs", **HOSTILE, **CHOSEN)

    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert readme.read_text("utf-8") == written


def test_what_is_documented_stays_where_something_is_shown():
    environment = dict.fromkeys([*HOSTILE, *CHOSEN, "PATH", "NO_COLOR"], "1")

    clean(environment)

    left = {name for name in environment if not name.startswith("RUNNER_")}
    assert left == {"PATH", "NO_COLOR", *CHOSEN}


def test_what_a_run_sets_for_the_processes_below_it_stays():
    environment = {"DEMO": "99"}
    clean(environment)
    environment["DEMO"] = "05"

    clean(environment)

    assert environment["DEMO"] == "05"


def test_no_choice_counts_where_text_is_generated():
    environment = dict.fromkeys([*CHOICES, "PATH"], "1")

    forget_choices(environment)

    assert environment == {"PATH": "1"}
