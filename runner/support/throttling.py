"""The clock of the throttles, which moves only when a test moves it."""

from dataclasses import dataclass

import pytest


@dataclass
class Clock:
    """The time in seconds that every throttle reads."""

    now: float = 0


@pytest.fixture
def throttle_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that DRF's throttles read. It stands at 0; a test sets `throttle_clock.now`."""
    from rest_framework.throttling import SimpleRateThrottle

    clock = Clock()
    monkeypatch.setattr(SimpleRateThrottle, "timer", lambda throttle: clock.now)
    return clock
