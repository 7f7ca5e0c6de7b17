"""The servers that the user chose: DATABASE_URL, REDIS_URL and CELERY_BROKER_URL.

They are tried before anything is shown: a wrong setting is no verdict. Then what dead runs left
there is removed. Nothing else there is touched.
"""

import os
from contextlib import closing, suppress
from typing import Any

from runner.errors import UserError
from runner.support.launch.owner import is_of_dead_run, prefix_of_host, prefix_of_run


def broker_variable() -> str:
    """Return the name of the variable that names Celery's broker, whether it is set or not."""
    return "CELERY_BROKER_URL" if os.environ.get("CELERY_BROKER_URL") else "REDIS_URL"


def try_postgres() -> str | None:
    """Try the PostgreSQL of DATABASE_URL; return the name of the test database of this run.

    Returns None where the database is no PostgreSQL. Raises UserError if it cannot be used.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.db import connection

    if connection.vendor != "postgresql":
        return None
    name = connection.settings_dict["TEST"]["NAME"]
    try:
        with closing(_server()) as server:
            may_create = server.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            if may_create != (True,):
                raise UserError(
                    "The role that DATABASE_URL names may not create databases: give it the right "
                    "(ALTER ROLE … CREATEDB), or unset DATABASE_URL to use the project's own "
                    "database."
                )
            _remove_databases_of_dead_runs(server, name.removesuffix(str(os.getpid())))
    except connection.Database.Error as error:
        raise UserError(
            f"The database that DATABASE_URL names cannot be used ({_first_line(error)}); correct "
            "the URL, or unset DATABASE_URL to use the project's own database."
        ) from error
    return name


def _server() -> Any:
    """Return a connection to the database of DATABASE_URL, outside of any transaction."""
    from django.db import connection

    return connection.Database.connect(**connection.get_connection_params(), autocommit=True)


def _remove_databases_of_dead_runs(server: Any, prefix: str) -> None:
    from django.db import connection

    unused = server.execute(
        "SELECT datname FROM pg_database AS d WHERE NOT EXISTS"
        " (SELECT FROM pg_stat_activity AS a WHERE a.datname = d.datname)"
    ).fetchall()
    for (name,) in unused:
        if is_of_dead_run(name, prefix):
            # It is another role's, or another run removes it at the same moment.
            with suppress(connection.Database.Error):
                server.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)}")


def remove_database(name: str) -> None:
    """Remove a test database if it is there, whatever is connected to it."""
    from django.db import connection

    with suppress(connection.Database.Error), closing(_server()) as server:  # it may be down by now
        quoted = connection.ops.quote_name(name)
        server.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")


def try_redis(variable: str) -> None:
    """Try the Redis that the variable names, if it is set; raise UserError if it cannot be used."""
    url = os.environ.get(variable)
    if not url:
        return
    from redis import Redis, RedisError

    try:
        with Redis.from_url(url) as redis:
            tried = f"{prefix_of_run()}tried"
            redis.set(tried, "", ex=60)
            redis.delete(tried)
            for key in redis.scan_iter(f"{prefix_of_host()}*"):
                name = key.decode(errors="replace")
                if is_of_dead_run(name, prefix_of_host(), after="-.*"):
                    redis.delete(key)
    except (RedisError, ValueError) as error:
        raise UserError(
            f"{variable} does not name a Redis that can be used ({_first_line(error)}); correct "
            f"it, or unset {variable} to use the project's own Valkey."
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
