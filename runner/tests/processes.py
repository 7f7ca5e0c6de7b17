"""What the tests of servers ask about processes."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import redis


def is_gone(pid: int) -> bool:
    """Whether the process has ended. On Linux an orphan may stay a zombie until init looks."""
    try:
        if sys.platform == "linux":
            return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError):
        return True
    return False


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def abandoned_memory(creators: set[int]) -> set[str]:
    """The System V segments of these processes that none uses any more: a postmaster leaves one
    if it is just killed. Others on this machine may leave theirs, which is their affair."""
    table = Path("/proc/sysvipc/shm")
    if not table.exists():
        return set()
    header, *rows = (line.split() for line in table.read_text().splitlines())
    segments = [dict(zip(header, row, strict=True)) for row in rows]
    ours = [segment for segment in segments if int(segment["cpid"]) in creators]
    return {segment["shmid"] for segment in ours if segment["nattch"] == "0"}


def answer(url: str) -> object:
    if url.startswith("redis:"):
        with redis.Redis.from_url(url) as client:
            return client.ping()
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT true").fetchone()[0]


def pid_of_server(url: str) -> int:
    if url.startswith("redis:"):
        with redis.Redis.from_url(url) as client:
            return client.info("server")["process_id"]
    with psycopg.connect(url) as connection:
        pid_file = connection.execute("SELECT pg_read_file('postmaster.pid')").fetchone()[0]
        return int(pid_file.splitlines()[0])
