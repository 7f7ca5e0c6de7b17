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
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if Path(f.filename).is_relative_to(ROOT / "demos")] or frames
    name, line = ours[-1].filename, ours[-1].lineno
    if isinstance(error, SyntaxError):
        name, line = error.filename, error.lineno
    file = Path(name)
    shown = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file.name
    reason = error.msg if isinstance(error, SyntaxError) else error
    return f"{shown} line {line} cannot be imported: {type(error).__name__}: {reason}."


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
