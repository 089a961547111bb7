"""Receipts in any order, doubled, early or late, lead to the same state and are never lost."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from conversations.transport import delivery
from conversations.transport.models import OutboxItem
from conversations.transport.providers.registry import sentence_for
from conversations.transport.sending.statuses import NotYetKnown, apply_receipts, merge_result, merge_status
from conversations.transport.types import Receipt, ReceiptStatus
from tenants.models import Shop
from tests.transport.sending import MemoryStore, Post

ALL = ("sent", "delivered", "read", "failed")


@pytest.fixture
def post(shop: Shop, store: MemoryStore) -> Post:
    return Post(shop, store)


def receipt(status: str, **about: object) -> Receipt:
    known = {"wamid": "wamid.X", "at": timezone.now()}
    return Receipt(status=ReceiptStatus(status), **{**known, **about})  # type: ignore[arg-type]


@pytest.mark.parametrize("order", list(itertools.permutations(ALL)), ids="-".join)
def test_all_24_orders_end_the_same_also_when_each_is_doubled(order: tuple[str, ...]) -> None:
    for arrivals in (order, [status for status in order for _ in range(2)], [*order, *order]):
        state = "sent"
        for status in arrivals:
            after = merge_status(state, status)
            assert merge_status(after, status) == after
            state = after
        assert state == "read"


@pytest.mark.parametrize(
    ("before", "status", "after"),
    [
        ("queued", "sent", "sent"),
        ("sending", "failed", "failed"),
        ("unknown", "delivered", "delivered"),
        ("sent", "failed", "failed"),
        ("failed", "sent", "failed"),
        ("failed", "delivered", "delivered"),
        ("delivered", "failed", "delivered"),
        ("read", "delivered", "read"),
        ("read", "played", "played"),
        ("cancelled", "delivered", "delivered"),
    ],
)
def test_a_state_goes_up_only(before: str, status: str, after: str) -> None:
    assert merge_status(before, status) == after


@pytest.mark.parametrize(
    ("before", "result", "after"),
    [
        ("queued", "sent", "sent"),
        ("delivered", "sent", "delivered"),
        ("delivered", "unknown", "delivered"),
        ("unknown", "queued", "queued"),
        ("sent", "queued", "sent"),
        ("failed", "sent", "failed"),
    ],
)
def test_an_answer_undoes_nothing_a_receipt_has_told(before: str, result: str, after: str) -> None:
    assert merge_result(before, result) == after


def sent(post: Post, wamid: str = "wamid.X", state: str = "sent") -> int:
    (message_id,) = post.say("Hello")
    OutboxItem.objects.filter(message_id=message_id).update(state=state, wamid=wamid or None)
    return message_id


def apply(post: Post, *receipts: Receipt) -> None:
    apply_receipts(shop=post.shop, number_id=post.number.pk, receipts=receipts)


def test_a_receipt_is_joined_by_the_wamid_and_kept(post: Post) -> None:
    message_id = sent(post)
    apply(post, receipt("delivered"), receipt("read"))
    assert post.store.states[message_id] == "read"
    assert [given.message_id for given in post.store.receipts] == [message_id, message_id]


def test_a_receipt_before_the_answer_is_joined_by_our_token_and_settles_the_sending(post: Post) -> None:
    message_id = sent(post, wamid="", state="unknown")
    apply(post, receipt("delivered", token=f"token-{message_id}"))
    row = post.row(message_id)
    assert (row.state, row.wamid, row.lease_until) == ("sent", "wamid.X", None)
    assert row.sent_at is not None
    assert delivery.reclaim() == 0
    assert post.store.states[message_id] == "delivered"


def test_a_message_that_waits_to_go_out_again_does_not_when_its_receipt_comes(post: Post) -> None:
    message_id = sent(post, wamid="", state="queued")
    apply(post, receipt("sent", token=f"token-{message_id}"))
    assert post.row(message_id).state == "sent"


def test_a_late_failure_is_told_with_its_code(post: Post) -> None:
    message_id = sent(post)
    apply(post, receipt("failed", error_code=131047, error_text="More than 24 hours"))
    row = post.row(message_id)
    assert (row.state, row.error_code, row.last_error) == ("failed", "131047", sentence_for(131047))
    assert post.store.states[message_id] == "failed"


def test_proof_of_arrival_wins_over_a_failure_that_came_with_it(post: Post) -> None:
    message_id = sent(post, wamid="", state="unknown")
    token = f"token-{message_id}"
    apply(post, receipt("failed", token=token, error_code=1), receipt("read", token=token))
    assert (post.row(message_id).state, post.store.states[message_id]) == ("sent", "read")


def test_an_unknown_wamid_is_tried_again_for_ten_minutes_and_then_kept_alone(post: Post) -> None:
    message_id = sent(post)
    with pytest.raises(NotYetKnown):
        apply(post, receipt("read"), receipt("sent", wamid="wamid.OTHER"))
    assert post.store.receipts == []
    assert post.store.states[message_id] == "queued"
    late = receipt("sent", wamid="wamid.OTHER", at=timezone.now() - timedelta(minutes=11))
    apply(post, late)
    assert [(given.message_id, given.receipt) for given in post.store.receipts] == [(None, late)]


def test_a_token_of_another_shop_or_number_joins_nothing(post: Post, blue: Shop) -> None:
    theirs = Post(blue, post.store)
    message_id = sent(theirs)
    old = datetime(2026, 1, 1, tzinfo=UTC)
    apply(post, receipt("read", at=old), receipt("read", at=old, token=f"token-{message_id}", wamid="wamid.Y"))
    assert theirs.row(message_id).state == "sent"
    assert [given.message_id for given in post.store.receipts] == [None, None]
