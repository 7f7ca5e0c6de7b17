"""How a test says which sentence it puts on trial, and what it asks for.

pytest is imported when a mark is made, so that settings and catalogue can be read without it.
"""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

MARKS = (
    "claim(text, verdict, since, until): the test puts one sentence of the usual answer on trial",
    "trap(text, since, until): the test proves something that the usual answer leaves out",
    "not_about_sql: the scene is shown without its SQL, which would be noise",
    "redis: the test needs a Redis server (the fixtures redis_cache or redis_server)",
    "celery: the test needs Celery and a worker",
    "openapi: the test needs drf-spectacular and schemathesis",
    "browser: the test needs Chrome, Chromium or Edge (the fixture browser)",
    "tls: the test needs certificates (the fixture tls), or requests",
    "database(name, because): run on this database, 'postgres' or 'sqlite' (a file); `because` "
    "says why SQLite cannot show it, and without it DB=sqlite runs the test on SQLite",
)


class Verdict(StrEnum):
    """What the test found out about a claim of the usual answer."""

    HOLDS = "holds"
    DEPENDS = "depends"  # true only when the docstring's condition is met
    OUTDATED = "outdated"  # was true in an earlier release
    WRONG = "wrong"


def claim(
    text: str, *, verdict: Verdict = Verdict.HOLDS, since: str = "", until: str = ""
) -> pytest.MarkDecorator:
    """Mark a test as the trial of one sentence of the usual answer.

    `text` is that sentence. Where it does not simply hold, the test's docstring says what is
    true instead. `since` and `until` name the first and the last release that behaves as the
    test asserts, such as "DRF 3.18".
    """
    import pytest

    return pytest.mark.claim(text, verdict=verdict, since=since, until=until)


def trap(text: str, *, since: str = "", until: str = "") -> pytest.MarkDecorator:
    """Mark a test as the proof of something that the usual answer leaves out.

    `since` and `until` are those of `claim`.
    """
    import pytest

    return pytest.mark.trap(text, since=since, until=until)


def default_database() -> str:
    """The name of what `settings.DATABASES["default"]` is: "postgres" or "sqlite"."""
    from django.conf import settings

    engine = settings.DATABASES["default"]["ENGINE"]
    return "postgres" if "postgresql" in engine else "sqlite"


def database_of(item: pytest.Item) -> str:
    """The name of the database that a test runs on."""
    mark = item.get_closest_marker("database")
    if not mark:
        return default_database()
    if os.environ.get("DB") == "sqlite" and "because" not in mark.kwargs:
        return "sqlite"
    return mark.args[0]
