"""Sends requests at the same time and decides who moves when, so that no race is luck.

The rule:

1. Each request runs in a thread with a database connection of its own, until it is about to take
   a lock or to write. There it is held. At that moment every request has read and none has
   written: the worst moment.
2. Then the requests take turns, in the order in which the test gave them. The one whose turn it is
   runs until it is about to take the next lock, to write again, to commit or to roll back. There
   it is held until its next turn. So exactly one request moves at a time, and the first one of
   the test is the first one to write.
3. A statement that needs a lock of another request waits for it, as it would without the race.
   Until it has returned, only the requests that it waits for have turns: PostgreSQL does not serve
   several statements that wait for one row in their order. Then its request is held again.
4. Where all requests wait for each other, the database has to resolve it. PostgreSQL ends the
   statement that has waited for one second (docs: runtime-config-locks, deadlock_timeout), which
   is the first one that waited.

Nothing is timed, so the same code gives the same recording on every run.

Only the database's locks are known here. A request that waits for another one in any other way
can be stuck for good: then the race ends with a TimeoutError.
"""

import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from time import monotonic
from typing import Any

import pytest
from django.db import connection

from runner.recording.capture import transactions_announced
from runner.recording.model import Exchange
from runner.support.racer import FAREWELL, LOOK_AGAIN, PATIENCE, Racer, State


class Race:
    """Requests that run at once; each of `sends` sends one and returns its response."""

    def __init__(self, sends: list[Callable[[], Any]]) -> None:
        self.changed = threading.Condition()
        self.racers = [Racer(self, lane, send) for lane, send in enumerate(sends, start=1)]
        self.watching = connection.copy()  # opened when it is used; no test counts its queries
        self.turn = 0
        self.is_over = False

    def run(self) -> list[Any]:
        """Return what each of the `sends` returned, in their order.

        Raises what a request raised, the first one's first; TimeoutError where nothing moves.
        """
        with transactions_announced():
            try:
                for racer in self.racers:
                    racer.thread.start()
                with self.changed:
                    self._take_turns()
            finally:
                self._end()
        for racer in self.racers:
            if racer.error:
                raise racer.error
        return [racer.result for racer in self.racers]

    def _take_turns(self) -> None:
        last = 0
        self._settle()
        while movers := self._movers():
            mover = next((racer for racer in movers if racer.lane > last), movers[0])
            last = mover.lane
            self.turn += 1
            self._let_run(mover)
            self._settle()

    def _movers(self) -> list[Racer]:
        """The held requests that may have the next turn, where all others wait or have ended."""
        held = [racer for racer in self.racers if racer.state is State.HELD]
        waiting = [racer for racer in self.racers if racer.state in (State.RUNS, State.QUEUES)]
        if not waiting:
            return held
        wanted = {lane for racer in waiting for lane in racer.waits_for}
        return [racer for racer in held if racer.lane in wanted]

    def _let_run(self, racer: Racer) -> None:
        racer.state = State.RUNS
        self.changed.notify_all()

    def _settle(self) -> None:
        """Wait until nothing moves by itself any more, and one may move or all have ended.

        Raises TimeoutError where that does not come to be.
        """
        deadline = monotonic() + PATIENCE
        while not self._is_settled():
            if monotonic() > deadline:
                raise TimeoutError(
                    f"The requests of a race wait for something else than a lock of the database, "
                    f"for {PATIENCE} seconds."
                )
            self.changed.wait(LOOK_AGAIN)

    def _is_settled(self) -> bool:
        running = [racer for racer in self.racers if racer.state is State.RUNS]
        queue = [racer for racer in self.racers if racer.state is State.QUEUES]
        if not running and queue and not any(racer.writes_to_sqlite for racer in self.racers):
            self._let_run(queue[0])
            return False
        if running and not self._all_wait_for_locks(running):
            return False
        return bool(self._movers()) or all(r.state is State.ENDED for r in self.racers)

    def _all_wait_for_locks(self, running: list[Racer]) -> bool:
        """Whether each of these has a statement that waits for a lock of another racer.

        Notes whom each waits for. The lock of `changed` is held, so nobody can move meanwhile
        except inside the database. PostgreSQL: pg_blocking_pids() (docs: functions-info).
        """
        executed = [racer.executes for racer in running]
        if connection.vendor != "postgresql" or None in executed:
            return False
        lanes = {racer.backend_pid: racer.lane for racer in self.racers}
        with self.watching.cursor() as cursor:
            cursor.execute(
                "SELECT pid, pg_blocking_pids(pid) FROM unnest(%s) AS pid",
                [[racer.backend_pid for racer in running]],
            )
            holders = dict(cursor.fetchall())
        for racer in running:
            pids = holders[racer.backend_pid]
            racer.waits_for = sorted({lanes[pid] for pid in pids if pid in lanes})
        if not all(racer.waits_for for racer in running):
            return False
        for racer, turn in zip(running, executed, strict=True):
            turn.waits_for = sorted({*turn.waits_for, *racer.waits_for})
        return True

    def _end(self) -> None:
        """Leave no request behind: the race may have been given up, or interrupted."""
        with self.changed:
            self.is_over = True
            self.changed.notify_all()
            left = [racer for racer in self.racers if racer.state is not State.ENDED]
        if backends := [racer.backend_pid for racer in left if racer.backend_pid]:
            # Not `watching`: an interrupt may have left that one inside a statement.
            with closing(connection.copy()) as fresh, fresh.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM unnest(%s) AS pid", [backends]
                )
        deadline = monotonic() + FAREWELL
        for racer in self.racers:
            if racer.thread.ident:
                racer.thread.join(max(0, deadline - monotonic()))
        self.watching.close()


@pytest.fixture
def race(record_race: Callable[[list[list[Exchange]]], None] | None) -> Callable[..., list[Any]]:
    """Sends requests at once: `race(pay, pay)`, where `pay(client)` sends one with the client it
    is given, signed in as `api` is. Returns their responses in the order given."""

    def race(*sends: Callable[[Any], Any]) -> list[Any]:
        if connection.vendor == "sqlite" and connection.is_in_memory_db():
            raise RuntimeError(
                "Threads cannot share a database in memory: mark the test with "
                '@pytest.mark.database("postgres", …) or @pytest.mark.database("sqlite").'
            )
        from runner.recording.client import signed_in

        lanes: list[list[Exchange]] = [[] for _ in sends]
        clients = [signed_in(lane.append) for lane in lanes]
        try:
            return Race([partial(*pair) for pair in zip(sends, clients, strict=True)]).run()
        finally:
            if record_race:
                record_race(lanes)

    return race
