"""A recording holds what happened, and making it changes nothing."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg.sql import SQL, Identifier

from runner.recording.capture import QueryLog, captured_queries, transactions_announced
from runner.recording.model import (
    Bar,
    Case,
    Exchange,
    Failure,
    Note,
    Query,
    Recording,
    Scene,
    Source,
    Table,
)
from runner.recording.run import rehearse
from runner.story.sql import readable
from shop import factories
from shop.models import Brand


def test_a_recording_survives_being_written_and_read():
    exchange = Exchange(
        method="GET",
        path="/05/",
        status=200,
        queries=[Query("SELECT 1", 0.5)],
        ms=1.5,
        headers={"Allow": "GET"},
        rows=2,
        view="demos.05_tiny.views.List",
        serializers=["demos.05_tiny.serializers.One"],
        race=1,
    )
    failure = Failure("AssertionError", "no", "tests.py:1: assert no", is_assertion=True)
    events = [exchange, Note("so"), Table(["a"], [["1"]]), Bar("queries", "naive", 3)]
    scene = Scene("05", "test_it", "claim", "It is", "holds", "Why", "sqlite")
    scene.cases = [Case("x", "failed", failure=failure, events=events), Case("y")]
    source = Source("a.B", "a.py", 1, "class B: pass")
    recording = Recording("5.2", "3.18", [scene], {"a.B": source})

    assert Recording.from_json(recording.to_json()) == recording


@pytest.mark.django_db(transaction=True)
def test_as_many_queries_are_recorded_as_django_counts():
    with (
        transactions_announced(),
        captured_queries() as recorded,
        CaptureQueriesContext(connection) as counted,
    ):
        factories.brand.make()
        with transaction.atomic():
            Brand.objects.update(name="One")
            with transaction.atomic():
                Brand.objects.update(name="Two")
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            Brand.objects.update(name=1 / 0)

    names = [readable(query.sql).partition(" ")[0] for query in recorded]
    assert len(recorded) == len(counted)
    assert names[-8:] == [
        "BEGIN",
        "UPDATE",
        "SAVEPOINT",
        "UPDATE",
        "RELEASE",
        "COMMIT",
        "BEGIN",
        "ROLLBACK",
    ]


def test_a_statement_that_psycopg_composed_is_recorded_as_sql():
    composed = SQL("SELECT {} FROM {} WHERE id = %s").format(Identifier("id"), Identifier("a"))
    log = QueryLog()

    log(lambda *arguments: None, composed, [1], False, {})

    assert [query.sql for query in log] == ['SELECT "id" FROM "a" WHERE id = %s']


TESTS = '''
import pytest
from runner import Verdict, claim, trap
from shop.factories import stock_products

pytestmark = pytest.mark.django_db


@trap("Later in the file, but told first by nobody")
def test_second(api, stage):
    """Told second."""
    stage.say("Look.")
    stage.table(["a", "b"], [[1, None]])
    stage.bar("naive", 3, "queries")


@claim("It lists", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize("products", [1, 2])
def test_first(api, products):
    """On the
    number."""
    stock_products(products)

    response = api.get("/05/products/?page=2")

    assert len(response.json()) == products


@claim("It breaks")
def test_error(api):
    api.post("/05/products/", {"a": 1}, headers={"X-Tried": "yes"})
    raise ValueError("on purpose")


def test_untold(api):
    api.get("/05/products/")
'''


def test_a_scene_is_a_test_with_its_cases_and_what_they_did(house):
    house.write("tests.py", TESTS)

    recording = rehearse("demos/05_tiny", folder=house.folder)

    second, first, error = recording.scenes
    assert (second.test, second.kind, second.verdict) == ("test_second", "trap", None)
    assert second.events == [
        Note("Look."),
        Table(["a", "b"], [["1", "None"]]),
        Bar("queries", "naive", 3),
    ]
    assert (first.kind, first.text, first.verdict) == ("claim", "It lists", "depends")
    assert first.explanation == "On the number."
    assert first.database == "sqlite"
    assert [case.id for case in first.cases] == ["1", "2"]
    assert [event.rows for event in first.events] == [1, 2]
    exchange = first.events[1]
    assert (exchange.method, exchange.path, exchange.status) == ("GET", "/05/products/?page=2", 200)
    assert (exchange.user, exchange.view) == ("ann", "demos.05_tiny.views.ProductList")
    assert exchange.serializers == ["demos.05_tiny.serializers.ProductSerializer"]
    assert len(exchange.queries) == 1
    assert "%s" not in exchange.queries[0].sql
    assert error.outcome == "failed"
    assert error.cases[0].failure == Failure(
        "ValueError",
        "on purpose",
        'demos/05_tiny/tests.py:32: raise ValueError("on purpose")',
        is_assertion=False,
    )
    (refused,) = error.events
    assert (refused.status, refused.request_body) == (405, '{"a":1}')
    assert refused.request_headers == {"X-Tried": "yes"}
    assert list(recording.sources) == [
        "demos.05_tiny.views.ProductList",
        "demos.05_tiny.serializers.ProductSerializer",
    ]


def test_the_verdicts_are_the_same_without_a_recording(house):
    house.write("tests.py", TESTS)
    outcomes = []

    for recording in ([], [f"--recording={house.folder}/r.json"]):
        run = house.pytest("-rA", *recording)
        outcomes.append(sorted(line for line in run.stdout.splitlines() if "::test_" in line))

    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0]) == 5
