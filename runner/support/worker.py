"""A Celery worker for the tests that ask for one: a real one, in a process of its own.

Tasks and results go through the user's Redis or a throwaway Valkey. Their keys have a prefix and
are removed afterwards. The worker sees the database of the test and ends with this process."""

import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest

from runner.catalogue import ROOT
from runner.support.databases import url_of_database
from runner.support.launch import ServiceError
from runner.support.launch.owner import prefix_of_run
from runner.support.launch.process import Scope, running
from runner.support.launch.service import Service

PATIENCE = 20  # seconds until a task that is not done is given up


class WorkerService(Service):
    """It reads the checkout as this process does. The user cannot name one by a variable."""

    def error(self, reason: str, remedy: str = "") -> ServiceError:
        return ServiceError(f"The Celery worker did not start: {reason}.")


CELERY = WorkerService("Celery", "celery", "CELERY_BROKER_URL", stop_signal="TERM", as_nobody=False)


class Worker:
    """A worker that runs one task at a time. `sent` are the results of the tasks that this
    process has sent since the test began, in their order."""

    def __init__(self, app: Any, name: str) -> None:
        self.app = app
        self.name = name
        self.database = ""  # the URL of the one that it sees
        self.sent: list[Any] = []
        self._main: Any = None  # the process that takes tasks and has a child run them
        self._services = ExitStack()

    def start(self) -> None:
        """Start the worker; it takes tasks when this returns."""
        self._services.enter_context(running(CELERY, self._start))

    def stop(self) -> None:
        """Stop the worker as a deployment does: it finishes the task that it is at."""
        self._main.send_signal(signal.SIGTERM)
        self._main.wait(PATIENCE)
        self.kill()

    def kill(self) -> None:
        """End the worker at once, whatever it is at, if it runs."""
        if self._main:
            self._main.kill()
            self._services.close()
            self._main = None

    def kill_child(self) -> None:
        """Kill the process that runs the task, as a machine does that is short of memory.

        The worker lives on and makes a new one. It looks for the dead when the child's pipe
        closes, which is a little before the child counts as dead; if it looks too early, then
        not again for 5 seconds (celery/concurrency/asynpool.py). So it is held for that moment,
        where the system can tell when it is over.
        """
        inspect = self.app.control.inspect([self.name], timeout=PATIENCE, limit=1)
        (child,) = inspect.stats()[self.name]["pool"]["processes"]
        if sys.platform != "linux":
            os.kill(child, signal.SIGKILL)
            return
        self._main.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._main.pid, os.WSTOPPED | os.WNOWAIT)
        with open(os.pidfd_open(child)) as death:
            os.kill(child, signal.SIGKILL)
            select.select([death], [], [], PATIENCE)
        self._main.send_signal(signal.SIGCONT)

    def states(self) -> list[str]:
        """What each task that was sent is now, such as "PENDING" or "SUCCESS"."""
        return [result.state for result in self.sent]

    def outcomes(self) -> list[str]:
        """What became of each task that was sent, such as "SUCCESS" or "FAILURE: ValueError",
        once all of them are done."""
        return [_outcome(result) for result in self.sent]

    def ready_for(self, database: str) -> None:
        """Run, and see the database with this URL."""
        if self.database != database or (self._main and self._main.poll() is not None):
            self.kill()
            self.database = database
        if not self._main:
            self.start()

    def forget(self) -> None:
        """Give up what was sent, done or not."""
        if not all(result.ready() for result in self.sent):
            self.kill()
            self.app.control.purge()
        self.sent.clear()

    def _start(self, scope: Scope) -> int:
        command = [sys.executable, "-m", "celery", "--app=config.celery", f"--workdir={ROOT}"]
        command += ["worker", "--concurrency=1", f"--hostname={self.name}", "--loglevel=WARNING"]
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("DATABASE_URL", self.database)
            environment.setenv("CELERY_SKIP_CHECKS", "1")  # this process has made them
            port = scope.serve(lambda port: command, lambda pid, port: self._answers())
        self._main = scope.processes[-1]
        return port

    def _answers(self) -> bool:
        return bool(self.app.control.ping([self.name], timeout=0.1, limit=1))


def _outcome(result: Any) -> str:
    from celery.exceptions import TimeoutError

    try:
        result.get(timeout=PATIENCE, propagate=False)
    except TimeoutError:
        pytest.fail(f"A task is still {result.state} after {PATIENCE} seconds.")
    error = f": {type(result.result).__qualname__}" if result.failed() else ""
    return f"{result.state}{error}"


def _broker_url(request: pytest.FixtureRequest) -> str:
    return os.environ.get("CELERY_BROKER_URL") or request.getfixturevalue("redis_server")


@pytest.fixture(scope="module")
def module_worker(request: pytest.FixtureRequest, named_databases: Any) -> Iterator[Worker]:
    """The worker of all tests of a file, which ask for `worker`."""
    from redis import Redis

    from config.celery import app, use_key_prefix
    from runner.support.own_keys import remove_keys

    url = _broker_url(request)
    name = f"{prefix_of_run()}{uuid4().hex}"
    with pytest.MonkeyPatch.context() as environment, Redis.from_url(url) as redis:
        environment.setenv("CELERY_BROKER_URL", url)
        environment.setenv("CELERY_RESULT_BACKEND", url)
        environment.setenv("CELERY_KEY_PREFIX", f"{name}:")
        use_key_prefix(f"{name}:")
        worker = Worker(app, f"worker@{name}")
        yield worker
        worker.kill()
        remove_keys(redis, f"{name}:")


@pytest.fixture
def worker(module_worker: Worker, transactional_db: None) -> Iterator[Worker]:
    """A Celery worker that runs, has nothing to do, and sees the database of this test."""
    from celery.signals import after_task_publish

    def keep(headers: dict[str, Any], **_: Any) -> None:
        module_worker.sent.append(module_worker.app.AsyncResult(headers["id"]))

    database = url_of_database()
    if not database:
        raise RuntimeError(
            "A worker cannot see a database in memory: mark the test with "
            '@pytest.mark.database("sqlite") or @pytest.mark.database("postgres", …).'
        )
    module_worker.ready_for(database)
    after_task_publish.connect(keep)
    yield module_worker
    after_task_publish.disconnect(keep)
    module_worker.forget()


@pytest.fixture
def no_broker(worker: Worker) -> Iterator[None]:
    """Nobody listens where this process sends its tasks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CELERY_BROKER_URL", "redis://127.0.0.1:1/0")
        patch.setattr(worker.app, "_pool", None)
        patch.setattr(worker.app.amqp, "_producer_pool", None)
        yield
