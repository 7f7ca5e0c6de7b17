"""Runs of a demo, or of one of its mutations, in processes of their own. One at a time, others
wait."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from runner.catalogue import ROOT, Demo, find_demo
from runner.live.library import Library
from runner.surroundings import CLEAN

KEPT = 20  # runs whose lines can still be read


@dataclass
class Job:
    """One run and what it has said so far, as events with a name and data."""

    number: int
    arguments: tuple[str, ...]
    events: list[tuple[str, str]] = field(default_factory=lambda: [("waits", "")])
    is_over: bool = False
    problem: str = ""  # why it is of no use
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def tell(self, name: str, data: str) -> None:
        async with self.changed:
            self.events.append((name, data))
            self.is_over = name == "end"
            if name == "problem":
                self.problem = data
            self.changed.notify_all()

    async def follow(self) -> AsyncIterator[str]:
        """All events from the first, as server-sent events, until the run is over."""
        told = 0
        while True:
            for name, data in self.events[told:]:
                lines = "".join(f"data: {line}\n" for line in data.split("\n"))
                yield f"event: {name}\n{lines}\n"
            told = len(self.events)
            if self.is_over:
                return
            async with self.changed:
                await self.changed.wait_for(lambda seen=told: len(self.events) > seen)


class Jobs:
    """Starts each run in a process of its own, and ends what still runs when serving ends."""

    def __init__(self, library: Library) -> None:
        """`library` keeps the recording that the run of a demo ends with."""
        self.library = library
        self.known: dict[int, Job] = {}
        self._recordings: dict[Path, Job] = {}
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._count = 0

    def start(self, *arguments: str) -> Job:
        """Run `python -m runner.live.play` with these arguments, when its turn comes."""
        self._count += 1
        job = self.known[self._count] = Job(self._count, arguments)
        self.known.pop(self._count - KEPT, None)
        task = asyncio.create_task(self._run(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def recording(self, demo: Demo) -> Job:
        """The run that records this demo as its files are now; started where there was none."""
        file = self.library.file_of(demo)
        if file not in self._recordings:
            self._recordings[file] = self.start(demo.number)
        return self._recordings[file]

    async def end(self) -> None:
        """End all runs, and wait until they have."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, job: Job) -> None:
        async with self._turn:
            file = self.library.file_of(find_demo(job.arguments[0]))
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "runner.live.play", *job.arguments),
                cwd=ROOT,
                env=_environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=2**26,
            )
            await job.tell("begins", "")
            try:
                while line := await process.stdout.readline():
                    event = json.loads(line)
                    if event["event"] == "recording":
                        await asyncio.to_thread(self.library.keep, file, event["data"])
                    else:
                        await job.tell(event["event"], event["data"])
                await process.wait()
            finally:
                if process.returncode is None:
                    _signal(process.pid, signal.SIGINT)  # so that it ends what it has started
                    with suppress(TimeoutError):
                        await asyncio.wait_for(process.wait(), 5)
                if process.returncode is None:
                    _signal(process.pid, signal.SIGKILL)
                if not job.is_over:
                    await job.tell("end", "")


def _signal(pid: int, number: signal.Signals) -> None:
    """As `Process.send_signal`, which takes the status of one that has just ended from asyncio."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _environment() -> dict[str, str]:
    """That of this process, without what only the serving part of it needs."""
    ours = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "DEBUG", "SECRET_KEY", "LIVE_HOST", CLEAN}
    return {name: value for name, value in os.environ.items() if name not in ours}
