"""Rounds of work: at once in a calm hour, together in a rush; no busy waiting."""

import threading
import time

import pytest

from conversations.transport import wakeup
from conversations.transport.sending.sender import Sender
from conversations.transport.wakeup import GATHER_FROM_PER_SECOND, GATHER_SECONDS, LATE_SECONDS, Rounds


class Clock:
    """A monotonic clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(wakeup, "time", clock)
    return clock


def rests(clock: Clock, *, per_second: float, seconds: float = 3.0) -> list[float]:
    """How long each hint of a steady stream waits for its round, in the last second of it."""
    rounds, waits = Rounds(), []
    start = due = clock.now
    while due < start + seconds:
        clock.now = max(clock.now, due)
        rounds.gather()
        caught = [hint for hint in (due + place / per_second for place in range(100)) if hint <= clock.now]
        rounds.found(len(caught))
        waits += [clock.now - hint for hint in caught if hint > start + seconds - 1]
        due += len(caught) / per_second
    return waits


def test_a_calm_stream_waits_for_nobody(clock: Clock) -> None:
    assert max(rests(clock, per_second=GATHER_FROM_PER_SECOND * 0.7)) == 0.0


def test_a_rush_gathers(clock: Clock) -> None:
    waits = rests(clock, per_second=GATHER_FROM_PER_SECOND * 4)
    assert max(waits) <= GATHER_SECONDS + 1e-6
    assert max(waits) > GATHER_SECONDS * 0.8


def test_who_falls_behind_gathers_however_little_comes(clock: Clock) -> None:
    rounds = Rounds()
    rounds.begin()
    rounds.found(1, late=LATE_SECONDS * 1.1)
    assert rounds.rest() == pytest.approx(GATHER_SECONDS)
    rounds.gather()
    rounds.found(1, late=LATE_SECONDS * 0.9)
    assert rounds.rest() == 0.0


def test_a_rest_alone_makes_nothing_late() -> None:
    """Else a stream that gathered once would gather for ever."""
    assert LATE_SECONDS > GATHER_SECONDS


def test_the_first_message_after_a_rush_goes_at_once(clock: Clock) -> None:
    rounds = Rounds()
    for _ in range(100):
        rounds.gather()
        rounds.found(10)
    assert rounds.rest() > 0
    clock.now += 3.0
    rounds.begin()
    rounds.found(1)
    assert rounds.rest() == 0.0


def test_a_sender_without_room_sleeps_though_it_is_hinted() -> None:
    sender = Sender(threads=1)
    sender._in_flight = 2
    began = time.monotonic()
    sender._wait(0.0)
    assert time.monotonic() - began > 0.05


def test_a_sender_without_room_wakes_when_a_send_has_ended() -> None:
    sender = Sender(threads=1)
    sender._in_flight = 2
    threading.Timer(0.01, sender._note_finished, args=[[], 1]).start()
    began = time.monotonic()
    sender._wait(0.0)
    assert time.monotonic() - began < 0.09
    assert sender._room() == 1
