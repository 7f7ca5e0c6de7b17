"""One request of a race, and where it is held."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from time import perf_counter
from typing import TYPE_CHECKING, Any

from django.db import connection, connections

from runner.recording.capture import Listener, Turn

if TYPE_CHECKING:
    from runner.support.race import Race

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

    def __init__(self, race: Race, lane: int, send: Callable[[], Any]) -> None:
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
