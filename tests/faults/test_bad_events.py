"""Events that break their handler, workers that sleep through their turn, and kills under load (B3, B10, B13)."""

import json
import random
import signal
import time
from collections import Counter
from contextlib import AbstractContextManager
from itertools import groupby
from typing import Any

import psutil
import pytest
from django.db import connection

from conversations.transport import wakeup
from conversations.transport.models import InboxEvent, Lane
from conversations.transport.splitting.inbox import NewEvent, put_events
from tenants.models import AuditEntry, Shop
from tests.faults.stages import FULL, long_run, sampled
from tests.rig.crews import working
from tests.transport.test_lanes import arrive, effects, states, until

pytestmark = [pytest.mark.load, pytest.mark.django_db(transaction=True)]
EVENTS = 20_000 if FULL else 4_000
KILLS = 25 if FULL else 8
# The eight retries of a day in a second; a turn may take two seconds instead of thirty.
QUICK = {
    "conversations.transport.lanes.backoff.DELAYS_SECONDS": [0.05] * 8,
    "conversations.transport.lanes.lane_rows._WAITS": [0.0] + [0.05] * 8,
    "conversations.transport.processes.lane_processes.TURN_SECONDS": 2.0,
    "conversations.transport.processes.lane_processes.LAST_WORDS_SECONDS": 1.0,
    "conversations.transport.processes.lane_processes.LONGEST_RESTART_PAUSE": 0.05,
    "conversations.transport.processes.lane_processes.SWEEP_SECONDS": 1.0,
    "conversations.transport.processes.lane_processes.RECLAIM_SECONDS": 1.0,
}


def crew(
    fault: str, *, figures: dict[str, Any] | None = None, processes: int = 2, **environment: str
) -> AbstractContextManager[psutil.Popen]:
    """Workers that meet `fault`, with shortened waits."""
    environment["RIG_FIGURES"] = json.dumps(QUICK if figures is None else figures)
    return working("tests.faults.crew", fault, processes=processes, environment=environment)


def put(shop: Shop, *keys: str) -> None:
    """One event a key in the lane before its slash."""
    put_events(
        [NewEvent("1000001", key, "message", shop_id=shop.pk, number_id=1, lane=key.partition("/")[0]) for key in keys]
    )
    wakeup.notify(wakeup.LANES)


def none_ready() -> bool:
    return not InboxEvent.objects.filter(state="ready").exists()


@long_run
def test_b3_random_kills_under_load_lose_nothing_double_nothing_and_keep_the_order(amber: Shop) -> None:
    chance, people = random.Random(11), EVENTS // 10
    keys = [f"c{person}/{step:02}" for step in range(10) for person in range(people)]
    for start in range(0, len(keys), 2_000):
        put(amber, *keys[start : start + 2_000])
    kills, began = 0, time.monotonic()
    with crew("none") as supervisor:
        while not none_ready():
            time.sleep(0.4)
            if kills < KILLS and (children := supervisor.children()):
                chance.choice(children).send_signal(signal.SIGKILL)
                kills += 1
            assert time.monotonic() - began < 300
    took = time.monotonic() - began
    done = effects()
    assert kills >= 3
    assert Counter(done) == Counter(keys)
    by_person = groupby(sorted(enumerate(done), key=lambda each: (each[1].partition("/")[0], each[0])), lambda each: each[1].partition("/")[0])  # fmt: skip
    assert all(
        [key for _, key in theirs] == sorted(f"{who}/{step:02}" for step in range(10)) for who, theirs in by_person
    )
    print(f"{EVENTS} events, {kills} kills, {EVENTS / took:.0f} events a second")  # noqa: T201
    if FULL:
        assert EVENTS / took >= 500


@pytest.mark.parametrize("fault", sampled(["raises", "loops", "eats", "segfaults"], always=["segfaults"]))
def test_b10_a_poison_event_is_counted_first_dies_after_eight_retries_and_harms_nobody(
    amber: Shop, blue: Shop, fault: str
) -> None:
    arrive(amber, "c:bad", "poison")
    keys: list[str] = []
    with crew(fault):
        while states()["poison"] == "ready":
            key = f"c{len(keys) % 20}/{len(keys):05}"
            put(blue, key)
            keys.append(key)
            time.sleep(0.05)
            assert len(keys) < 2_400
        until(lambda: InboxEvent.objects.filter(state="ready", shop_id=blue.pk).count() == 0)
    poison = InboxEvent.objects.get(event_key="poison")
    assert (poison.state, poison.attempts) == ("dead", 9)  # the first try and eight more
    assert poison.last_error.startswith("ValueError" if fault == "raises" else "EndedItsProcess")
    assert not AuditEntry.objects.filter(subject="poison").exists()
    assert Counter(key for key in effects() if not key.startswith("dead:")) == Counter(keys)


def waits(blue: Shop, prefix: str, *, seconds: float) -> list[float]:
    """Feed a neighbour forty events a second; how long each waited for its effect, by the database's clock."""
    keys = [f"{prefix}{place % 40}/{prefix}{place:05}" for place in range(int(seconds * 40))]
    for key in keys:
        put(blue, key)
        time.sleep(0.02)
    until(lambda: AuditEntry.objects.filter(subject__in=keys).count() == len(keys))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM e.done_at - e.created_at) FROM transport_inboxevent e WHERE e.event_key = ANY(%s)",
            [keys],
        )
        return sorted(float(row[0]) for row in cursor.fetchall())


@long_run
@pytest.mark.parametrize("fault", ["raises", "loops", "segfaults"])
def test_b10_a_neighbours_p95_stays_within_a_fifth(amber: Shop, blue: Shop, fault: str) -> None:
    """With the retries of a real day, of which the first minute sees five: at once, 1 s, 5 s, 30 s."""
    figures = {
        **QUICK,
        "conversations.transport.lanes.backoff.DELAYS_SECONDS": [1, 5, 30, 120, 600, 3600, 21600, 57600],
    }
    figures["conversations.transport.lanes.lane_rows._WAITS"] = [0.0, 1, 5, 30, 120, 600, 3600, 21600, 57600]
    with crew(fault, figures=figures):
        waits(blue, "warm", seconds=2)
        alone = waits(blue, "alone", seconds=12)
        arrive(amber, "c:bad", "poison")
        beside = waits(blue, "beside", seconds=12)
    p95 = [times[int(len(times) * 0.95)] for times in (alone, beside)]
    print(f"{fault}: p95 {p95[0] * 1000:.1f} ms alone, {p95[1] * 1000:.1f} ms beside the poison")  # noqa: T201
    # The clock of a busy machine is no finer than some milliseconds.
    assert p95[1] <= p95[0] * 1.2 + 0.02


@long_run
def test_b13_a_worker_that_wakes_after_its_lease_changes_nothing(amber: Shop) -> None:
    """Stopped in the middle of a turn; its session is ended, the lane given on, and its late commit counts for nothing."""
    arrive(amber, "c:1", "poison")
    sooner = {"STALE_SECONDS": "2", "IDLE_SECONDS": "3", "PAUSE_SECONDS": "4"}
    slow = {**QUICK, "conversations.transport.processes.lane_processes.TURN_SECONDS": 60.0}
    with crew("pauses", processes=1, figures=slow, **sooner) as first:
        until(lambda: Lane.objects.filter(started_at__isnull=False).exists(), 20)
        time.sleep(1)
        sleeper = first.children()[0]
        sleeper.suspend()
        try:
            with crew("none", processes=1, figures=slow, **sooner):
                until(lambda: states()["poison"] == "done", 40)
                assert effects() == ["poison"]
                fence = Lane.objects.get().fence
                sleeper.resume()
                time.sleep(6)  # it wakes, finishes its turn, and may not commit
                assert effects() == ["poison"]
                assert (Lane.objects.get().fence, Lane.objects.get().pending) == (fence, 0)
        finally:
            if sleeper.is_running():
                sleeper.resume()
    assert fence == 2
