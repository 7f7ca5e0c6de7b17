"""What is told of a recording, without running anything."""

import pytest

from runner.catalogue import Demo
from runner.recording.model import Case, Exchange, Failure, Query, Recording, Route, Scene, Source
from runner.story.lanes import Cell, Lanes
from runner.story.sources import are_ways_to_do_the_same
from runner.story.story import Teller
from runner.story.told import Options

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoiMSJ9.c2lnbmF0dXJl"


def scene_of(*events, **more):
    scene = Scene("05", "test_it", "claim", "It is", "holds", "Why.", "sqlite", **more)
    scene.cases = [Case("", events=list(events))]
    return scene


def exchange(path="/05/", **more):
    facts = {"method": "GET", "path": path, "status": 200, "queries": [], "ms": 1.0}
    return Exchange(**facts | more)


@pytest.fixture
def tell(tmp_path):
    """Tells one scene as its teller does."""

    def tell(scene, recording=None, **options):
        recording = recording or Recording()
        recording.scenes = [scene]
        demo = Demo(tmp_path / "05_tiny")
        return Teller(demo, recording, Options(**options)).scene(scene)

    return tell


LOCK = 'SELECT "o"."id" FROM "o" WHERE "o"."id" = %s LIMIT 21 FOR UPDATE'


def test_a_race_is_told_in_lanes_with_who_waits_for_whom(tell):
    first = [
        Query('SELECT "o"."id" FROM "o" WHERE "o"."id" = %s', 1, turn=0),
        Query("BEGIN", 1, turn=0),
        Query(LOCK, 1, turn=1),
        Query('UPDATE "o" SET "s" = %s', 1, turn=3),
        Query("COMMIT", 1, turn=4),
    ]
    second = [
        Query('SELECT "o"."id" FROM "o" WHERE "o"."id" = %s', 1, turn=0),
        Query("BEGIN", 1, turn=0),
        Query(LOCK, 9, turn=2, waits_for=[1]),
        Query("ROLLBACK", 1, turn=5),
    ]
    racing = {"method": "POST", "path": "/05/pay/", "race": 1, "request_body": "{}"}
    race = [
        exchange(**racing, lane=1, queries=first, body='{"a":1}'),
        exchange(**racing, lane=2, queries=second, status=409),
    ]

    (lanes,) = tell(scene_of(*race)).parts

    assert isinstance(lanes, Lanes)
    assert (lanes.request, lanes.sent) == ("POST /05/pay/", ["{}"])
    assert [lane.queries for lane in lanes.lanes] == [5, 4]
    read, begin = Cell("sql", "SELECT id FROM o"), Cell("sql", "BEGIN")
    lock = Cell("sql", "SELECT id FROM o FOR UPDATE")
    assert [(row.across, row.cells, row.waiting) for row in lanes.rows] == [
        ("", {1: read, 2: read}, []),
        ("", {1: begin, 2: begin}, []),
        ("both held here: read, not yet written", {}, []),
        ("", {1: lock}, []),
        ("", {2: lock}, []),
        ("", {2: Cell("waits", "waits for request 1")}, []),
        ("", {1: Cell("sql", "UPDATE o SET s = ?")}, [2]),
        ("", {1: Cell("sql", "COMMIT")}, [2]),
        ("", {1: Cell("answer", "200")}, [2]),
        ("", {1: Cell("answer", '{"a": 1}')}, [2]),
        ("", {2: Cell("sql", "ROLLBACK")}, []),
        ("", {2: Cell("answer", "409")}, []),
    ]


def test_requests_at_once_that_never_write_stand_below_each_other(tell):
    race = [exchange(f"/05/{n}/", race=1, lane=n, queries=[Query("SELECT 1", 1)]) for n in (1, 2)]

    racing, *requests = tell(scene_of(*race)).parts

    assert racing.requests == 2
    assert [request.path for request in requests] == ["/05/1/", "/05/2/"]


def test_of_exchanges_with_the_same_sql_the_largest_tells_it(tell):
    few, many = [Query("SELECT 1", 1)], [Query("SELECT 1", 1)] * 3

    small, large = tell(scene_of(exchange(queries=few), exchange(queries=many))).parts

    assert small.statements == []
    assert [(s.count, s.sql) for s in large.statements] == [(3, "SELECT 1")]


def test_many_statements_are_cut_in_the_middle_unless_all_are_asked_for(tell):
    scene = scene_of(exchange(queries=[Query(f"SELECT {n}, x", 1) for n in range(10)]))

    (cut,), (whole,) = tell(scene).parts, tell(scene, whole_sql=True).parts

    assert [s.sql for s in cut.statements[3:6]] == ["SELECT 3, x", None, "SELECT 6, x"]
    assert cut.statements[4].count == 2
    assert len(whole.statements) == 10


def test_a_long_body_an_error_and_a_secret_are_shortened(tell):
    told = exchange(
        request_headers={"Authorization": "Bearer abc"},
        status=500,
        error="KeyError: demos.05_tiny.views.Missing\nsecond line",
        request_body="x" * 200,
    )

    (request,) = tell(scene_of(told)).parts

    assert [message.text for message in request.messages] == [
        "Authorization: Bearer …",
        "x" * 150 + "…",
        "KeyError: views.Missing",
    ]


@pytest.mark.parametrize(
    ("facts", "command"),
    [
        ({}, "curl http://127.0.0.1:8000/05/"),
        ({"method": "HEAD"}, "curl -I http://127.0.0.1:8000/05/"),
        ({"path": f"/05/?token={JWT}"}, "curl 'http://127.0.0.1:8000/05/?token=…'"),
        (
            {"method": "POST", "request_body": f'{{"refresh": "{JWT}"}}'},
            "curl -X POST http://127.0.0.1:8000/05/ -H 'Content-Type: application/json' "
            """-d '{"refresh": "…"}'""",
        ),
        ({"path": "/05/?q=a&b"}, "curl 'http://127.0.0.1:8000/05/?q=a&b'"),
        (
            {"method": "POST", "request_body": '{"a": "it\'s"}'},
            "curl -X POST http://127.0.0.1:8000/05/ -H 'Content-Type: application/json' "
            """-d '{"a": "it'"'"'s"}'""",
        ),
        (
            {"request_headers": {"Accept": "text/html", "Authorization": "Token abc"}},
            "curl http://127.0.0.1:8000/05/ -H 'Accept: text/html' -H 'Authorization: Token …'",
        ),
        ({"method": "POST", "request_body": "--boundary"}, ""),
        ({"server": 1}, ""),
        ({"sent_by": "browser"}, ""),
    ],
)
def test_a_request_is_told_as_a_curl_command(tell, facts, command):
    (request,) = tell(scene_of(exchange(**facts))).parts

    assert request.curl == command


def test_no_token_is_told_of_a_race(tell):
    query = [Query("BEGIN", 1, turn=1)]
    racing = {"race": 1, "queries": query, "path": "/05/" + 4 * "0123456789" + "/"}

    (lanes,) = tell(scene_of(exchange(lane=1, **racing), exchange(lane=2, **racing))).parts

    assert lanes.request == "GET /05/…/"


def test_no_token_is_told(tell):
    key = 4 * "0123456789"
    told = exchange(
        path=f"/05/?token={key}",
        headers={"Content-Type": "application/json", "Location": f"/05/{key}/"},
        body=f'{{"access": "{JWT}", "token": "{key}"}}',
    )

    (request,) = tell(scene_of(told)).parts

    assert request.path == "/05/?token=…"
    assert [message.text for message in request.messages] == [
        "Location: /05/…/",
        '{"access": "…", "token": "…"}',
    ]


def test_a_red_scene_tells_what_was_expected_and_where_the_app_broke(tell):
    scene = scene_of()
    scene.cases[0].outcome = "failed"
    scene.cases[0].failure = Failure(
        "NameError",
        "name 'x' is not defined",
        "demos/05_tiny/tests.py:9",
        is_assertion=False,
        statement="api.get('/05/')",
        app="demos/05_tiny/views.py:3",
    )

    (ending,) = tell(scene).endings

    assert (ending.sign, ending.word) == ("✘", "FAILED")
    assert ending.fall.verdict == "holds"
    assert ending.fall.error == "NameError: name 'x' is not defined"
    assert ending.fall.app == "demos/05_tiny/views.py:3"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("07/orders/naive/", "07/orders/deep/", True),
        ("09/products/", "09/products/strict/", True),
        ("16/pay/<str:reference>/naive/", "16/pay/<str:reference>/order-lock/", True),
        ("07/orders/naive/", "07/products/naive/", False),
        ("07/orders/naive/", "07/products/naive-list/", False),
        ("07/orders/naive/", "07/orders/<str:reference>/", False),
        ("07/orders/", "07/orders/<str:reference>/", False),
        ("07/orders/large-items/filtered/", "07/orders/naive/", False),
    ],
)
def test_routes_that_differ_in_one_word_are_ways_to_do_the_same(one, other, same):
    assert are_ways_to_do_the_same(one, other) is same


def test_a_cure_is_a_diff_against_its_own_naive_way(tell):
    def source(name, text):
        return Source(f"demos.05.views.{name}", "views.py", 1, text)

    orders = source("NaiveOrders", "class NaiveOrders:\n    queryset = Order.objects.all()")
    products = source("NaiveProducts", "class NaiveProducts:\n    queryset = Product.objects.all()")
    cured = source("CuredProducts", "class CuredProducts:\n    queryset = Product.objects.deep()")
    recording = Recording(
        sources={s.name: s for s in (orders, products, cured)},
        routes={
            "05": [
                Route("05/orders/naive/", orders.name),
                Route("05/products/naive/", products.name),
                Route("05/products/cured/", cured.name),
            ]
        },
    )
    shown = [
        exchange("/05/orders/naive/", route="05/orders/naive/", view=orders.name),
        exchange("/05/products/cured/", route="05/products/cured/", view=cured.name),
    ]

    first, second = tell(scene_of(*shown), recording, code=True).parts

    assert [code.against for code in first.code] == [None]
    (code,) = second.code
    assert code.against == "NaiveProducts"
    assert "+     queryset = Product.objects.deep()" in code.lines


def test_short_tells_no_parts(tell):
    told = tell(scene_of(exchange()), short=True)

    assert (told.parts, told.is_short) == ([], True)
    assert told.endings[0].word == "holds"


def test_a_verdict_whose_test_failed_does_not_count(tmp_path):
    green, red = scene_of(), scene_of()
    red.cases[0].outcome = "failed"
    red.cases[0].failure = Failure("AssertionError", "no", "tests.py:1", is_assertion=True)
    teller = Teller(Demo(tmp_path / "05_tiny"), Recording(scenes=[green, red]))

    closing = teller.closing()

    assert closing.tally == "2 claims: 1 holds · 1 FAILED"
    assert [answer.outcome for answer in closing.answers] == ["passed", "failed"]


def test_a_release_is_told_beside_the_claim(tell, house):
    told = tell(scene_of(since="DRF 3.18", until="DRF 3.19"))
    house.edit("tests.py", 'every product")', 'every product", since="DRF 3.18")')

    (claim,) = Demo(house.demo).claims
    run = house.run("demo", "05")

    assert told.releases == "since DRF 3.18, until DRF 3.19"
    assert (claim.verdict, claim.since, claim.until) == ("holds", "DRF 3.18", "")
    assert " 1  One query serves every product · since DRF 3.18" in run.stdout.splitlines()
