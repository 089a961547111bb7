"""Sending: in order, at most as fast as allowed, never twice without need, and never forgotten."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from conversations.transport import delivery
from conversations.transport.health import pace
from conversations.transport.models import InboxEvent, NumberHealth, OutboxItem
from conversations.transport.providers.meta_cloud import client
from conversations.transport.sending import checks, claims
from tenants.models import Shop
from tests.fakes.graph import FakeGraph
from tests.transport.sending import MemoryStore, Post, running_sender, until

pytestmark = pytest.mark.django_db(transaction=True)
LONGEST_CALL_SECONDS = client.DEADLINE_SECONDS


@pytest.fixture
def graph(graph: FakeGraph, monkeypatch: pytest.MonkeyPatch) -> FakeGraph:
    """Nobody waits long for it."""
    monkeypatch.setattr(client, "DEADLINE_SECONDS", 0.5)
    return graph


@pytest.fixture
def post(amber: Shop, store: MemoryStore) -> Post:
    return Post(amber, store)


def words(graph: FakeGraph) -> list[str]:
    return [call.payload["text"]["body"] for call in graph.calls]


def make_due(*, seconds_ago: int = 0, **fields: Any) -> None:
    """Let the waits be over."""
    then = timezone.now() - timedelta(seconds=seconds_ago)
    OutboxItem.objects.filter(**fields).update(next_at=then, lease_until=then)


def drain(post: Post) -> int:
    return delivery.drain(post.number.pk)


def test_a_message_goes_out_once_and_both_sides_know_its_id(post: Post, graph: FakeGraph) -> None:
    (message_id,) = post.say("Hello")
    assert drain(post) == 1
    assert drain(post) == 0
    (call,) = graph.calls
    assert (call.payload["to"], call.token) == ("+27821230001", f"token-{message_id}")
    row = post.row(message_id)
    assert (row.state, row.wamid, row.attempts) == ("sent", call.wamid, 1)
    assert row.sent_at is not None
    (result,) = post.store.results
    assert (result.state, result.wamid) == ("sent", call.wamid)


def test_the_same_key_is_queued_once(post: Post, graph: FakeGraph) -> None:
    (message_id,) = post.say("Hello")
    from conversations.transport import outbox

    outbox.queue(
        shop_id=post.shop.pk,
        number_id=post.number.pk,
        lane="other",
        message_ids_with_keys=[(999, f"key:{message_id}", "token-other")],
    )
    assert len(post.rows()) == 1


def test_messages_to_one_person_keep_their_order_and_wait_for_each_other(post: Post, graph: FakeGraph) -> None:
    post.say(*[f"{n}" for n in range(12)])
    with running_sender():
        until(lambda: len(graph.calls) == 12)
    assert words(graph) == [f"{n}" for n in range(12)]


def test_a_message_that_waits_holds_the_next_one_of_its_person_only(post: Post, graph: FakeGraph) -> None:
    graph.fail_next("code", code=131056)
    first, second = post.say("first", "second")
    drain(post)
    (other,) = post.say("other", to="27821230002")
    drain(post)
    assert words(graph) == ["other"]
    assert [post.row(key).state for key in (first, second, other)] == ["queued", "queued", "sent"]
    make_due(message_id=first)
    drain(post)
    assert words(graph) == ["other", "first", "second"]


def test_many_senders_send_each_message_once(post: Post, graph: FakeGraph) -> None:
    for person in range(60):
        post.say("a", "b", to=f"2782900{person:04d}")
    with running_sender(4), running_sender(4):
        until(lambda: len(graph.calls) >= 120)
        until(lambda: all(row.state == "sent" for row in post.rows()))
    assert len(graph.calls) == 120
    assert len({call.token for call in graph.calls}) == 120
    for person in range(60):
        sent = [payload["text"]["body"] for payload in graph.sent_to(f"2782900{person:04d}")]
        assert sent == ["a", "b"]


def test_silence_is_unknown_waits_for_a_receipt_and_then_goes_out_once_more(post: Post, graph: FakeGraph) -> None:
    graph.fail_next("accept_then_hang", seconds=2)
    (message_id,) = post.say("Hello")
    drain(post)
    row = post.row(message_id)
    assert (row.state, post.store.states[message_id]) == ("unknown", "unknown")
    assert 80 < (row.lease_until - timezone.now()).total_seconds() <= 90
    assert delivery.reclaim() == 0  # not yet
    make_due(message_id=message_id)
    assert delivery.reclaim() == 1
    drain(post)
    assert words(graph) == ["Hello", "Hello"]
    assert post.row(message_id).is_resent
    graph.fail_always("hang", seconds=2)
    (late,) = post.say("Late")
    for _ in range(2):
        drain(post)
        make_due(message_id=late)
        delivery.reclaim()
    assert post.row(late).state == "dead"
    assert post.store.states[late] == "unknown"
    assert len([call for call in graph.refusals if call.token == f"token-{late}"]) == 2


def test_what_must_never_go_twice_is_left_to_a_person_after_silence(post: Post, graph: FakeGraph) -> None:
    graph.fail_next("accept_then_hang", seconds=2)
    (message_id,) = post.say("Voucher", send_class="never_twice")
    drain(post)
    make_due(message_id=message_id)
    delivery.reclaim()
    drain(post)
    assert words(graph) == ["Voucher"]
    assert post.row(message_id).state == "dead"
    (last,) = post.store.results[-1:]
    assert last.error_text.endswith("it is not sent again by itself.")


def test_a_sender_that_died_in_the_call_leaves_an_unknown(post: Post, graph: FakeGraph) -> None:
    (message_id,) = post.say("Hello")
    (taken,) = claims.claim(number_ids=[post.number.pk], limit=1)
    assert taken.message_id == message_id
    assert post.row(message_id).state == "sending"
    assert claims.claim(number_ids=[post.number.pk], limit=1) == []
    make_due(message_id=message_id)
    assert delivery.reclaim() == 1
    assert (post.row(message_id).state, post.store.states[message_id]) == ("unknown", "unknown")


def test_a_claim_tells_for_how_long_its_message_was_due(post: Post) -> None:
    (message_id,) = post.say("Hello")
    make_due(message_id=message_id, seconds_ago=5)
    (taken,) = claims.claim(number_ids=[post.number.pk], limit=1)
    assert 5 <= taken.late < 10
    assert (taken.is_probe, taken.has_more) == (False, False)


def test_a_claim_that_waited_too_long_goes_back_without_a_call(post: Post, graph: FakeGraph) -> None:
    (message_id,) = post.say("Hello")
    taken = claims.claim(number_ids=[post.number.pk], limit=1)
    late = [replace(one, claimed_at=one.claimed_at - claims.BEGIN_SECONDS - 0.1) for one in taken]
    decision, answer = delivery.call(checks.prepare(late).ready[0])
    delivery.write([decision])
    assert (answer, graph.calls) == (None, [])
    assert (post.row(message_id).state, post.row(message_id).attempts) == ("queued", 0)
    drain(post)
    assert words(graph) == ["Hello"]


def test_silence_does_not_count_while_a_receipt_lies_unread(post: Post, graph: FakeGraph) -> None:
    (message_id,) = post.say("Hello")
    claims.claim(number_ids=[post.number.pk], limit=1)
    make_due(message_id=message_id)
    assert delivery.reclaim() == 1
    receipt = InboxEvent.objects.create(
        kind="status", scope="any", event_key="st:wamid:sent:1", data={"token": f"token-{message_id}"}
    )
    make_due(message_id=message_id)
    assert delivery.reclaim() == 0
    InboxEvent.objects.filter(pk=receipt.pk).update(state="done")
    assert delivery.reclaim() == 1
    assert post.row(message_id).state == "queued"


def test_a_lease_outlasts_a_call_that_begins_as_late_as_it_may() -> None:
    assert claims.LEASE_SECONDS >= claims.BEGIN_SECONDS + LONGEST_CALL_SECONDS + 5


def test_a_late_answer_of_an_older_claim_changes_nothing(post: Post, graph: FakeGraph) -> None:
    (message_id,) = post.say("Hello")
    (old,) = claims.claim(number_ids=[post.number.pk], limit=1)
    for _ in range(2):
        make_due(message_id=message_id)
        delivery.reclaim()
    drain(post)
    row = post.row(message_id)
    from conversations.transport.ports import SendState
    from conversations.transport.sending.outcomes import Decision

    delivery.write([Decision(old, SendState.FAILED, error_text="too late")])
    assert (post.row(message_id).state, post.row(message_id).wamid) == ("sent", row.wamid)
    assert post.store.states[message_id] == "sent"


def test_a_claim_that_another_sender_has_taken_is_not_put_back(post: Post) -> None:
    (message_id,) = post.say("Hello")
    (old,) = claims.claim(number_ids=[post.number.pk], limit=1)
    OutboxItem.objects.filter(message_id=message_id).update(attempts=old.attempt + 1)  # its lease ran out
    claims.put_back([(old, 0.0)])
    assert post.row(message_id).state == "sending"
    OutboxItem.objects.filter(message_id=message_id).update(attempts=old.attempt)
    claims.put_back([(old, 0.0)])
    assert post.row(message_id).state == "queued"


@pytest.mark.parametrize(
    ("about", "state", "code"),
    [
        ({"window_expires_at": None}, "failed", "131047"),
        ({"window_expires_at": timezone.now() - timedelta(seconds=1)}, "failed", "131047"),
        ({"is_blocked": True}, "cancelled", ""),
        ({"phone": None}, "failed", ""),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "cancelled", ""),
    ],
)
def test_what_must_not_go_out_now_is_decided_without_a_call(
    post: Post, graph: FakeGraph, about: dict[str, Any], state: str, code: str
) -> None:
    (message_id,) = post.say("Hello", **about)
    drain(post)
    row = post.row(message_id)
    assert (row.state, row.error_code, post.store.states[message_id]) == (state, code, state)
    assert post.store.results[-1].error_text
    assert graph.calls == graph.refusals == []


def test_a_withdrawn_message_is_cancelled(post: Post, graph: FakeGraph) -> None:
    (message_id,) = post.say("Hello")
    del post.store.messages[message_id]
    drain(post)
    assert post.row(message_id).state == "cancelled"
    assert graph.calls == []


def test_a_suspended_shop_and_a_sleeping_number_keep_their_messages(post: Post, graph: FakeGraph) -> None:
    from tenants.queries import forget

    (message_id,) = post.say("Hello")
    for model, on, off in (
        (post.number, {"is_active": True}, {"is_active": False}),
        (post.shop, {"status": "active"}, {"status": "suspended"}),
    ):
        type(model).objects.filter(pk=model.pk).update(**off)
        forget()
        drain(post)
        row = post.row(message_id)
        assert (row.state, row.attempts) == ("queued", 0)
        assert row.next_at > timezone.now() + timedelta(seconds=50)
        type(model).objects.filter(pk=model.pk).update(**on)
        forget()
        make_due(message_id=message_id)
    drain(post)
    assert words(graph) == ["Hello"]


def test_a_refusal_for_good_is_told_in_words(post: Post, graph: FakeGraph) -> None:
    graph.fail_next("code", code=131026)
    (message_id,) = post.say("Hello")
    drain(post)
    assert post.row(message_id).state == "failed"
    result = post.store.results[-1]
    assert (result.state, result.error_code) == ("failed", 131026)
    assert "not on WhatsApp" in result.error_text


def test_too_many_to_one_person_wait_ever_longer(post: Post, graph: FakeGraph) -> None:
    (message_id,) = post.say("Hello")
    for waited in (1, 4, 16):
        graph.fail_next("code", code=131056)
        drain(post)
        row = post.row(message_id)
        assert row.state == "queued"
        assert waited - 1 < (row.next_at - timezone.now()).total_seconds() <= waited
        make_due(message_id=message_id)
    drain(post)
    assert words(graph) == ["Hello"]


def test_retry_after_is_obeyed_and_slows_the_number_without_costing_a_try(post: Post, graph: FakeGraph) -> None:
    graph.fail_next("code", code=130429, status=429, retry_after=30)
    (message_id,) = post.say("Hello")
    drain(post)
    row = post.row(message_id)
    assert (row.state, row.attempts) == ("queued", 0)
    assert 28 < (row.next_at - timezone.now()).total_seconds() <= 30
    health = NumberHealth.objects.get(pk=post.number.pk)
    assert health.slow_until > timezone.now() + timedelta(seconds=55)


def test_a_refused_sign_in_stops_the_number_keeps_the_queue_and_is_told_once(
    post: Post, graph: FakeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    notices: list[bool] = []
    note = pace.note_refused_sign_in
    monkeypatch.setattr(pace, "note_refused_sign_in", lambda **about: notices.append(note(**about)))
    graph.fail_always("code", code=190, status=401)
    for person in range(5):
        post.say("Hello", to=f"2782400000{person}")
    drain(post)
    make_due(number_id=post.number.pk)
    tried = len(graph.refusals)
    assert drain(post) == 0
    assert len(graph.refusals) == tried <= 8
    assert notices.count(True) == 1
    assert {(row.state, row.attempts) for row in post.rows()} == {("queued", 0)}
    assert NumberHealth.objects.get(pk=post.number.pk).breaker == "hard"
    graph.heal()
    pace.close_breaker(number_id=post.number.pk)
    make_due(number_id=post.number.pk)
    assert drain(post) == 5
    assert len(graph.calls) == 5


def test_a_sick_server_opens_the_breaker_and_one_probe_closes_it(post: Post, graph: FakeGraph) -> None:
    graph.fail_always("status", status=503)
    for person in range(60):
        post.say("Hello", to=f"278250000{person:02d}")
    drain(post)
    assert len(graph.refusals) <= 25
    health = NumberHealth.objects.get(pk=post.number.pk)
    assert (health.breaker, health.open_seconds) == ("open", 30)
    tried = len(graph.refusals)
    for seconds in (60, 120):  # a probe fails: the next pause is twice as long
        NumberHealth.objects.update(open_until=timezone.now())
        drain(post)
        tried += 1
        assert len(graph.refusals) == tried
        assert NumberHealth.objects.get(pk=post.number.pk).open_seconds == seconds
    graph.heal()
    NumberHealth.objects.update(open_until=timezone.now())
    make_due(number_id=post.number.pk)
    drain(post)
    assert NumberHealth.objects.get(pk=post.number.pk).breaker == "closed"
    delivery.reclaim()
    drain(post)
    assert len({call.recipient for call in graph.calls}) == 60


def test_one_sick_number_does_not_touch_another(post: Post, amber: Shop, graph: FakeGraph) -> None:
    well = Post(amber, post.store)
    graph.fail_always("code", code=190, status=401, number=post.number.phone_number_id)
    post.say("a")
    well.say("b")
    with running_sender():
        until(lambda: len(graph.calls) == 1)
        until(lambda: NumberHealth.objects.filter(breaker="hard").exists())
    assert words(graph) == ["b"]


def test_a_number_sends_no_faster_than_it_may(amber: Shop, store: MemoryStore, graph: FakeGraph) -> None:
    slow = Post(amber, store, throughput_per_second=10)
    for person in range(25):
        slow.say("Hello", to=f"278260000{person:02d}")
    with running_sender():
        until(lambda: len(graph.calls) == 25)
    moments = graph.recorder.moments[-25:]
    assert moments[-1] - moments[0] > 1.2  # ten at once, then ten a second
    assert sum(moment - moments[0] < 1 for moment in moments) <= 21


def test_one_person_gets_45_messages_in_a_row_and_then_waits(post: Post, graph: FakeGraph) -> None:
    post.say(*[f"{n}" for n in range(46)])
    drain(post)
    assert len(graph.calls) == 45
    row = post.rows()[-1]
    assert (row.state, row.attempts) == ("queued", 0)
    assert row.next_at > timezone.now() + timedelta(seconds=200)
    OutboxItem.objects.filter(state="sent").update(sent_at=timezone.now() - timedelta(seconds=271))
    make_due(message_id=row.message_id)
    drain(post)
    assert len(graph.calls) == 46


def test_buckets_hold_under_many_hands(amber: Shop, store: MemoryStore) -> None:
    """Six senders take from one bucket of 100 a second: no token is taken twice."""
    assert 100 <= claimed_at_once(amber, store) <= 150


def test_without_the_row_lock_the_bucket_is_overdrawn(
    amber: Shop, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "_CLAIM", claims._CLAIM.replace("FOR UPDATE OF n", ""))
    assert claimed_at_once(amber, store) > 150


def claimed_at_once(amber: Shop, store: MemoryStore) -> int:
    """How many of 400 waiting messages six senders claim that begin in the same moment."""
    post = Post(amber, store, throughput_per_second=100)
    for person in range(400):
        post.say("Hello", to=f"27826{person:06d}")
    claims.claim(number_ids=[post.number.pk], limit=1)  # the number's row is there from now on
    begin, taken = threading.Barrier(6), []

    def take() -> None:
        try:
            connection.ensure_connection()
            begin.wait(10)
            taken.append(len(claims.claim(number_ids=[post.number.pk], limit=60)))
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(taken)


def test_a_store_that_breaks_costs_its_ticks_and_not_a_second_send(post: Post, graph: FakeGraph) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("bug")

    post.store.report = broken  # type: ignore[method-assign]
    (message_id,) = post.say("Hello")
    drain(post)
    assert post.row(message_id).state == "sent"
    assert drain(post) == 0


@pytest.mark.load
def test_three_hundred_messages_a_second_leave_one_process(post: Post) -> None:
    """The gate is 300 sends a second on two cores with the stand-in beside it; a busy machine gets half."""
    import time

    with FakeGraph() as graph:
        from django.conf import settings

        settings.WHATSAPP_GRAPH_URL = graph.url
        for person in range(1500):
            post.say("Hello", to=f"27827{person:06d}")
        started = time.monotonic()
        with running_sender(8):
            until(lambda: len(graph.calls) == 1500, seconds=30)
        rate = 1500 / (time.monotonic() - started)
    print(f"{rate:.0f} sends a second")  # noqa: T201
    assert rate > 150
