"""Loads Django with one demo or all of them, and turns what can go wrong into one sentence."""

import importlib
import os
import traceback
from pathlib import Path
from urllib.parse import urlsplit

from environ import Env

from runner.catalogue import ROOT, Demo
from runner.errors import UserError


def load(*demos: Demo) -> None:
    """Set Django up and import the demos' urls; a single demo is loaded alone.

    Raises UserError where a file of a demo cannot be imported or DATABASE_URL does not answer.
    """
    _look_at_database_url()
    if len(demos) == 1:
        os.environ["DEMO"] = demos[0].number
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    try:
        django.setup()
        importlib.import_module("config.urls")
    except Exception as error:  # a file of a demo may raise anything when it is imported
        raise UserError(sentence_about(error)) from error
    _reach_database()


def sentence_about(error: BaseException) -> str:
    """Where in a demo an import broke, and why."""
    if isinstance(error, SyntaxError):
        place, reason = _place(error.filename, error.lineno), error.msg
    else:
        place, reason = (places_in_demos(error) or _places(error))[-1], error
    file, _, line = place.rpartition(":")
    return f"{file} line {line} cannot be imported: {type(error).__name__}: {reason}."


def places_in_demos(error: BaseException) -> list[str]:
    """Which lines below demos/ an exception went through, as "demos/07_n_plus_one/views.py:12".

    They are in the order of the calls: the last one is the nearest to where it was raised.
    """
    return [place for place in _places(error) if place.startswith("demos/")]


def _places(error: BaseException) -> list[str]:
    walk = traceback.walk_tb(error.__traceback__)
    return [_place(frame.f_code.co_filename, line) for frame, line in walk]


def _place(name: str, line: int | None) -> str:
    return f"{shown(name)}:{line}"


def shown(name: str | Path) -> str:
    """A file as the user knows it: below the project, or its bare name."""
    file = Path(name)
    return str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else file.name


def _look_at_database_url() -> None:
    url = os.environ.get("DATABASE_URL")
    if url and not _is_of_a_known_database(url):
        raise UserError(
            "DATABASE_URL is not the URL of a database that Django knows, such as "
            "postgresql://user:password@127.0.0.1:5432/shop."
        )


def _is_of_a_known_database(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in Env.DB_SCHEMES and parts.port != 0
    except ValueError:  # a port or an address that is none
        return False


def _reach_database() -> None:
    if not os.environ.get("DATABASE_URL"):
        return
    from django.db import DatabaseError, connection

    try:
        connection.ensure_connection()
    except DatabaseError as error:
        reason = str(error).splitlines()[0]
        raise UserError(
            f"The database that DATABASE_URL names does not answer ({reason}); start it, "
            "or unset DATABASE_URL to use the one that comes along."
        ) from error
    connection.close()
