"""Races: every request is held at the worst moment, and none for ever."""

import pytest
from django.db import connection, transaction

from runner.support.race import Race
from shop import factories
from shop.models import Brand, Customer

on_postgres = pytest.mark.database("postgres", because="it has no row locks")


@pytest.fixture
def ann(db):
    return factories.customer.make(points=100)


def read_then_write():
    customer = Customer.objects.get()
    customer.points -= 60
    customer.save()
    return customer.points


@transaction.atomic
def lock_then_write():
    customer = Customer.objects.select_for_update().get()
    customer.points -= 10
    customer.save()
    return customer.points


@on_postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("racers", [2, 5])
def test_all_have_read_before_one_writes(ann, racers):
    assert Race([read_then_write] * racers).run() == [40] * racers


@on_postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("racers", [2, 8])
def test_whoever_waits_for_a_lock_is_not_waited_for(ann, racers):
    results = Race([lock_then_write] * racers).run()

    assert sorted(results, reverse=True) == [90, 80, 70, 60, 50, 40, 30, 20][:racers]


@on_postgres
@pytest.mark.django_db(transaction=True)
def test_who_only_reads_holds_nobody_up(ann):
    assert Race([read_then_write, Brand.objects.count]).run() == [40, 0]


@pytest.mark.database("sqlite")
@pytest.mark.django_db(transaction=True)
def test_on_sqlite_whoever_waits_to_begin_is_not_waited_for(ann):
    results = Race([transaction.atomic(read_then_write)] * 1 + [lock_then_write]).run()

    assert sorted(results) in ([30, 40], [30, 90])


@on_postgres
@pytest.mark.django_db(transaction=True)
def test_what_a_request_raises_is_raised(ann):
    def fail():
        raise LookupError("lost")

    with pytest.raises(LookupError, match="lost"):
        Race([read_then_write, fail]).run()


@pytest.mark.django_db(transaction=True)
def test_a_database_in_memory_cannot_be_shared(race):
    if connection.vendor != "sqlite":
        assert connection.vendor == "postgresql"
        return

    with pytest.raises(RuntimeError, match="Threads cannot share a database in memory"):
        race(lambda client: None)


@on_postgres
@pytest.mark.django_db(transaction=True)
def test_the_threads_are_recorded_each_with_its_own_queries(house):
    from runner.recording.run import rehearse

    house.write("tests.py", RACING_TESTS)

    (scene,) = rehearse("demos/05_tiny", folder=house.folder).scenes

    assert scene.outcome == "passed"
    assert [(e.path, e.race, len(e.queries)) for e in scene.events] == [
        ("/05/products/", 1, 1),
        ("/05/products/?again", 1, 1),
    ]


RACING_TESTS = """
import pytest
from runner import claim

@claim("Two at once")
@pytest.mark.django_db(transaction=True)
@pytest.mark.database("postgres", because="it is small")
def test_two(race):
    race(
        lambda client: client.get("/05/products/?again"),
        lambda client: client.get("/05/products/"),
    )
"""
