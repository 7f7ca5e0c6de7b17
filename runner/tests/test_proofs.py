"""Breaking a demo, checking it, and writing down what it shows."""

import errno
import shutil

import pytest

from runner.catalogue import find_demo
from runner.errors import UserError
from runner.proofs.mutations import scratch_copy


def snapshot(folder):
    return {
        path: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_breaking_shows_the_edit_the_red_scene_and_who_caught_it(house):
    before = snapshot(house.folder)

    run = house.run("break", "05")

    assert run.returncode == 0
    lines = run.stdout.splitlines()
    assert " 1/1 The join is dropped" in lines
    assert '    -    queryset = Product.objects.select_related("brand")' in lines
    assert "    +    queryset = Product.objects.all()" in lines
    assert "Expected to perform 1 queries but 3 were done" in run.stdout
    assert " ✔ caught by test_one_query" in lines
    assert " 1 of 1 mutations caught · your files are untouched" in lines
    assert snapshot(house.folder) == before


def test_proving_says_a_line_for_each_mutation(house):
    run = house.run("prove")

    assert run.returncode == 0
    assert run.stdout == "✔ 05 The join is dropped\n1 of 1 mutations caught\n"


OTHER_TEST = '''

@trap("The list is a list")
def test_another(api):
    """It is."""
    assert api.get("/05/products/").json() == []
'''


@pytest.mark.parametrize(
    ("replace", "caught_by", "problem"),
    [
        (
            'Product.objects.select_related("brand").all()',
            '["test_one_query"]',
            "survives: no test went red",
        ),
        (
            "Product.objects.none()",
            '["test_another"]',
            "is not caught by test_another",
        ),
        (
            "Product.objects.all()",
            "[]",
            "is also caught by test_one_query, which caught_by does not name",
        ),
        (
            "Product.objects.select_related(brand)",
            '["test_one_query"]',
            "fails for another reason: test_another ended in NameError: name 'brand' is not "
            "defined",
        ),
        (
            'Product.objects.select_related("nothing")',
            '["test_one_query"]',
            "fails for another reason: test_another ended in FieldError: Invalid field name(s) "
            "given in select_related: 'nothing'. Choices are: category, brand",
        ),
    ],
)
def test_a_mutation_that_proves_nothing_fails_the_command(house, replace, caught_by, problem):
    house.edit("tests.py", "\n\n@claim", OTHER_TEST + "\n\n@claim")
    house.edit("mutations.toml", '"Product.objects.all()"', f"'{replace}'")
    house.edit("mutations.toml", '["test_one_query"]', caught_by)

    run = house.run("prove")

    assert run.returncode == 1
    assert run.stdout.splitlines() == [
        f"✘ 05 The join is dropped: {problem}",
        "0 of 1 mutations caught",
    ]


def test_a_mutation_that_no_longer_applies(house):
    house.edit("mutations.toml", "select_related(", "select_unrelated(")

    run = house.run("prove")

    assert run.returncode == 1
    assert run.stdout.splitlines()[0] == (
        "✘ 05 The join is dropped: no longer applies: views.py does not hold `find` exactly once"
    )


STATUS_TEST = """
import pytest
from runner import claim

@claim("The list is there")
@pytest.mark.django_db
def test_one_query(api):
    api.raise_request_exception = False
    assert api.get("/05/products/").status_code == 200
"""


def test_a_mutation_that_is_no_python_is_another_reason(house):
    house.edit("mutations.toml", '"Product.objects.all()"', '"Product.objects.all("')
    house.edit("tests.py", "from shop.fac", "from . import views\nfrom shop.fac")

    run = house.run("prove")

    assert run.returncode == 1
    assert run.stdout.splitlines()[0] == (
        "✘ 05 The join is dropped: fails for another reason: pytest demos/05_tiny did not get far: "
        "E   SyntaxError: '(' was never closed"
    )


def test_a_slip_of_the_pen_behind_a_500_is_another_reason(house):
    """The test asserts on a status, so a NameError in the view would look like a failed claim."""
    house.write("tests.py", STATUS_TEST)
    house.edit("mutations.toml", "'Product.objects", "'queryset = Product.objects")
    house.edit("mutations.toml", '"Product.objects.all()"', '"get_queryset = lambda self: wrong"')

    run = house.run("prove")

    assert run.returncode == 1
    assert run.stdout.splitlines()[0] == (
        "✘ 05 The join is dropped: fails for another reason: test_one_query met NameError: name "
        "'wrong' is not defined"
    )


def test_a_demo_that_is_red_unbroken_proves_nothing(house):
    house.edit("views.py", '.select_related("brand")', ".all()")
    house.edit("mutations.toml", '.select_related("brand")', ".all()")

    run = house.run("prove")

    assert run.returncode == 1
    assert "✘ 05 test_one_query is failed unbroken" in run.stdout.splitlines()


def test_a_full_disk_is_one_sentence(monkeypatch):
    def copy_to_full_disk(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", copy_to_full_disk)

    match = r"^The scratch copy .* \(No space left on device\); make room there"
    with pytest.raises(UserError, match=match), scratch_copy(find_demo("07")):
        pass
