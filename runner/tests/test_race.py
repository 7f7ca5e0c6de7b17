"""Races: every request is held at the worst moment, one moves at a time, and none waits forever."""

import signal
import subprocess
import sys
import threading
import time
from functools import partial

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from runner.recording.capture import QueryLog
from runner.recording.run import rehearse
from runner.support import race as race_module
from runner.support.launch.postgres import postgres
from runner.support.race import Race
from runner.support.racer import TAKES_LOCK
from runner.tests.processes import wait_until
from shop import factories
from shop.models import Brand, Customer

on_postgres = pytest.mark.database("postgres", because="it has no row locks")
on_sqlite = pytest.mark.database("sqlite")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ann(db):
    return factories.customer.make(points=100)


def read_then_write():
    customer = Customer.objects.get()
    customer.points -= 60
    customer.save()
    return customer.points


@transaction.atomic
def compare_and_set():
    return Customer.objects.filter(points=100).update(points=40)


@transaction.atomic
def lock_then_write():
    customer = Customer.objects.select_for_update().get()
    customer.points -= 10
    customer.save()
    return customer.points


@on_postgres
@pytest.mark.parametrize("racers", [2, 5])
def test_all_have_read_before_one_writes(ann, racers):
    assert Race([read_then_write] * racers).run() == [40] * racers


@on_postgres
@pytest.mark.parametrize("racers", [2, 9])
def test_the_locks_are_taken_in_the_order_of_the_requests(ann, racers):
    results = Race([lock_then_write] * racers).run()

    assert results == [90, 80, 70, 60, 50, 40, 30, 20, 10][:racers]


@on_postgres
def test_who_only_reads_holds_nobody_up(ann):
    assert Race([read_then_write, Brand.objects.count]).run() == [40, 0]


@on_sqlite
def test_on_sqlite_the_transactions_begin_in_the_order_of_the_requests(ann):
    first_writes = transaction.atomic(read_then_write)

    assert Race([first_writes, lock_then_write, lock_then_write]).run() == [40, 30, 20]


@on_postgres
def test_what_a_request_raises_is_raised(ann):
    def fail():
        raise LookupError("lost")

    with pytest.raises(LookupError, match="lost"):
        Race([read_then_write, fail]).run()


@pytest.mark.parametrize(
    ("sql", "takes_lock"),
    [
        ('INSERT INTO "a"', True),
        ("update a", True),
        ('SELECT "a"."b" FROM "a"', False),
        ('SELECT "a"."b" FROM "a" LIMIT 21 FOR UPDATE', True),
        ('SELECT "a"."b" FROM "a" FOR NO KEY UPDATE OF "a"', True),
        ("SELECT pg_advisory_xact_lock(%s)", True),
        ("BEGIN IMMEDIATE", True),
        ("BEGIN", False),
        ("SAVEPOINT s1", False),
        ('SELECT "inserted" FROM "updates"', False),
    ],
)
def test_a_request_is_held_before_it_takes_a_lock(sql, takes_lock):
    assert bool(TAKES_LOCK.match(sql)) == takes_lock


def told(sends):
    """Run the race. What each request told the database: the first words, turn, waited for."""
    logs = [QueryLog() for _ in sends]

    def logged(log, send):
        with log.listening():
            send()

    Race([partial(logged, *pair) for pair in zip(logs, sends, strict=True)]).run()
    return [
        [(query.sql.split()[0], query.turn, query.waits_for) for query in log.queries]
        for log in logs
    ]


def different_recordings(sends, points, races=50):
    """What is told of so many races, each once."""
    seen = []
    for _ in range(races):
        Customer.objects.update(points=points)
        recording = told(sends)
        if recording not in seen:
            seen.append(recording)
    return seen


def spend_in_turn(*customers, patience):
    def spend():
        with connection.cursor() as cursor:
            cursor.execute(f"SET deadlock_timeout = '{patience}'")
        try:
            with transaction.atomic():
                for customer in customers:
                    Customer.objects.filter(pk=customer.pk).update(points=1)
        except OperationalError as error:
            if "deadlock detected" not in str(error):
                raise

    return spend


@on_postgres
def test_turns_of_read_modify_write(ann):
    expected = [
        [("SELECT", 0, []), ("UPDATE", 1, [])],
        [("SELECT", 0, []), ("UPDATE", 2, [])],
    ]

    assert different_recordings([read_then_write] * 2, points=200) == [expected]


@on_postgres
def test_turns_of_compare_and_set(ann):
    expected = [
        [("BEGIN", 0, []), ("UPDATE", 1, []), ("COMMIT", 3, [])],
        [("BEGIN", 0, []), ("UPDATE", 2, [1]), ("COMMIT", 5, [])],
    ]

    assert different_recordings([compare_and_set] * 2, points=100) == [expected]


@on_postgres
def test_turns_of_a_row_lock(ann):
    expected = [
        [("BEGIN", 0, []), ("SELECT", 1, []), ("UPDATE", 3, []), ("COMMIT", 4, [])],
        [("BEGIN", 0, []), ("SELECT", 2, [1]), ("UPDATE", 7, []), ("COMMIT", 8, [])],
        [("BEGIN", 0, []), ("SELECT", 6, [2]), ("UPDATE", 10, []), ("COMMIT", 11, [])],
    ]

    assert different_recordings([lock_then_write] * 3, points=200) == [expected]


@on_postgres
def test_turns_of_a_deadlock(ann):
    bob = factories.customer.make()
    # The second request closes the circle, so that it is the first to look whether there is one.
    sends = [
        spend_in_turn(ann, bob, patience="1min"),
        spend_in_turn(bob, ann, patience="500ms"),
    ]
    begin = [("SET", 0, []), ("BEGIN", 0, [])]
    expected = [
        [*begin, ("UPDATE", 1, []), ("UPDATE", 3, [2]), ("COMMIT", 7, [])],
        [*begin, ("UPDATE", 2, []), ("UPDATE", 4, [1]), ("ROLLBACK", 8, [])],
    ]

    assert different_recordings(sends, points=200, races=10) == [expected]


@on_postgres
def test_of_a_deadlock_the_one_that_waited_first_is_ended(ann):
    bob = factories.customer.make()
    sends = [spend_in_turn(ann, bob, patience="1s"), spend_in_turn(bob, ann, patience="1s")]

    first, second = told(sends)

    assert [lane[-1][0] for lane in (first, second)] == ["ROLLBACK", "COMMIT"]


@on_sqlite
def test_turns_of_immediate_transactions(ann):
    write = transaction.atomic(read_then_write)
    expected = [
        [("BEGIN", 1, []), ("SELECT", 1, []), ("UPDATE", 3, []), ("COMMIT", 4, [])],
        [("BEGIN", 2, [1]), ("SELECT", 5, []), ("UPDATE", 7, []), ("COMMIT", 8, [])],
        [("BEGIN", 6, [2]), ("SELECT", 9, []), ("UPDATE", 10, []), ("COMMIT", 11, [])],
    ]

    assert different_recordings([write] * 3, points=200) == [expected]


@on_postgres
def test_a_race_that_is_stuck_is_given_up(ann, monkeypatch):
    monkeypatch.setattr(race_module, "PATIENCE", 0.1)
    never = threading.Event()

    with pytest.raises(TimeoutError, match="wait for something else than a lock"):
        Race([read_then_write, never.wait]).run()

    never.set()
    assert Customer.objects.get().points == 100


def test_a_database_in_memory_cannot_be_shared(race):
    if connection.vendor != "sqlite":
        assert connection.vendor == "postgresql"
        return

    with pytest.raises(RuntimeError, match="Threads cannot share a database in memory"):
        race(lambda client: None)


RACING_TESTS = """
import pytest
from runner import claim

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.database("postgres", because="it is small"),
]

@claim("Two at once, and again")
@pytest.mark.parametrize("case", [1, 2])
def test_two(race, case):
    for _ in range(2):
        race(
            lambda client: client.get("/05/products/?page=1"),
            lambda client: client.get("/05/products/") and client.get("/05/products/?page=2"),
        )

@claim("Once more")
def test_more(race):
    race(lambda client: client.get("/05/products/"))
"""


def test_races_are_numbered_in_their_scene_and_requests_in_their_race(house):
    house.write("tests.py", RACING_TESTS)

    two, more = rehearse("demos/05_tiny", folder=house.folder).scenes

    assert two.outcome == more.outcome == "passed"
    assert [(e.race, e.lane, e.path, len(e.queries)) for e in two.events] == [
        exchange
        for race in (1, 2, 3, 4)
        for exchange in [
            # Neither took a lock, so they stand in the order of their paths.
            (race, 1, "/05/products/", 1),
            (race, 1, "/05/products/?page=2", 1),
            (race, 2, "/05/products/?page=1", 1),
        ]
    ]
    assert [(e.race, e.lane) for e in more.events] == [(1, 1)]
    assert {query.turn for e in two.events for query in e.queries} == {0}


STUCK_TESTS = """
import threading
from pathlib import Path
import pytest
from django.db import transaction
from runner import claim
from shop.models import Brand

def writing(name, times, then=lambda: None):
    @transaction.atomic
    def send(client):
        for _ in range(times):
            Brand.objects.filter(name=name).update(name=name)
        then()
    return send

def stay():
    Path("stuck").touch()
    threading.Event().wait()

@claim("One is stuck, one waits for its lock, one is held")
@pytest.mark.django_db(transaction=True)
def test_stuck(race):
    for name in ("Uji", "Nara"):
        Brand.objects.create(name=name)
    race(writing("Uji", 2, stay), writing("Uji", 1), writing("Nara", 1))
"""


def test_ctrl_c_ends_a_race_that_is_held(house):
    house.write("tests.py", STUCK_TESTS)
    with postgres() as url:
        process = subprocess.Popen(
            [sys.executable, "-m", "runner", "demo", "05"],
            cwd=house.folder,
            env=house.environment(DATABASE_URL=url),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_until((house.folder / "stuck").exists)

        process.send_signal(signal.SIGINT)
        start = time.monotonic()
        try:
            _, said = process.communicate(timeout=30)
        finally:
            process.kill()

        assert process.returncode == 130
        assert said == ""
        assert time.monotonic() - start < 5
        with psycopg.connect(url) as server:
            names = server.execute("SELECT datname FROM pg_database ORDER BY 1").fetchall()
        assert names == [("postgres",), ("template0",), ("template1",)]
