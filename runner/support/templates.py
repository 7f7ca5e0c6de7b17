"""Copies of a PostgreSQL database whose tables are made already.

Runs that share a throwaway server (`launch.shared`) need the same tables. The first of them makes
them and leaves a copy, the others begin with a copy of that: a third of the time.
"""

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError


def create_from_template(connection: Any) -> bool:
    """Create the test database of this connection as a copy; False where nothing is to be copied.

    Afterwards the connection leads to it, as after Django's `create_test_db()`.
    """
    name, template = connection.creation._get_test_db_name(), _name()
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
        if not cursor.fetchone():
            return False
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    connection.close()
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name
    return True


def leave_template(connection: Any) -> None:
    """Leave a copy of the test database of this connection, which nothing has written to yet."""
    name = connection.settings_dict["NAME"]
    connection.close()
    with connection.creation._nodb_cursor() as cursor, suppress(DatabaseError):
        cursor.execute(f'CREATE DATABASE "{_name()}" TEMPLATE "{name}"')  # or another run has


def _name() -> str:
    """Each set of models has a template of its own: an edit of a models.py makes another one, and
    so does another Django."""
    told = hashlib.sha256(repr((django.VERSION, settings.INSTALLED_APPS)).encode())
    for app in apps.get_app_configs():
        models = Path(app.path) / "models.py"
        if models.exists():
            told.update(models.read_bytes())
    return f"template_{told.hexdigest()[:16]}"
