"""Echoes of the phone app among our own messages: kept once, ticked, and the bot keeps out of a person's talk."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from conversations.models import Conversation, Message, MessageStatus
from conversations.transport.models import InboxEvent
from conversations.transport.ports import SendResult, SendState, store
from tests.journeys.chat import Customer
from tests.journeys.conftest import Bakery
from tests.payloads.playing import arrive, retry, work


def change(bakery: Bakery, field: str, **lists: Any) -> bytes:
    metadata = {"display_phone_number": "27215550100", "phone_number_id": bakery.number.phone_number_id}
    value = {"messaging_product": "whatsapp", "metadata": metadata, **lists}
    return json.dumps({"entry": [{"id": "w", "changes": [{"field": field, "value": value}]}]}).encode()


def echo(bakery: Bakery, wamid: str, words: str, *, at: datetime | None = None, to: str = "27821234567") -> bytes:
    stamp = str(int((at or timezone.now()).timestamp()))
    message = {
        "from": "27215550100",
        "to": to,
        "id": wamid,
        "timestamp": stamp,
        "type": "text",
        "text": {"body": words},
    }
    return change(bakery, "smb_message_echoes", message_echoes=[message])


def receipt(bakery: Bakery, wamid: str, status: str) -> bytes:
    stamp = str(int(timezone.now().timestamp()))
    told = {"id": wamid, "status": status, "timestamp": stamp, "recipient_id": "27821234567"}
    return change(bakery, "messages", statuses=[told])


def out() -> list[tuple[str, str]]:
    return [(row.author, row.state) for row in Message.objects.filter(direction="out").order_by("shown_at", "id")]


def test_an_echo_of_our_own_message_is_that_message(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    ours = Message.objects.get(direction="out")

    arrive(echo(bakery, ours.wamid or "", ours.text))
    work()

    assert out() == [("bot", "sent")]
    assert Conversation.objects.get().mode == "bot"


def test_an_echo_waits_while_one_of_our_own_has_no_id_yet(bakery: Bakery, thandi: Customer) -> None:
    thandi.deliver(thandi.payload({"type": "text", "text": {"body": "hi"}}))
    ours = Message.objects.get(direction="out")
    arrive(echo(bakery, "wamid.OURS", ours.text))
    work()
    assert InboxEvent.objects.get(kind="copy").state == "ready"

    store().report(bakery.shop, [SendResult(ours.pk, SendState.SENT, timezone.now(), wamid="wamid.OURS")])
    retry()

    assert InboxEvent.objects.get(kind="copy").state == "done"
    assert out() == [("bot", "sent")]


def test_a_waiting_echo_holds_up_nobody(bakery: Bakery, thandi: Customer) -> None:
    thandi.deliver(thandi.payload({"type": "text", "text": {"body": "hi"}}))
    arrive(echo(bakery, "wamid.ECHO", "hello"), thandi.payload({"type": "text", "text": {"body": "menu"}}))
    work()

    assert list(Message.objects.filter(direction="in").values_list("text", flat=True)) == ["hi", "menu"]
    assert InboxEvent.objects.get(kind="copy").state == "ready"


@pytest.mark.parametrize("order", ["echo first", "receipt first"])
def test_receipts_of_an_echo_tick_it(bakery: Bakery, thandi: Customer, order: str) -> None:
    thandi.says("hi")
    bodies = [echo(bakery, "wamid.ECHO", "Ready at five"), receipt(bakery, "wamid.ECHO", "read")]
    for body in bodies if order == "echo first" else bodies[::-1]:
        arrive(body)
        work()
    retry()

    assert out() == [("bot", "sent"), ("staff", "read")]
    kept = MessageStatus.objects.get(wamid="wamid.ECHO")
    assert kept.message is not None
    assert kept.message.text == "Ready at five"
    assert not InboxEvent.objects.exclude(state="done").exists()


def test_receipts_that_were_parked_join_their_echo(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    MessageStatus.objects.create(wamid="wamid.ECHO", status="delivered", at=timezone.now())

    arrive(echo(bakery, "wamid.ECHO", "Ready at five"))
    work()

    assert out() == [("bot", "sent"), ("staff", "delivered")]


def test_after_an_echo_the_bot_is_silent_as_after_any_word_of_a_person(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    before = Conversation.objects.get().window_expires_at
    arrive(echo(bakery, "wamid.ECHO", "I am with you"))
    work()

    assert thandi.says("menu") == ""
    thread = Conversation.objects.get()
    assert (thread.mode, thread.needs_person, thread.assignee_id) == ("human", True, None)
    assert before is not None

    Conversation.objects.update(takeover_until=timezone.now() - timedelta(seconds=1))
    assert thandi.says("menu").startswith("What would you like to do?")


def test_an_echo_that_comes_hours_late_silences_nobody(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    arrive(echo(bakery, "wamid.ECHO", "this morning", at=timezone.now() - timedelta(hours=5)))
    work()

    thread = Conversation.objects.get()
    assert (thread.mode, thread.last_author) == ("bot", "bot")
    first = Message.objects.order_by("shown_at", "id").first()
    assert first is not None
    assert first.text == "this morning"
    assert thandi.says("menu").startswith("What would you like to do?")


def test_an_echo_renews_no_window(bakery: Bakery, thandi: Customer) -> None:
    sent_at = timezone.now().replace(microsecond=0) - timedelta(hours=20)
    thandi.sends({"type": "text", "text": {"body": "hi"}}, at=sent_at.timestamp())
    arrive(echo(bakery, "wamid.ECHO", "hello again"))
    work()

    assert Conversation.objects.get().window_expires_at == sent_at + timedelta(hours=23, minutes=58)
