"""Turns: in order, each event once, a bad one alone, and nothing of a turn that lost its lane."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from conversations.transport import wakeup
from conversations.transport.giving_up import replay
from conversations.transport.lanes import backoff, lane_rows
from conversations.transport.lanes import handling as lanes
from conversations.transport.lanes.backlog import Claim
from conversations.transport.lanes.handling import LaneEvent, NotYet, take_turn
from conversations.transport.lanes.lane_worker import LaneWorker
from conversations.transport.models import InboxEvent, Lane
from conversations.transport.splitting import inbox
from conversations.transport.splitting.inbox import NewEvent, put_events
from tenants.context import current_schema
from tenants.models import AuditEntry, Shop
from tests.transport.conftest import together
from tests.transport.crew import record, slowly

pytestmark = pytest.mark.django_db(transaction=True)
Events = Sequence[LaneEvent]


def arrive(shop: Shop, lane: str, *keys: str, kind: str = "message", lane_kind: str = "chat") -> None:
    put_events(
        [
            NewEvent(
                "1000001", key, kind, shop_id=shop.pk, number_id=1, lane=lane, lane_kind=lane_kind, data={"k": key}
            )
            for key in keys
        ]
    )


def claim(most: int = 1, per_shop: int = 100, busy: dict[int, int] | None = None, after: int = 0) -> list[Claim]:
    with psycopg.connect(wakeup.own_conninfo("test"), autocommit=True) as database:
        return lane_rows.claim_lanes(
            database, holder="h", most=most, per_shop=per_shop, busy=busy or {}, after_shop=after
        )


def turn(handler: lanes.Handler) -> bool:
    """Claim what is due and take one turn; False when nothing was due."""
    claims = claim()
    for each in claims:
        take_turn(each, handler)
    return bool(claims)


def make_due(**filters: object) -> None:
    InboxEvent.objects.filter(state="ready", **filters).update(next_at=timezone.now() - timedelta(seconds=1))
    Lane.objects.update(next_at=timezone.now() - timedelta(seconds=1))


def effects() -> list[str]:
    return list(AuditEntry.objects.filter(detail__has_key="lane").order_by("id").values_list("subject", flat=True))


def states() -> dict[str, str]:
    return dict(InboxEvent.objects.order_by("id").values_list("event_key", "state"))


def failing_on(key: str, problem: Exception | None = None) -> lanes.Handler:
    def handler(shop: Shop, lane: str, events: Events) -> None:
        record(shop, lane, events)
        if any(each.event_key == key for each in events):
            raise problem or ValueError("cannot")

    return handler


@contextmanager
def working(handler: lanes.Handler, *, threads: int = 4) -> Iterator[LaneWorker]:
    """A worker in the background."""
    worker, stop = LaneWorker(handler, threads=threads), threading.Event()
    thread = threading.Thread(target=worker.run, args=[stop])
    thread.start()
    yield worker
    stop.set()
    worker.wake()
    thread.join(20)


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_a_turn_handles_all_that_waits_in_order_inside_the_shop(amber: Shop) -> None:
    seen: list[tuple[str, str, list[str]]] = []
    arrive(amber, "c:1", "a", "b", "c")

    turn(lambda shop, lane, events: seen.append((current_schema(), lane, [each.event_key for each in events])))

    assert seen == [(amber.schema_name, "c:1", ["a", "b", "c"])]
    assert states() == {"a": "done", "b": "done", "c": "done"}
    assert list(InboxEvent.objects.values_list("data", flat=True)) == [{}, {}, {}]
    assert list(Lane.objects.values_list("pending", "holder", "attempt", "started_at")) == [(0, "", 0, None)]
    assert turn(record) is False


def test_a_failed_event_stands_alone_and_holds_what_comes_after_it(amber: Shop) -> None:
    arrive(amber, "c:1", "a", "bad", "c")

    turn(failing_on("bad"))

    assert effects() == ["a"]
    assert states() == {"a": "done", "bad": "ready", "c": "ready"}
    bad = InboxEvent.objects.get(event_key="bad")
    assert (bad.attempts, bad.last_error) == (1, "ValueError: cannot")
    assert 0.7 < (Lane.objects.get().next_at - timezone.now()).total_seconds() < 1.3
    assert turn(record) is False

    make_due()
    turn(record)
    assert effects() == ["a", "bad", "c"]


def test_after_its_first_retries_a_bad_message_waits_alone(amber: Shop) -> None:
    arrive(amber, "c:1", "bad", "b")
    for _ in range(3):
        make_due()
        turn(failing_on("bad"))
    assert effects() == []

    make_due()
    turn(failing_on("bad"))
    assert effects() == ["b"]

    arrive(amber, "c:1", "later")
    assert turn(failing_on("bad"))
    assert effects() == ["b", "later"]
    assert states() == {"bad": "ready", "b": "done", "later": "done"}
    assert 100 < (Lane.objects.get().next_at - timezone.now()).total_seconds() < 150


def test_the_retries_follow_the_table_and_then_the_event_is_dead_with_a_marker(amber: Shop) -> None:
    arrive(amber, "c:1", "bad")
    for base in backoff.DELAYS_SECONDS:
        make_due()
        turn(failing_on("bad"))
        wait = (InboxEvent.objects.get().next_at - timezone.now()).total_seconds()
        assert base * 0.8 - 1 <= wait <= base * 1.2

    make_due()
    turn(failing_on("bad"))

    assert states() == {"bad": "dead", f"dead:{InboxEvent.objects.get(event_key='bad').pk}": "ready"}
    seen: list[object] = []
    turn(lambda shop, lane, events: seen.extend((each.kind, each.data["type"]) for each in events))
    assert seen == [("internal", "event_dead")]
    assert Lane.objects.get().pending == 0
    assert InboxEvent.objects.get(event_key="bad").data == {"k": "bad"}


def test_a_dead_status_leaves_no_marker(amber: Shop) -> None:
    arrive(amber, "c:1", "st:1", kind="status")
    for _ in range(9):
        make_due()
        turn(failing_on("st:1", NotYet("unknown")))

    assert states() == {"st:1": "dead"}
    assert (Lane.objects.get().pending, turn(record)) == (0, False)


def test_a_dead_payment_blocks_its_lane_until_a_person_decides(amber: Shop) -> None:
    arrive(amber, "p:1", "bad", "b", kind="payment", lane_kind="payment")
    for _ in range(9):
        make_due()
        turn(failing_on("bad"))
    dead = InboxEvent.objects.get(event_key="bad")
    make_due()

    assert (dead.state, Lane.objects.get().blocked_by, Lane.objects.get().pending) == ("dead", dead.pk, 1)
    assert turn(record) is False

    replay.retry_dead(event_id=dead.pk)
    turn(record)
    assert effects() == ["bad", "b"]
    with pytest.raises(replay.NotDead):
        replay.retry_dead(event_id=dead.pk)


def test_a_status_that_came_too_early_holds_nobody(amber: Shop) -> None:
    arrive(amber, "c:1", "st:1", kind="status")
    arrive(amber, "c:1", "msg:1")

    turn(failing_on("st:1", NotYet("unknown")))

    assert effects() == ["msg:1"]
    assert states() == {"st:1": "ready", "msg:1": "done"}
    make_due()
    turn(record)
    assert states() == {"st:1": "done", "msg:1": "done"}


def test_many_parked_statuses_do_not_hide_a_message_and_do_not_spin(amber: Shop) -> None:
    arrive(amber, "c:1", *[f"st:{n}" for n in range(120)], kind="status")

    def early(shop: Shop, lane: str, events: Events) -> None:
        if any(each.kind == "status" for each in events):
            raise NotYet("unknown")
        record(shop, lane, events)

    while turn(early):
        pass
    arrive(amber, "c:1", "msg:1")
    turn(early)

    assert effects() == ["msg:1"]
    assert turn(early) is False
    assert Lane.objects.get().pending == 120


def overtaken(claim_: Claim) -> None:
    """A turn during which the lane is taken for dead and given to somebody who finishes it."""

    def handler(shop: Shop, lane: str, events: Events) -> None:
        record(shop, lane, events)
        together(1, lambda _: _finish_elsewhere(claim_))

    take_turn(claim_, handler)


def _finish_elsewhere(stale: Claim) -> None:
    Lane.objects.update(started_at=None, holder="", attempt=0)
    newer = claim()[0]
    with pytest.MonkeyPatch.context() as patch:
        # The first turn still holds the turn's lock; a lock that vanished (server restart, cut network) is the danger.
        real = lane_rows._rows
        patch.setattr(lane_rows, "_rows", lambda sql, values: real(sql.replace("key, 7001", "key, 7999"), values))
        take_turn(newer, record)
    assert newer.fence == stale.fence + 1


def test_a_late_worker_changes_nothing(amber: Shop) -> None:
    arrive(amber, "c:1", "a")

    overtaken(claim()[0])

    assert effects() == ["a"]
    assert (states(), Lane.objects.get().pending) == ({"a": "done"}, 0)


def test_without_fence_and_count_the_late_worker_would_answer_too(amber: Shop, monkeypatch) -> None:
    arrive(amber, "c:1", "a")
    first = claim()[0]

    def careless(claim_: Claim, *, done: Events, **_: object) -> None:
        InboxEvent.objects.filter(pk__in=[each.event.id for each in done]).update(state="done")

    monkeypatch.setattr(lane_rows, "finish", careless)
    overtaken(first)

    assert effects() == ["a", "a"]


def test_two_workers_on_the_same_lanes_keep_order_and_do_everything_once(amber: Shop, blue: Shop) -> None:
    people = [(shop, f"c:{shop.pk}:{n}") for shop in (amber, blue) for n in range(10)]
    with working(record), working(record):
        for step in range(10):
            for shop, lane in people:
                arrive(shop, lane, f"{lane}/{step}")
            wakeup.notify(wakeup.LANES)
        until(lambda: not InboxEvent.objects.filter(state="ready").exists())

    done = effects()
    assert sorted(done) == sorted(f"{lane}/{step}" for _, lane in people for step in range(10))
    for _, lane in people:
        assert [each for each in done if each.startswith(f"{lane}/")] == [f"{lane}/{step}" for step in range(10)]
    assert set(Lane.objects.values_list("pending", "holder", "attempt")) == {(0, "", 0)}
    schemas = {(entry.shop_id, entry.action) for entry in AuditEntry.objects.filter(detail__has_key="lane")}
    assert schemas == {(amber.pk, amber.schema_name), (blue.pk, blue.schema_name)}


def test_a_shop_in_a_rush_leaves_threads_to_the_others(amber: Shop, blue: Shop) -> None:
    for n in range(60):
        arrive(amber, f"c:a{n}", f"a{n}")
    with working(slowly, threads=4) as worker:
        until(lambda: len(worker.turns) >= 3)
        most = max(len(worker.turns) for _ in range(20) if not time.sleep(0.005))
        arrive(blue, "c:b", "b")
        wakeup.notify(wakeup.LANES)
        until(lambda: "b" in effects(), 10)
        assert most <= 3
        assert InboxEvent.objects.filter(shop_id=amber.pk, state="ready").exists()


def test_claims_go_round_the_shops_and_stop_at_each_shops_share(amber: Shop, blue: Shop) -> None:
    for n in range(5):
        arrive(amber, f"c:a{n}", f"a{n}")
        arrive(blue, f"c:b{n}", f"b{n}")

    first = claim(most=4, per_shop=3)
    assert sorted(each.shop_id for each in first) == [amber.pk] * 3 + [blue.pk]
    assert [each.shop_id for each in claim(most=9, per_shop=3, busy={amber.pk: 3, blue.pk: 1})] == [blue.pk] * 2
    assert [each.shop_id for each in claim(most=1, per_shop=9, after=amber.pk)] == [blue.pk]
    assert all(each.attempt == 1 and each.fence == 1 for each in first)


def test_a_suspended_shops_lane_is_parked_and_counts_no_attempt(amber: Shop) -> None:
    arrive(amber, "c:1", "a")
    Shop.objects.filter(pk=amber.pk).update(status=Shop.Status.SUSPENDED)

    turn(record)

    lane = Lane.objects.get()
    assert (lane.attempt, lane.holder, lane.pending) == (0, "", 1)
    assert 590 < (lane.next_at - timezone.now()).total_seconds() <= 600
    assert (effects(), states()) == ([], {"a": "ready"})


def test_a_lost_connection_blames_no_event(amber: Shop) -> None:
    arrive(amber, "c:1", "a")

    def cut_off(shop: Shop, lane: str, events: Events) -> None:
        record(shop, lane, events)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(OperationalError):
        take_turn(claim()[0], cut_off)
    connection.close()
    assert InboxEvent.objects.get().attempts == 0

    broken = [True]

    def once_cut_off(shop: Shop, lane: str, events: Events) -> None:
        if broken.pop() if broken else False:
            cut_off(shop, lane, events)
        record(shop, lane, events)

    Lane.objects.update(started_at=None, holder="", attempt=0)
    with working(once_cut_off):
        until(lambda: states() == {"a": "done"})
    assert effects() == ["a"]
    assert InboxEvent.objects.get().attempts == 0


def test_a_deadlock_is_tried_again_at_once(amber: Shop) -> None:
    arrive(amber, "c:1", "a")
    tries = []

    def deadlocked(shop: Shop, lane: str, events: Events) -> None:
        record(shop, lane, events)
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("deadlock") from psycopg.errors.DeadlockDetected()

    turn(deadlocked)

    assert (len(tries), effects(), InboxEvent.objects.get().attempts) == (3, ["a"], 0)


def test_an_event_that_ends_its_process_is_counted_first_and_dies_after_its_retries(amber: Shop) -> None:
    arrive(amber, "c:1", "poison", "b")
    attempts = []
    for _ in range(20):
        Lane.objects.filter(started_at__isnull=False).update(started_at=timezone.now() - timedelta(seconds=60))
        lane_rows.free_stale_lanes()
        make_due()
        claims = claim()
        if not claims:
            break
        _die_in_the_middle(claims[0])
        attempts.append(InboxEvent.objects.get(event_key="poison").attempts)
        if effects():
            break

    assert attempts == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9]
    assert states()["poison"] == "dead"
    assert effects()[0] == "b"


def _die_in_the_middle(each: Claim) -> None:
    """What a kill leaves: the claim and the count are committed, the turn is not."""

    class Killed(BaseException):
        pass

    def handler(shop: Shop, lane: str, events: Events) -> None:
        record(shop, lane, events)
        if any(event.event_key == "poison" for event in events):
            raise Killed

    try:
        take_turn(each, handler)
    except Killed:
        connection.close()


def test_new_events_do_not_cut_short_the_wait_of_a_lane_that_kills(amber: Shop) -> None:
    arrive(amber, "c:1", "poison")
    later = timezone.now() + timedelta(seconds=50)
    Lane.objects.update(attempt=3, next_at=later)

    arrive(amber, "c:1", "b")

    assert (Lane.objects.get().pending, Lane.objects.get().next_at) == (2, later)
    assert inbox.LONGEST_KEY == 320
