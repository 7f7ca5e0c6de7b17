"""Sends requests at the same time and holds them at the worst moment, so that no race is luck.

The worst moment: every request has read, none has written yet. Each request runs in a thread
with a connection of its own and is held before its first INSERT, UPDATE or DELETE until every
other one is held too, has ended, or waits for a lock that a held one has. Nothing is timed: the
same code gives the same result on every run.
"""

import itertools
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections

from runner.recording.model import Exchange

WRITES = ("INSERT", "UPDATE", "DELETE")
race_numbers = itertools.count(1)
PATIENCE = 60  # seconds until a race that is stuck for good is given up


class Racer(threading.Thread):
    """One request of a race, in a thread with a database connection of its own."""

    def __init__(self, race: "Race", send: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.race = race
        self.send = send
        self.result: Any = None
        self.error: BaseException | None = None
        self.backend_pid: int | None = None  # the PostgreSQL process that serves it
        self.statement = ""  # what it executes now
        self.held = False  # before its first write
        self.held_in_atomic_block = False
        self.released = threading.Event()

    def run(self) -> None:
        try:
            connection.ensure_connection()
            if connection.vendor == "postgresql":
                self.backend_pid = connection.connection.info.backend_pid
            self.race.start_line.wait(PATIENCE)
            with connection.execute_wrapper(self.before_each_statement):
                self.result = self.send()
        except BaseException as error:
            self.error = error
        finally:
            connections.close_all()
            with self.race.something_changed:
                self.race.running.remove(self)
                self.race.something_changed.notify()

    def before_each_statement(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if sql.startswith(WRITES) and not self.released.is_set():
            self.wait_for_release()
        self.statement = sql
        try:
            return execute(sql, params, many, context)
        finally:
            self.statement = ""

    def wait_for_release(self) -> None:
        with self.race.something_changed:
            self.held = True
            self.held_in_atomic_block = connection.in_atomic_block
            self.race.something_changed.notify()
        if not self.released.wait(PATIENCE):
            raise TimeoutError("a request was held before its first write and never released")


class Race:
    """Requests that run at once; each of `sends` sends one and returns its response."""

    def __init__(self, sends: list[Callable[[], Any]]) -> None:
        self.something_changed = threading.Condition()
        self.start_line = threading.Barrier(len(sends))
        self.racers = [Racer(self, send) for send in sends]
        self.running = list(self.racers)

    def run(self) -> list[Any]:
        """Return what each of the `sends` returned, in their order.

        Raises what a request raised, the first one's first.
        """
        for racer in self.racers:
            racer.start()
        with self.something_changed:
            while self.running:
                # PostgreSQL tells nobody when a statement begins to wait for a lock: look again.
                self.something_changed.wait(0.005)
                self.release_if_nobody_else_can_move()
        for racer in self.racers:
            racer.join()
        for racer in self.racers:
            if racer.error:
                raise racer.error
        return [racer.result for racer in self.racers]

    def release_if_nobody_else_can_move(self) -> None:
        waiting = [racer for racer in self.running if not racer.released.is_set()]
        held = [racer for racer in waiting if racer.held]
        if not held:
            return
        stuck = set(held)
        waits_for = self.locks_waited_for(waiting, held)
        for _ in waiting:  # each pass finds who waits for somebody found before
            stuck |= {racer for racer, holders in waits_for.items() if holders & stuck}
        if len(stuck) == len(waiting):
            for racer in held:
                racer.released.set()

    def locks_waited_for(self, waiting: list[Racer], held: list[Racer]) -> dict[Racer, set[Racer]]:
        """Whose locks each waiting racer waits for, as far as the database can tell.

        PostgreSQL: pg_blocking_pids() (docs: functions-info). SQLite: a BEGIN IMMEDIATE that has
        not returned waits for whoever is inside a transaction (docs: lang_transaction).
        """
        if connection.vendor != "postgresql":
            inside = {racer for racer in held if racer.held_in_atomic_block}
            return {racer: inside for racer in waiting if racer.statement.startswith("BEGIN")}
        by_pid = {racer.backend_pid: racer for racer in self.racers}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid, pg_blocking_pids(pid) FROM unnest(%s) AS pid",
                [[racer.backend_pid for racer in waiting if racer.backend_pid]],
            )
            return {
                by_pid[pid]: {by_pid[holder] for holder in holders if holder in by_pid}
                for pid, holders in cursor.fetchall()
            }


@pytest.fixture
def race(record: Callable[[Exchange], None] | None) -> Callable[..., list[Any]]:
    """Sends requests at once: `race(pay, pay)`, where `pay(client)` sends one with the client it
    is given, signed in as `api` is. Returns their responses in the order given."""

    def race(*sends: Callable[[Any], Any]) -> list[Any]:
        if connection.vendor == "sqlite" and connection.is_in_memory_db():
            raise RuntimeError(
                "Threads cannot share a database in memory: mark the test with "
                '@pytest.mark.database("postgres", …) or @pytest.mark.database("sqlite").'
            )
        from runner.recording.client import signed_in

        exchanges: list[Exchange] = []
        responses = Race([partial(send, signed_in(exchanges.append)) for send in sends]).run()
        if record:
            number = next(race_numbers)
            # Who wins is up to the database; the order of the show is not.
            for exchange in sorted(exchanges, key=_order_of_show):
                exchange.race = number
                record(exchange)
        return responses

    return race


def _order_of_show(exchange: Exchange) -> tuple[object, ...]:
    return exchange.path, exchange.status or 0, len(exchange.queries), exchange.body
