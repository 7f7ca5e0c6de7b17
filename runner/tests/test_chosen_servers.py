"""The servers that the user chose: used if they can be, and left as they were."""

import os
from collections.abc import Iterator

import psycopg
import pytest
import redis

from runner.support.launch.postgres import postgres
from runner.support.launch.shared import POSTGRES_URL, REDIS_URL, shared_servers
from runner.support.launch.valkey import valkey
from runner.tests.conftest import House
from runner.tests.test_commands import sentence_of

HOST = os.uname().nodename
DEAD = 2**31 - 1  # more than any process id
CHOICES = ("REDIS_URL", "CELERY_BROKER_URL", POSTGRES_URL, REDIS_URL)

TESTS = """
import os, signal, threading
import pytest
from django.core.cache import cache
from django.db import connection
from runner import claim
from shop.models import Brand

{marks}
@claim("The server serves")
def test_it({fixtures}):
    {body}
"""


@pytest.fixture
def demo(house: House, monkeypatch: pytest.MonkeyPatch):
    """Writes the one test of the house's demo: its fixtures, what it does, and its marks."""
    for name in CHOICES:
        monkeypatch.delenv(name, raising=False)

    def write(fixtures: str, body: str = "pass", marks: str = "@pytest.mark.django_db") -> House:
        house.write("tests.py", TESTS.format(fixtures=fixtures, body=body, marks=marks))
        return house

    return write


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(scope="module")
def valkey_url() -> Iterator[str]:
    with valkey() as url:
        yield url


@pytest.fixture
def server(postgres_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def keys(valkey_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(valkey_url, decode_responses=True) as client:
        yield client
        client.flushdb()


def databases(server: psycopg.Connection) -> set[str]:
    rows = server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test%'").fetchall()
    return {name for (name,) in rows}


ON_SQLITE_FILE = """
@pytest.mark.celery
@pytest.mark.database("sqlite")
@pytest.mark.django_db(transaction=True)
"""


# A server that cannot be used


@pytest.mark.parametrize("url", ["foo", "http://x", "redis://h:x/0", "redis://127.0.0.1:1/0"])
@pytest.mark.parametrize(
    ("variable", "fixture", "marks"),
    [
        ("REDIS_URL", "redis_cache", "@pytest.mark.redis"),
        ("REDIS_URL", "worker", ON_SQLITE_FILE),
        ("CELERY_BROKER_URL", "worker", ON_SQLITE_FILE),
    ],
)
def test_a_redis_that_cannot_be_used(demo, variable, fixture, marks, url):
    run = demo(fixture, marks=marks).run("demo", "05", **{variable: url})

    said = sentence_of(run)
    assert run.stdout == ""
    assert said.startswith(f"{variable} does not name a Redis that can be used (")
    assert said.endswith(f"; correct it, or unset {variable} to use the project's own Valkey.")


def test_a_redis_that_no_test_asks_for_is_not_tried(demo):
    assert demo("db").run("demo", "05", REDIS_URL="foo", CELERY_BROKER_URL="foo").returncode == 0


@pytest.mark.parametrize("command", [("demo", "05"), ("break", "05")])
def test_a_role_that_may_not_create_databases(demo, server, postgres_url, command):
    server.execute("CREATE ROLE weak LOGIN")
    url = postgres_url.replace("postgres@", "weak@")
    try:
        run = demo("db").run(*command, DATABASE_URL=url)
    finally:
        server.execute("DROP ROLE weak")

    assert sentence_of(run) == (
        "The role that DATABASE_URL names may not create databases: give it the right "
        "(ALTER ROLE … CREATEDB), or unset DATABASE_URL to use the project's own database."
    )
    assert "holds" not in run.stdout
    assert "FAILED" not in run.stdout


@pytest.mark.parametrize("port", ["abc", "99999"])
def test_a_database_url_with_a_port_that_is_none(demo, port):
    run = demo("db").run("demo", "05", DATABASE_URL=f"postgres://u:p@h:{port}/x")

    assert sentence_of(run).startswith("DATABASE_URL is not the URL of a database that Django")
    assert run.stdout == ""


def test_plain_pytest_says_it_too(demo):
    house = demo("redis_cache")

    run = house.run_module("pytest", "-q", str(house.demo), REDIS_URL="foo")

    assert run.returncode == 2
    assert "REDIS_URL does not name a Redis that can be used (" in run.stdout
    assert "FAILED" not in run.stdout
    assert "Traceback" not in run.stdout + run.stderr


# What a run leaves on it


INTERRUPTED_WHILE_A_THREAD_IS_CONNECTED = """
    connected = threading.Event()
    def connect():
        connection.ensure_connection()
        connected.set()
        threading.Event().wait(60)
    threading.Thread(target=connect, daemon=True).start()
    connected.wait(60)
    os.kill(os.getpid(), signal.SIGINT)
"""
INTERRUPTED_DURING_CREATION = """
    pass

from django.db.backends.postgresql.creation import DatabaseCreation
create = DatabaseCreation._execute_create_test_db

def create_and_interrupt(*args):
    create(*args)
    raise KeyboardInterrupt

DatabaseCreation._execute_create_test_db = create_and_interrupt
"""


@pytest.mark.parametrize(
    "body", [INTERRUPTED_WHILE_A_THREAD_IS_CONNECTED, INTERRUPTED_DURING_CREATION]
)
def test_no_test_database_is_left_by_ctrl_c(demo, server, postgres_url, body):
    run = demo("transactional_db", body).run("demo", "05", DATABASE_URL=postgres_url)

    assert run.returncode == 130, run.stdout + run.stderr
    assert databases(server) == set()


def test_the_next_run_removes_the_test_database_of_a_killed_one(demo, server, postgres_url):
    in_use = f"test_shop_{HOST}_{DEAD}"
    kept = {
        "test_shop_backup",
        f"test_shop_another_host_{DEAD}",
        f"test_shop_{HOST}_{os.getpid()}",
        in_use,
    }
    for name in kept:
        server.execute(f'CREATE DATABASE "{name}"')
    with psycopg.connect(postgres_url, dbname=in_use):
        killed = demo("db", "os.kill(os.getpid(), signal.SIGKILL)")
        killed.run("demo", "05", DATABASE_URL=postgres_url)
        left = databases(server) - kept

        run = demo("db").run("demo", "05", DATABASE_URL=postgres_url)

    found = databases(server)
    for name in found:
        server.execute(f'DROP DATABASE "{name}"')
    assert len(left) == 1
    assert run.returncode == 0, run.stdout + run.stderr
    assert found == kept


def test_the_next_run_removes_the_keys_of_a_killed_one(demo, keys, valkey_url):
    users = ["basket", "demo-", f"demo-{HOST}-", f"demo-{HOST}-{os.getpid()}-1", "demo-x-1-1:a"]
    keys.mset(dict.fromkeys(users, "mine"))
    killed = 'cache.set("a", 1, None); os.kill(os.getpid(), signal.SIGKILL)'
    demo("redis_cache", killed).run("demo", "05", REDIS_URL=valkey_url)
    left = set(keys.keys()) - set(users)

    run = demo("redis_cache", 'cache.set("a", 1)').run("demo", "05", REDIS_URL=valkey_url)

    assert len(left) == 1
    assert run.returncode == 0, run.stdout + run.stderr
    assert sorted(keys.keys()) == sorted(users)


def test_clearing_the_cache_leaves_the_keys_of_the_user(demo, keys, valkey_url):
    keys.set("basket", "mine")
    body = 'cache.set("a", 1); cache.clear(); assert cache.get("a") is None'

    run = demo("redis_cache", body).run("demo", "05", REDIS_URL=valkey_url)

    assert run.returncode == 0, run.stdout + run.stderr
    assert keys.keys() == ["basket"]


def test_a_worker_leaves_the_keys_of_the_user_and_none_of_its_own(demo, keys, valkey_url):
    keys.set("basket", "mine")
    body = f"""
    from redis import Redis
    assert len(Redis.from_url("{valkey_url}").keys()) > 1
"""

    run = demo("worker", body, ON_SQLITE_FILE).run("demo", "05", CELERY_BROKER_URL=valkey_url)

    assert run.returncode == 0, run.stdout + run.stderr
    assert keys.keys() == ["basket"]


# A server that several runs share


def test_runs_share_the_servers_that_their_command_started(demo):
    marks = """
@pytest.mark.database("postgres", because="it is another server")
@pytest.mark.django_db
"""
    body = f"""
    assert redis_server == os.environ["{REDIS_URL}"]
    assert f":{{connection.settings_dict['PORT']}}/" in os.environ["{POSTGRES_URL}"]
    assert Brand.objects.count() == 0
    Brand.objects.create(name="Ming")
"""
    house = demo("redis_server, db", body, marks)

    with shared_servers(["postgres", "redis"]):
        urls = os.environ[POSTGRES_URL], os.environ[REDIS_URL]
        runs = [house.run("demo", "05") for _ in range(2)]
        with psycopg.connect(urls[0]) as server:
            left = databases(server)

    assert [run.returncode for run in runs] == [0, 0], runs[0].stdout
    assert left == set()
    assert not {POSTGRES_URL, REDIS_URL} & set(os.environ)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(urls[0])


def test_a_run_begins_with_a_copy_of_the_tables_that_another_made(demo):
    marks = """
@pytest.mark.database("postgres", because="SQLite is quick")
@pytest.mark.django_db
"""

    def brands(number: int) -> House:
        return demo("db", f"assert Brand.objects.count() == {number}", marks)

    with shared_servers(["postgres"]):
        url = os.environ[POSTGRES_URL]
        runs = [brands(0).run("demo", "05")]
        [template] = templates(url)
        with psycopg.connect(url, dbname=template) as connection:
            connection.execute("INSERT INTO shop_brand (name) VALUES ('left in the template')")
        runs.append(brands(1).run("demo", "05"))
        house = brands(0)
        with (house.folder / "shop" / "models.py").open("a") as models:
            models.write("# edited\n")
        runs.append(house.run("demo", "05"))
        known = templates(url)

    assert [run.returncode for run in runs] == [0, 0, 0], runs[1].stdout
    assert len(known) == 2


def templates(url: str) -> list[str]:
    with psycopg.connect(url) as server:
        rows = server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%'")
        return [name for (name,) in rows]


def test_a_server_of_the_user_comes_before_a_shared_one(monkeypatch, valkey_url):
    monkeypatch.setenv("REDIS_URL", valkey_url)

    with shared_servers(["redis", "celery"]):
        assert REDIS_URL not in os.environ
