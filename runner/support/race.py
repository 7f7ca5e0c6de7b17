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

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from enum import Enum
from functools import partial
from time import monotonic, perf_counter
from typing import Any

import pytest
from django.db import connection, connections

from runner.recording.capture import Listener, Turn, transactions_announced
from runner.recording.model import Exchange

PATIENCE = 60  # seconds without any move until a race is given up
FAREWELL = 1  # seconds for the requests of a race that was given up to end
LOOK_AGAIN = 0.005  # PostgreSQL has no event for lock waits, so poll

TAKES_LOCK = re.compile(
    r"\s*(INSERT|UPDATE|DELETE|MERGE|LOCK|BEGIN (IMMEDIATE|EXCLUSIVE))\b"
    r"|.*\bFOR (UPDATE|NO KEY UPDATE|SHARE|KEY SHARE)\b"
    r"|.*\bpg_(try_)?advisory_",
    re.IGNORECASE | re.DOTALL,
)
ENDS_TRANSACTION = ("COMMIT", "ROLLBACK")


class RaceIsOver(BaseException):
    """Raised inside a request that is still held when its race is given up.

    It is no Exception, so that no view takes it for an error that it can answer.
    """


class State(Enum):
    RUNS = "it may move, or its statement waits inside PostgreSQL"
    HELD = "it waits for its turn"
    QUEUES = "it waits until no other request of the race writes to SQLite"
    ENDED = "it has returned or raised, and its connection is closed"


class Racer(Listener):
    """One request of a race, in a thread with a database connection of its own."""

    def __init__(self, race: "Race", lane: int, send: Callable[[], Any]) -> None:
        self.race = race
        self.lane = lane
        self.send = send
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.state = State.RUNS
        self.result: Any = None
        self.error: BaseException | None = None
        self.backend_pid: int | None = None  # the PostgreSQL process that serves it
        self.executes: Turn | None = None  # its statement, while that is in the database
        self.waits_for: list[int] = []  # the lanes that have the lock that it needs
        self.writes_to_sqlite = False  # it is in a transaction that has SQLite's write lock

    def _run(self) -> None:
        try:
            connection.ensure_connection()
            if connection.vendor == "postgresql":
                self.backend_pid = connection.connection.info.backend_pid
            with connection.execute_wrapper(self):
                self.result = self.send()
        except BaseException as error:
            self.error = error
        finally:
            try:
                connections.close_all()
            finally:
                self._change(State.ENDED)

    @contextmanager
    def around(self, sql: str, context: dict[str, Any]) -> Iterator[None]:
        takes_lock = TAKES_LOCK.match(sql) is not None
        if takes_lock or sql in ENDS_TRANSACTION:
            self._wait_as(State.HELD)
        turn = context["turn"] = Turn(self.race.turn, perf_counter())
        if takes_lock and connection.vendor == "sqlite":
            self._wait_for_the_writer(turn)
        self.executes = turn
        try:
            yield
        finally:
            if connection.vendor == "sqlite":
                # sqlite3 knows whether a transaction is open; Django's BEGIN comes before it does.
                self.writes_to_sqlite &= connection.connection.in_transaction
            self.executes = None
            if turn.waits_for:
                self._wait_as(State.HELD)

    def _wait_for_the_writer(self, turn: Turn) -> None:
        """Wait here instead of in SQLite, which cannot say that a statement waits."""
        with self.race.changed:
            others = [racer for racer in self.race.racers if racer is not self]
            turn.waits_for = [other.lane for other in others if other.writes_to_sqlite]
            if turn.waits_for:
                self.waits_for = turn.waits_for
                self._wait_as(State.QUEUES)
            self.writes_to_sqlite = True

    def _wait_as(self, state: State) -> None:
        with self.race.changed:
            self._change(state)
            self.race.changed.wait_for(lambda: self.state is State.RUNS or self.race.is_over)
            if self.race.is_over:
                raise RaceIsOver

    def _change(self, state: State) -> None:
        with self.race.changed:
            self.state = state
            self.race.changed.notify_all()


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
