"""The hunt for edits that no test notices."""

from runner.proofs.hunt import edits_of

APP = '''"""A docstring stays."""

import os


@final
class View(Mixin, Base):
    """This one too."""

    fields = ["name"]

    def get(self, request):
        # Comments stay.
        if a == 1 and not b:
            return Response({"é": x, **y}, status=201)
        return f"{self} as it is"
'''


def test_every_small_edit_of_an_app():
    edits = [str(edit) for edit in edits_of("views.py", APP)]

    assert [edit.partition(": ")[2] for edit in edits if "class View" not in edit] == [
        "@final → nothing",
        "Mixin → nothing",
        "Base → nothing",
        'fields = ["name"] → pass',
        '"name" → nothing',
        "\"name\" → 'namex'",
        'def get(self, request): # Comments stay. if a == 1 and not b: return Response({"é": x, '
        '**y}, status=201) return f"{self} as it is" → pass',
        'if a == 1 and not b: return Response({"é": x, **y}, status=201) → pass',
        "== → !=",
        "1 → 2",
        "and → or",
        "not b → (b)",
        'Response({"é": x, **y}, status=201) → None',
        "\"é\" → 'éx'",
        '"é": x → nothing',
        "**y → nothing",
        "status=201 → nothing",
        "201 → 202",
        'f"{self} as it is" → None',
    ]
    assert edits[0].startswith("views.py:6: ")


def test_an_edit_changes_nothing_else():
    (edit,) = (edit for edit in edits_of("views.py", APP) if str(edit).endswith("1 → 2"))

    assert edit.edited == APP.replace("a == 1", "a == 2")


def test_hunting_lists_what_no_test_notices(house):
    house.edit("views.py", "serializer_class", "queried = True\n    serializer_class")

    run = house.run("hunt", "05")

    assert "views.py:8: True → False" in run.stdout.splitlines()
    assert "views.py:8: queried = True → pass" in run.stdout.splitlines()
    assert "select_related" not in run.stdout
    *survivors, count = run.stdout.splitlines()
    assert count.startswith(f"{20 - len(survivors)} of 20 edits noticed (")
    assert run.returncode == 1


def test_a_demo_that_is_red_cannot_be_hunted(house):
    house.edit("views.py", '.select_related("brand")', ".all()")

    run = house.run("hunt", "05")

    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "Demo 05 is red without an edit; see `make test-05`.\n"
