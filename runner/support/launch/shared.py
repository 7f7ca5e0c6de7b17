"""Servers that several runs share: started once by the command, found by each run's process."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from runner.catalogue import Demo
from runner.errors import UserError
from runner.support.launch.chosen import broker_variable, try_postgres, try_redis
from runner.support.launch.chromium import NoBrowser, chromium
from runner.support.launch.postgres import postgres
from runner.support.launch.valkey import valkey

POSTGRES_URL, REDIS_URL = "RUNNER_POSTGRES_URL", "RUNNER_REDIS_URL"
BROWSER, NO_BROWSER = "RUNNER_BROWSER", "RUNNER_NO_BROWSER"  # its socket; why there is none


@contextmanager
def shared_servers(needs: Iterable[str]) -> Iterator[None]:
    """Inside the block, each run of this process or of its children uses the same servers.

    `needs` are those of the demos that will run (`catalogue.NEEDS`). A server that the user chose
    comes first. Raises UserError where that one cannot be used, or a shared one does not start.
    """
    wanted = set(needs)
    if os.environ.get("DATABASE_URL"):
        try_postgres()
    if "redis" in wanted:
        try_redis("REDIS_URL")
    if "celery" in wanted:
        try_redis(broker_variable())
    with ExitStack() as stack:
        if "postgres" in wanted and not _is_known("DATABASE_URL", POSTGRES_URL):
            _announce(stack, POSTGRES_URL, stack.enter_context(postgres()))
        if wanted & {"redis", "celery"} and not _is_known("REDIS_URL", REDIS_URL):
            _announce(stack, REDIS_URL, stack.enter_context(valkey()))
        if "browser" in wanted and not _is_known(BROWSER, NO_BROWSER):
            try:
                _announce(stack, BROWSER, stack.enter_context(chromium(_say)))
            except NoBrowser as error:  # the tests that ask for it say so
                _announce(stack, NO_BROWSER, str(error))
        yield


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _is_known(*variables: str) -> bool:
    return any(os.environ.get(variable) for variable in variables)


def _announce(stack: ExitStack, variable: str, url: str) -> None:
    os.environ[variable] = url
    stack.callback(os.environ.pop, variable)


@contextmanager
def chosen_database(name: str) -> Iterator[None]:
    """Inside the block, tests run on the database that the user asked for with DB=.

    Raises UserError where there is no such database.
    """
    os.environ["DB"] = name
    with ExitStack() as stack:
        if name == "sqlite":
            os.environ["DATABASE_URL"] = ""
        elif name == "postgres":
            if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
                os.environ["DATABASE_URL"] = stack.enter_context(postgres())
        elif name:
            raise UserError(f"DB={name} is unknown; there are DB=postgres and DB=sqlite.")
        yield


def servers_for(demos: Iterable[Demo]) -> AbstractContextManager[None]:
    """Inside the block, the runs of these demos share one server of each kind that they need."""
    return shared_servers(need for demo in demos for need in demo.needs)
