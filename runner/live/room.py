"""The class: which scene the presenter shows, and what everybody votes."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

VERDICTS = ("holds", "depends", "outdated", "wrong")


@dataclass
class Room:
    """What all who follow see. It lives in the event loop, so nothing here needs a lock."""

    key: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    page: str = ""  # "07-present.html", empty before the presenter has begun
    slide: int = 0
    is_open: bool = False  # whether the verdict of this slide is shown
    driver: str = ""  # the presenter who drives
    votes: dict[str, str] = field(default_factory=dict)  # by browser
    is_over: bool = False
    _followers: set[asyncio.Event] = field(default_factory=set)

    def state(self) -> dict[str, Any]:
        """What is told to all. How they voted is told when the verdict is."""
        counts = {verdict: [*self.votes.values()].count(verdict) for verdict in VERDICTS}
        return {
            "page": self.page,
            "slide": self.slide,
            "open": self.is_open,
            "voted": len(self.votes),
            "votes": counts if self.is_open else None,
        }

    def show(self, driver: str, page: str, slide: int, is_open: bool) -> bool:
        """Show this slide to all; False where another presenter drives."""
        if self.driver not in ("", driver):
            return False
        self.driver = driver
        if (page, slide) != (self.page, self.slide):
            self.votes = {}
        self.page, self.slide, self.is_open = page, slide, is_open
        self._tell()
        return True

    def vote(self, browser: str, verdict: str) -> bool:
        """Count one vote for each browser; False where it is too late or no verdict."""
        if self.is_open or verdict not in VERDICTS:
            return False
        self.votes[browser] = verdict
        self._tell()
        return True

    async def follow(self) -> AsyncIterator[str]:
        """The state at once, and after each change, as server-sent events."""
        woken = asyncio.Event()
        self._followers.add(woken)
        try:
            while not self.is_over:
                woken.clear()
                yield f"data: {json.dumps(self.state())}\n\n"
                await woken.wait()
                await asyncio.sleep(0.05)  # what changes at the same time is told once
        finally:
            self._followers.discard(woken)

    def end(self) -> None:
        """Let all who follow go."""
        self.is_over = True
        self._tell()

    def _tell(self) -> None:
        for woken in self._followers:
            woken.set()
