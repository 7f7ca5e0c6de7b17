"""A recording holds what happened, and making it changes nothing."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse_lazy
from psycopg.sql import SQL, Identifier

from runner.catalogue import find_demo
from runner.proofs.poke_state import WRITES
from runner.recording.capture import QueryLog, transactions_announced
from runner.recording.client import RecordingClient
from runner.recording.code import source_of
from runner.recording.model import (
    Bar,
    Case,
    Exchange,
    Failure,
    Note,
    Query,
    Recording,
    Route,
    Scene,
    Source,
    Table,
)
from runner.recording.run import rehearse
from runner.story.sql import readable
from runner.story.story import Teller
from runner.story.told import Options, Request
from runner.tests.conftest import VIEWS
from runner.tests.odd_urls import Unspeakable
from shop import factories
from shop.models import Brand


def test_a_recording_survives_being_written_and_read():
    exchange = Exchange(
        method="GET",
        path="/05/",
        status=200,
        queries=[Query("SELECT 1", 0.5, turn=1, waits_for=[2])],
        ms=1.5,
        headers={"Allow": "GET"},
        rows=2,
        view="demos.05_tiny.views.List",
        serializers=["demos.05_tiny.serializers.One"],
        race=1,
    )
    failure = Failure("AssertionError", "no", "tests.py:1", is_assertion=True, app="views.py:2")
    events = [exchange, Note("so"), Table(["a"], [["1"]]), Bar("queries", "naive", 3)]
    scene = Scene("05", "test_it", "claim", "It is", "holds", "Why", "sqlite")
    scene.cases = [Case("x", "failed", failure=failure, events=events), Case("y")]
    source = Source("a.B", "a.py", 1, "class B: pass")
    routes = {"05": [Route("05/", "a.B", ["a.C"])]}
    recording = Recording("5.2", "3.18", [scene], {"a.B": source}, routes)

    assert Recording.from_json(recording.to_json()) == recording


@pytest.mark.django_db(transaction=True)
def test_as_many_queries_are_recorded_as_django_counts():
    log = QueryLog()

    with (
        transactions_announced(),
        log.listening(),
        CaptureQueriesContext(connection) as counted,
    ):
        factories.brand.make()
        with transaction.atomic():
            Brand.objects.update(name="One")
            with transaction.atomic():
                Brand.objects.update(name="Two")
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            Brand.objects.update(name=1 / 0)

    names = [readable(query.sql).partition(" ")[0] for query in log.queries]
    assert len(log.queries) == len(counted)
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

    assert [query.sql for query in log.queries] == ['SELECT "id" FROM "a" WHERE id = %s']


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
        "demos/05_tiny/tests.py:32",
        is_assertion=False,
        statement='raise ValueError("on purpose")',
    )
    (refused,) = error.events
    assert (refused.status, refused.request_body) == (405, '{"a":1}')
    assert refused.request_headers == {"X-Tried": "yes"}
    assert list(recording.sources) == [
        "demos.05_tiny.views.ProductList",
        "demos.05_tiny.serializers.ProductSerializer",
    ]


FAILING_TESTS = """
import pytest
from runner import claim
from shop.factories import stock_products

pytestmark = pytest.mark.django_db

@claim("The status differs")
def test_status(api):
    assert (
        api.get("/05/products/").status_code
        == 404
    )

@claim("It is in a list")
def test_in(api):
    assert "Tea" in [], "no tea"

@claim("One that was caught before says nothing")
def test_caught():
    with pytest.raises(AssertionError):
        assert 1 == 2
    assert not [1]

@claim("The counts differ")
@pytest.mark.parametrize("expected", [0, 2])
def test_count(api, expected, django_assert_num_queries):
    with django_assert_num_queries(expected):
        api.get("/05/products/")

@claim("At most none")
def test_most(api, django_assert_max_num_queries):
    with django_assert_max_num_queries(0):
        api.get("/05/products/")

@claim("The app is broken")
def test_broken(api):
    api.get("/05/broken/")

@claim("The app answers 500")
def test_answers(api):
    api.raise_request_exception = False
    assert api.get("/05/broken/").status_code == "x" * 300
"""
BROKEN_VIEW = """

def broken(request):
    raise LookupError("two\\nlines")
"""


def test_a_failure_says_where_and_what_was_expected_and_seen(house):
    house.write("tests.py", FAILING_TESTS)
    house.write("views.py", VIEWS + BROKEN_VIEW)
    house.edit("urls.py", "urlpatterns = [", 'urlpatterns = [path("broken/", views.broken), ')

    recording = rehearse("demos/05_tiny", folder=house.folder)

    failures = [case.failure for scene in recording.scenes for case in scene.cases]
    tests = "demos/05_tiny/tests.py"
    assert [(f.where, f.statement, f.expected, f.seen) for f in failures[:7]] == [
        (f"{tests}:10", 'assert ( api.get("/05/products/").status_code == 404 )', "404", "200"),
        (f"{tests}:17", 'assert "Tea" in [], "no tea"', "in []", "'Tea'"),
        (f"{tests}:23", "assert not [1]", None, None),
        (f"{tests}:28", "with django_assert_num_queries(expected):", "0 queries", "1 query"),
        (f"{tests}:28", "with django_assert_num_queries(expected):", "2 queries", "1 query"),
        (f"{tests}:33", "with django_assert_max_num_queries(0):", "at most 0 queries", "1 query"),
        (f"{tests}:38", 'api.get("/05/broken/")', None, None),
    ]
    assert [f.app for f in failures] == [None] * 6 + ["demos/05_tiny/views.py:12", None]
    assert failures[3].message == "Expected to perform 0 queries but 1 was done"
    assert not [failure.message for failure in failures if "-v" in failure.message]
    assert failures[7].expected == "'" + "x" * 199 + "…"
    (raised,), (answered,) = (scene.events for scene in recording.scenes[-2:])
    assert raised.error == answered.error == "LookupError: two\nlines"
    assert raised.error_where == answered.error_where == "demos/05_tiny/views.py:12"


MANY_URLS = """
from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ReadOnlyModelViewSet
from . import views
from .serializers import ProductSerializer

class Products(ReadOnlyModelViewSet):
    queryset = views.ProductList.queryset
    serializer_class = ProductSerializer

router = SimpleRouter()
router.register("router", Products)
urlpatterns = [
    path("products/naive/", views.ProductList.as_view()),
    re_path("^products/(?P<way>cure)/$", views.ProductList.as_view()),
    path("more/", include(router.urls)),
]
"""
ROUTE_TESTS = """
import pytest
from runner import claim

@claim("It has routes")
@pytest.mark.django_db
def test_routes(api):
    api.get("/05/more/router/")
"""


def test_the_routes_of_a_demo_are_recorded_in_their_order(house):
    house.write("urls.py", MANY_URLS)
    house.write("tests.py", ROUTE_TESTS)

    recording = rehearse("demos/05_tiny", folder=house.folder)

    listing, serializer = (
        "demos.05_tiny.views.ProductList",
        ["demos.05_tiny.serializers.ProductSerializer"],
    )
    products = "demos.05_tiny.urls.Products"
    assert recording.routes == {
        "05": [
            Route("05/products/naive/", listing, serializer),
            Route("05/products/(?P<way>cure)/$", listing, serializer),
            Route("05/more/router/$", products, serializer),
            Route("05/more/router/(?P<pk>[^/.]+)/$", products, serializer),
        ]
    }
    assert [event.route for event in recording.scenes[0].events] == ["05/more/router/$"]
    assert list(recording.sources) == [products, *serializer, listing]


def test_the_verdicts_are_the_same_without_a_recording(house):
    house.write("tests.py", TESTS)
    outcomes = []

    for recording in ([], [f"--recording={house.folder}/r.json"]):
        run = house.pytest("-rA", *recording)
        outcomes.append(sorted(line for line in run.stdout.splitlines() if "::test_" in line))

    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0]) == 5


@pytest.fixture
def exchanges(settings):
    settings.ROOT_URLCONF = "runner.tests.odd_urls"
    return []


@pytest.fixture
def client(exchanges):
    return RecordingClient(exchanges.append)


@pytest.mark.parametrize(
    ("url", "body", "view"),
    [
        ("/partial/", b"in part", "runner.tests.odd_urls.answer"),
        ("/instance/", b"fed", "runner.tests.odd_urls.Feed"),
        ("/function/", b"[]", "runner.tests.odd_urls.function"),
    ],
)
def test_any_callable_is_a_view(client, exchanges, url, body, view):
    assert client.get(url).content == body

    assert exchanges[0].view == view
    assert exchanges[0].route == url[1:]


@pytest.mark.django_db
def test_a_url_is_resolved_once(client, exchanges, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get("/querying/q1/")

    assert len(exchanges[0].queries) == 1


def test_a_converter_may_raise_404(client, exchanges):
    assert client.get("/refusing/r1/").status_code == 404

    assert exchanges[0].view is None


@pytest.mark.parametrize(
    ("data", "text"),
    [({}, "{}"), (memoryview(b"seen"), "seen"), (b"\xff", "\N{REPLACEMENT CHARACTER}")],
)
def test_a_body_may_be_anything_that_django_sends(client, exchanges, data, text):
    assert client.generic("TRACE", "/answer/", data=data).status_code == 200

    assert exchanges[0].request_body == text


def test_a_user_need_not_have_a_name(client, exchanges):
    class Machine:
        is_active = True

    client.force_authenticate(Machine())

    assert client.get("/answer/").status_code == 200
    assert exchanges[0].user == "Machine"


def test_an_exception_need_not_have_a_text(client, exchanges):
    with pytest.raises(Unspeakable):
        client.get("/fail/")

    assert exchanges[0].error == "Unspeakable"


def test_a_url_may_be_lazy(client, exchanges):
    assert client.get(reverse_lazy("answer")).status_code == 200

    assert type(exchanges[0].path) is str


@pytest.mark.parametrize(
    ("url", "parameters", "path"),
    [
        ("/answer/?a=1", {}, "/answer/?a=1"),
        ("/answer/", {"query_params": {"a": [1, 2]}}, "/answer/?a=1&a=2"),
        ("/answer/?a=1", {"query_params": {"b": 2}}, "/answer/?b=2"),
        ("/answer/", {"QUERY_STRING": "c=3"}, "/answer/?c=3"),
    ],
)
def test_the_query_string_is_the_one_that_was_sent(client, exchanges, url, parameters, path):
    response = client.get(url, **parameters)

    assert exchanges[0].path == path == response.wsgi_request.get_full_path()


@pytest.mark.django_db
def test_a_stream_runs_its_sql_when_it_is_read(client, exchanges, django_assert_num_queries):
    factories.brand.make(name="Uji")

    with django_assert_num_queries(0):
        response = client.get("/stream/")
    assert exchanges[0].queries == []
    with django_assert_num_queries(1):
        assert response.getvalue() == b"Uji\n"

    assert len(exchanges[0].queries) == 1
    assert list(response) == []


def test_a_view_that_never_ran_is_not_named(client, exchanges, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/answer/").status_code == 301
    assert exchanges[0].view is None


def test_a_body_is_recorded_whole(client, exchanges):
    client.post("/answer/", ["x"] * 2_000)

    assert len(exchanges[0].request_body) == 8_001


def test_statements_start_after_one_another(client, exchanges, db):
    client.get("/querying/q1/")

    (query,) = exchanges[0].queries
    assert 0 < query.start_ms < query.start_ms + query.ms < exchanges[0].ms


@pytest.mark.parametrize(
    ("number", "test", "word", "naive"),
    [
        (
            "07",
            "test_a_product_listing_goes_down_to_one_query",
            "select-related",
            "NaiveProductList",
        ),
        (
            "06",
            "test_a_sum_in_the_serializer_is_a_query_per_row",
            "annotated",
            "AskingUnitsSoldList",
        ),
        (
            "04",
            "test_nobody_else_can_use_a_rule_that_lives_in_a_method",
            "annotated",
            "QueryPerOrderList",
        ),
        ("10", "test_ten_orders_are_a_smaller_body_than_a_hundred", "by-cursor", "OrderList"),
    ],
)
def test_a_cure_is_shown_against_its_own_naive_way(number, test, word, naive):
    demo = find_demo(number)

    recording = rehearse(f"{demo.path}/tests.py::{test}", demo=demo)

    teller = Teller(demo, recording, Options(code=True))
    requests = [part for part in teller.scene(teller.scenes[0]).parts if isinstance(part, Request)]
    cured = next(request for request in requests if f"/{word}/" in request.path)
    assert cured.code[0].against == naive


def test_a_view_inside_a_function_has_no_source_to_show():
    assert source_of("demos.05_tiny.views.made.<locals>.View") is None


@pytest.mark.parametrize("way", ["INSERT INTO", "INSERT OR IGNORE INTO", "UPDATE", "DELETE FROM"])
def test_the_pokes_know_every_way_to_write(way):
    assert WRITES.match(f'{way} "shop_product_tags" …')[1] == "shop_product_tags"
