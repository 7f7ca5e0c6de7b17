"""A pytest plugin that pokes the demos: `pytest demos -p runner.proofs.poking --poked=FILE`.

It lets each test run, then sends what any client may send, from the state of the database before
each of the test's requests. The verdicts of such a run mean nothing: there is no race, no worker
and no second database in it.
"""

import json
import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy, deepcopy
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from runner.proofs.poke_state import State
from runner.proofs.poked import Poked, Sent, described, routes_below

# These need other processes; what they ask is asked by other tests, or borrowed.
LEFT_OUT = {"servers", "no_broker"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--poked", metavar="FILE", help="poke the demos and write to FILE what broke")


def pytest_configure(config: pytest.Config) -> None:
    os.environ["CELERY_BROKER_URL"] = "memory://"
    # Registered last, so that its fixtures take the place of those of runner.support.
    config.pluginmanager.register(OneProcess())
    config.pluginmanager.register(Poker(Path(config.option.poked)))


class OneProcess:
    """Everything on one database, on one connection, in one process."""

    @pytest.hookimpl(trylast=True)  # pytest-django sorts too
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if not LEFT_OUT & set(item.fixturenames)]
        # The first test of a demo comes last: it has no special settings, and what no test asks
        # is poked as the last test leaves it.
        items.sort(key=lambda item: (str(item.path), item.reportinfo()[1] or 0))
        firsts = {str(item.path): item for item in reversed(items)}
        items.sort(key=lambda item: (str(item.path), item is firsts[str(item.path)]))
        for item in items:
            # As a server would: without a transaction around the test.
            item.add_marker(pytest.mark.django_db(transaction=True), append=False)

    @pytest.fixture
    def swapped_database(self) -> None:
        """The test stays on the database of the run."""

    @pytest.fixture
    def race(self) -> Callable[..., list[Any]]:
        """No race: its requests are remembered and not sent, as some hold the others up."""
        from runner.recording.client import signed_in

        def race(*sends: Callable[[Any], Any]) -> list[Any]:
            client = signed_in(None)
            client.is_only_remembered = True
            for send in sends:
                send(client)
            pytest.skip("nobody races")

        return race

    @pytest.fixture
    def worker(self) -> MagicMock:
        """No worker: tasks are sent, and nobody takes them."""
        return MagicMock()


class Poker:
    """Remembers what the tests send, and pokes at the end of each test."""

    def __init__(self, report: Path) -> None:
        self.report = report
        self.demos: dict[str, Poked] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            self.demos.setdefault(number_of(item), Poked()).tests_left += 1

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        forget_what_a_migration_does()
        number = number_of(item)
        poked = self.demos[number]
        poked.tests_left -= 1
        sent: list[Sent] = []
        try:
            with remembering(sent, leave_after_first="worker" in item.fixturenames):
                return (yield)
        finally:
            with quiet():
                if "race" in item.fixturenames:
                    poked.lenders += sent
                else:
                    for one in sent:
                        poked.poke(one)
                if not poked.tests_left:
                    poked.poke_what_no_test_asked(routes_below(f"/{number}/"))

    def pytest_sessionfinish(self) -> None:
        report = {number: poked.report() for number, poked in self.demos.items()}
        self.report.write_text(json.dumps(report), "utf-8")


def number_of(item: pytest.Item) -> str:
    return item.path.parent.name[:2]


def forget_what_a_migration_does() -> None:
    """Each test empties the database, and then Django would make all permissions again."""
    from django.contrib.auth import management as of_auth
    from django.contrib.contenttypes.management import create_contenttypes
    from django.db.models.signals import post_migrate

    post_migrate.disconnect(dispatch_uid=f"{of_auth.__name__}.create_permissions")
    post_migrate.disconnect(create_contenttypes)


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing is logged or warned of, as a server would not end a request for a warning; and
    passwords are hashed fast."""
    from django.conf import settings
    from django.test import override_settings

    fast = "django.contrib.auth.hashers.MD5PasswordHasher"
    logging.disable()
    with (
        warnings.catch_warnings(),
        override_settings(PASSWORD_HASHERS=[fast, *settings.PASSWORD_HASHERS]),
    ):
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


@contextmanager
def remembering(sent: list[Sent], *, leave_after_first: bool) -> Iterator[None]:
    """Keep what test clients send inside the block.

    A test that needs a worker is left after its first answer: it would wait for the worker.
    """
    from django.test.client import Client, RequestFactory

    generic = RequestFactory.generic

    def generic_that_remembers(client: Any, method: str, path: str, *args: Any, **extra: Any):
        if not isinstance(client, Client):
            return generic(client, method, path, *args, **extra)
        copied, state = copy_of(client), State()
        if hasattr(client, "is_only_remembered"):
            request, route = described(method, path, *args, **extra)
            sent.append(Sent(copied, request, state, route, None))
            return MagicMock()
        status = None
        try:
            response = generic(client, method, path, *args, **extra)
            status = response.status_code
        finally:
            request, route = described(method, path, *args, **extra)
            sent.append(Sent(copied, request, state, route, status))
        if leave_after_first:
            pytest.skip("there is no worker")
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RequestFactory, "generic", generic_that_remembers)
        yield


def copy_of(client: Any) -> Any:
    """A client that stays signed in as this one is now, and never raises a view's exception."""
    copied = copy(client)
    copied.handler = copy(client.handler)
    copied.cookies = deepcopy(client.cookies)
    copied.raise_request_exception = False
    return copied
