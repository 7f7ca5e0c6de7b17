"""The exact releases of the servers that all columns share."""

import json
import os

from runner.support.launch.shared import POSTGRES_URL, REDIS_URL
from runner.versions.environment import KEPT

FILE = KEPT / "services.json"


def keep_services() -> None:
    """Ask the servers that run, and keep what they say for the data."""
    found = known_services()
    if url := os.environ.get(POSTGRES_URL):
        import psycopg

        with psycopg.connect(url) as connection:
            found["PostgreSQL"] = connection.execute("SHOW server_version").fetchone()[0]
    if url := os.environ.get(REDIS_URL):
        from redis import Redis

        with Redis.from_url(url) as redis:
            found["Valkey"] = redis.info("server")["valkey_version"]
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(found), "utf-8")


def known_services() -> dict[str, str]:
    """The releases as they were when demos were played last."""
    return json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
