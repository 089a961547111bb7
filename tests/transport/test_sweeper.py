"""What a crash, a lost hint or a bug leaves behind, and what the sweeper makes of it."""

import hashlib
from datetime import timedelta

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone

from conversations.transport import splitter, tasks, wakeup
from conversations.transport.door import endpoints
from conversations.transport.lanes import lane_rows
from conversations.transport.models import InboxEvent, Lane, WebhookRaw
from conversations.transport.processes import sweeper
from conversations.transport.processes.sweeper import Sweep
from tenants.models import Shop, WhatsAppNumber
from tests.inbox import keep_body, platform_endpoint
from tests.transport.crew import record
from tests.transport.payloads import body, message
from tests.transport.test_lanes import arrive, claim, effects, turn

pytestmark = pytest.mark.django_db(transaction=True)


def keep(raw: bytes, *, kind: str = "platform", shop: Shop | None = None, age: timedelta = timedelta()) -> WebhookRaw:
    endpoint = platform_endpoint()
    if kind == "payment" and shop is not None:
        endpoint = endpoints.ensure_payment_endpoint(shop_id=shop.pk, reference="a", opaque="o" * 20, secret="s")
    keep_body(raw, endpoint=endpoint)
    kept = WebhookRaw.objects.get(body_sha256=hashlib.sha256(raw).digest())
    WebhookRaw.objects.filter(pk=kept.pk).update(received_at=timezone.now() - age)
    return kept


def test_a_body_whose_hint_was_lost_is_split_after_five_seconds(amber_number: WhatsAppNumber) -> None:
    keep(body("1000001", message("wamid.A")))
    assert sweeper.sweep() == Sweep()
    keep(body("1000001", message("wamid.B")), age=timedelta(seconds=6))

    tasks.sweep()

    assert list(InboxEvent.objects.order_by("id").values_list("event_key", flat=True)) == ["msg:wamid.A", "msg:wamid.B"]


def test_a_mark_without_a_worker_is_freed_and_a_working_one_is_left(amber: Shop) -> None:
    arrive(amber, "c:dead", "a")
    arrive(amber, "c:alive", "b")
    claim(most=2)
    Lane.objects.update(started_at=timezone.now() - timedelta(seconds=16))
    with psycopg.connect(wakeup.own_conninfo("test")) as worker:
        worker.execute("SELECT pg_advisory_xact_lock(hashtextextended('c:alive', 7001))")
        found = sweeper.sweep()

    assert found == Sweep(lanes_freed=1)
    assert Lane.objects.get(pk="c:dead").started_at is None
    assert Lane.objects.get(pk="c:alive").holder == "h"
    assert turn(record)
    assert effects() == ["a"]


def test_a_fresh_mark_is_nobodys_business(amber: Shop) -> None:
    arrive(amber, "c:1", "a")
    claim()

    assert sweeper.sweep() == Sweep()
    assert Lane.objects.get().holder == "h"


def test_lanes_whose_turns_keep_dying_wait_longer_each_time(amber: Shop) -> None:
    arrive(amber, "c:1", "a")
    waits = []
    for attempt in (1, 2, 3, 4, 9, 30):
        Lane.objects.update(attempt=attempt, started_at=timezone.now() - timedelta(minutes=1), holder="x")
        assert lane_rows.free_stale_lanes() == 1
        waits.append(round((Lane.objects.get().next_at - timezone.now()).total_seconds()))

    assert waits == [0, 1, 5, 30, 57_600, 57_600]


def test_a_wrong_count_is_put_right_both_ways(amber: Shop) -> None:
    arrive(amber, "c:less", "a", "b")
    arrive(amber, "c:more", "c")
    Lane.objects.filter(pk="c:less").update(pending=0)
    Lane.objects.filter(pk="c:more").update(pending=9)

    assert sweeper.sweep() == Sweep(lanes_repaired=2)
    assert dict(Lane.objects.values_list("key", "pending")) == {"c:less": 2, "c:more": 1}
    assert sweeper.sweep() == Sweep()


def test_two_sweepers_do_not_meet(amber: Shop) -> None:
    arrive(amber, "c:1", "a")
    Lane.objects.update(pending=5)
    with psycopg.connect(wakeup.own_conninfo("test")) as other:
        other.execute("SELECT pg_advisory_xact_lock(7004, 0)")

        assert sweeper.sweep() == Sweep()
    assert Lane.objects.get().pending == 5


def test_bodies_are_emptied_after_fourteen_days_and_keys_forgotten_after_thirty(
    amber: Shop, amber_number: WhatsAppNumber
) -> None:
    young, old, ancient = (body("1000001", message(f"wamid.{n}")) for n in range(3))
    for raw, days in ((young, 13), (old, 15), (ancient, 31)):
        keep(raw, age=timedelta(days=days))
    paid = keep(b"{}", kind="payment", shop=amber, age=timedelta(days=400))
    splitter.split_waiting()
    for _ in range(2):
        turn(record)
    InboxEvent.objects.filter(event_key="msg:wamid.2").update(created_at=timezone.now() - timedelta(days=31))

    tasks.scrub()

    left = {bytes(row.body_sha256): bool(bytes(row.body)) for row in WebhookRaw.objects.all()}
    assert left == {
        hashlib.sha256(young).digest(): True,
        hashlib.sha256(old).digest(): False,
        bytes(paid.body_sha256): True,
    }
    assert set(InboxEvent.objects.filter(kind="message").values_list("event_key", flat=True)) == {
        "msg:wamid.0",
        "msg:wamid.1",
    }


def test_a_dead_events_content_is_scrubbed_too(amber: Shop) -> None:
    arrive(amber, "c:1", "a")
    InboxEvent.objects.update(state="dead", created_at=timezone.now() - timedelta(days=15))

    sweeper.scrub()

    assert InboxEvent.objects.get().data == {}


def test_a_lane_under_a_splitters_lock_is_left_for_the_next_sweep(amber: Shop) -> None:
    arrive(amber, "c:1", "a")
    Lane.objects.update(pending=3)
    with psycopg.connect(wakeup.own_conninfo("test")) as other:
        other.execute("SELECT 1 FROM transport_lane WHERE key = 'c:1' FOR UPDATE")
        assert sweeper.repair_pending() == 0
    with transaction.atomic():
        assert sweeper.repair_pending() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT pending FROM transport_lane")
        assert cursor.fetchone() == (1,)
