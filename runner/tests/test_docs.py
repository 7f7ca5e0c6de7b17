"""What is never written into the READMEs."""

from importlib.metadata import version

import pytest

TWO_TRAPS = """
from runner import trap

@trap("The first")
def test_first():
    assert True

@trap("The second")
def test_second():
    assert True
"""


@pytest.fixture
def readme(house):
    return house.demo / "README.md"


def test_a_recording_that_lacks_a_scene(house, readme):
    house.write("tests.py", TWO_TRAPS)
    conftest = house.folder / "conftest.py"
    drop = "def pytest_collection_modifyitems(items):\n    del items[1:]\n"
    conftest.write_text(f"{conftest.read_text('utf-8')}\n{drop}", "utf-8")
    before = readme.read_text("utf-8")

    run = house.run("docs")

    assert run.returncode == 2
    assert run.stderr == "demo 05: test_second did not run; see it with `make demo-05`.\n"
    assert readme.read_text("utf-8") == before


def test_other_versions_than_the_pinned_ones(house, readme):
    (house.folder / "constraints.txt").write_text("amqp==5.0.0\ndjango==4.2.1 ; x\n", "utf-8")
    before = readme.read_text("utf-8")

    run = house.run("docs")

    assert run.returncode == 2
    assert run.stderr == (
        f"What is generated belongs to django 4.2.1, and {version('django')} is installed: "
        "`make docs` and `make check` use the pinned one.\n"
    )
    assert readme.read_text("utf-8") == before
