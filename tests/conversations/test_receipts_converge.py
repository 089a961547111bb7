"""Receipts on the chat's own rows: any order, doubled or early, and the thread shows the same, with the whole history."""

import itertools
import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from conversations.models import Message, MessageStatus
from conversations.transport.models import OutboxItem
from conversations.transport.ports import SendResult, SendState, store
from conversations.transport.sending.statuses import NotYetKnown, apply_receipts
from conversations.transport.types import Receipt, ReceiptStatus
from conversations.views.bubbles import bubbles_of
from tenants.context import inside
from tests.journeys.chat import Customer
from tests.journeys.conftest import Bakery

FOUR = ("sent", "delivered", "read", "failed")
WAMID = "wamid.OUT-RACE"


def receipts(*names: str, token: str = "") -> list[Receipt]:
    """One of each, each at its own second, all as young as the test is: an old one waits for no commit."""
    now = timezone.now().replace(microsecond=0)
    moments = {name: now + timedelta(seconds=place) for place, name in enumerate(ReceiptStatus)}
    return [Receipt(WAMID, ReceiptStatus(name), moments[name], token=token) for name in names]


def sent_message(thandi: Customer) -> Message:
    """An answer of the bot that WhatsApp took."""
    thandi.says("hi")
    message = Message.objects.filter(direction="out").latest("id")
    Message.objects.filter(pk=message.pk).update(wamid=WAMID, state="sent")
    OutboxItem.objects.filter(message_id=message.pk).update(wamid=WAMID, state="sent")
    return message


def view_of(message: Message) -> tuple[str, str, list[str]]:
    """What a person sees and what is kept."""
    message.refresh_from_db()
    (bubble,) = bubbles_of([message])
    kept = MessageStatus.objects.filter(wamid=WAMID, message=message).order_by("at")
    return message.state, bubble.tick.label if bubble.tick else "", [row.status for row in kept]


@pytest.mark.parametrize("order", list(itertools.permutations(FOUR)), ids="-".join)
@pytest.mark.parametrize("how", ["once", "each twice", "all twice"])
def test_all_24_orders_lead_to_one_view(bakery: Bakery, thandi: Customer, order: tuple[str, ...], how: str) -> None:
    message = sent_message(thandi)
    arrivals = {"once": order, "each twice": [n for n in order for _ in range(2)], "all twice": [*order, *order]}[how]

    for each in receipts(*arrivals):
        apply_receipts(shop=bakery.shop, number_id=bakery.number.pk, receipts=[each])

    assert view_of(message) == ("read", "Read", ["sent", "delivered", "read", "failed"])


def test_played_is_read_and_deleted_and_warning_are_history(bakery: Bakery, thandi: Customer) -> None:
    message = sent_message(thandi)
    for each in receipts("warning", "played", "deleted", "sent", "warning"):
        apply_receipts(shop=bakery.shop, number_id=bakery.number.pk, receipts=[each])

    assert view_of(message) == ("read", "Read", ["sent", "played", "deleted", "warning"])


def test_a_receipt_alone_that_says_nothing_of_the_way_moves_nothing(bakery: Bakery, thandi: Customer) -> None:
    message = sent_message(thandi)
    apply_receipts(shop=bakery.shop, number_id=bakery.number.pk, receipts=receipts("deleted"))

    assert view_of(message) == ("sent", "Sent", ["deleted"])


class Sender:
    """The sender's own transaction, held open until told to commit."""

    def __init__(self, bakery: Bakery, message: Message) -> None:
        self.bakery, self.message = bakery, message
        self.has_written, self.may_commit = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        assert self.has_written.wait(10)

    def _run(self) -> None:
        try:
            with inside(self.bakery.shop), transaction.atomic():
                OutboxItem.objects.filter(message_id=self.message.pk).update(wamid=WAMID, state="sent")
                result = SendResult(self.message.pk, SendState.SENT, timezone.now(), wamid=WAMID)
                store().report(self.bakery.shop, [result])
                self.has_written.set()
                assert self.may_commit.wait(20)
        finally:
            connections.close_all()

    def commit(self) -> None:
        self.may_commit.set()
        self.thread.join(20)


def waiting_message(thandi: Customer) -> Message:
    thandi.deliver(thandi.payload({"type": "text", "text": {"body": "hi"}}))
    return Message.objects.filter(direction="out").latest("id")


@pytest.mark.django_db(transaction=True)
def test_a_receipt_before_our_own_commit_waits_and_is_joined(bakery: Bakery, thandi: Customer) -> None:
    """Without our token only the wamid names the message, and that is not committed yet."""
    message = waiting_message(thandi)
    sender = Sender(bakery, message)
    given = {"shop": bakery.shop, "number_id": bakery.number.pk, "receipts": receipts("delivered")}
    with pytest.raises(NotYetKnown), transaction.atomic():
        apply_receipts(**given)
    assert not MessageStatus.objects.exists()

    sender.commit()
    with transaction.atomic():
        apply_receipts(**given)

    assert view_of(message) == ("delivered", "Delivered", ["delivered"])


@pytest.mark.django_db(transaction=True)
def test_a_receipt_with_our_token_meets_the_senders_open_transaction(bakery: Bakery, thandi: Customer) -> None:
    """The row is known by its token and held by the sender: the receipt waits for it and then counts on top."""
    message = waiting_message(thandi)
    sender = Sender(bakery, message)
    given = {"shop": bakery.shop, "number_id": bakery.number.pk, "receipts": receipts("read", token=message.token)}
    has_ended = threading.Event()

    def receive() -> None:
        try:
            with inside(bakery.shop), transaction.atomic():
                apply_receipts(**given)
            has_ended.set()
        finally:
            connections.close_all()

    receiver = threading.Thread(target=receive)
    receiver.start()
    assert not has_ended.wait(0.4)  # held by the sender
    sender.commit()
    receiver.join(20)

    assert has_ended.is_set()
    assert view_of(message) == ("read", "Read", ["read"])
    assert OutboxItem.objects.get(message_id=message.pk).state == "sent"
