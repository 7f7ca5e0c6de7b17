"""Keys and resizes as one stream."""

import os
import pty
import signal

import pytest

from runner.show.keys import RESIZED, one_key_at_a_time


@pytest.fixture
def keyboard(monkeypatch):
    """The other side of a terminal that is the standard input."""
    keyboard, inside = pty.openpty()
    with os.fdopen(inside) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        yield keyboard
    os.close(keyboard)


def test_a_resize_comes_before_the_key_that_is_typed_after_it(keyboard):
    with one_key_at_a_time() as read_key:
        os.kill(os.getpid(), signal.SIGWINCH)
        os.write(keyboard, b"n")

        assert [read_key(), read_key()] == [RESIZED, "n"]


def test_a_resize_wakes_although_no_handler_has_run(keyboard):
    with one_key_at_a_time() as read_key:
        signal.signal(signal.SIGWINCH, lambda *_: None)
        os.kill(os.getpid(), signal.SIGWINCH)
        os.write(keyboard, b"n")

        assert read_key() == RESIZED


def test_many_resizes_at_once_are_one(keyboard):
    with one_key_at_a_time() as read_key:
        for _ in range(100):
            os.kill(os.getpid(), signal.SIGWINCH)
        os.write(keyboard, b"n")

        assert [read_key(), read_key()] == [RESIZED, "n"]


def test_afterwards_signals_are_what_they_were(keyboard):
    handler = signal.getsignal(signal.SIGWINCH)

    with one_key_at_a_time():
        assert signal.getsignal(signal.SIGWINCH) != handler

    assert signal.getsignal(signal.SIGWINCH) == handler
    assert signal.set_wakeup_fd(-1) == -1
