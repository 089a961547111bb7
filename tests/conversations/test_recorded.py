"""One recorded body per type, through everything behind the edge: what stands in the thread, who it is, what is said.

`tests/payloads/seen.json` is the table: the thread without the bot, the first sentence of each answer, each thread as
`status mode …: last line`, each customer with every name. What changes it should change it knowingly.
"""

import json
import re
from typing import Any

import pytest
from django.utils import timezone

from conversations.models import Conversation, Message
from conversations.transport.models import InboxEvent, WebhookRaw
from conversations.transport.processes.sweeper import KEEP_BODIES, scrub
from loyalty.models import ConsentEntry, Customer, CustomerIdentity, Entry
from tests.journeys.conftest import Bakery
from tests.payloads import payload, recorded, recorded_names
from tests.payloads.playing import arrive, work

SEEN = json.loads(payload("seen"))
# What concerns no talk: the fields that are told, in their order.
NEWS = {
    "account_alerts": ["account_alerts"],
    "account_capability": ["business_capability_update"],
    "account_of_the_future": ["moon_phase_update"],
    "account_partner": ["account_update"],
    "account_phone_name": ["phone_number_name_update"],
    "account_phone_quality": ["phone_number_quality_update"],
    "account_review": ["account_review_update"],
    "account_security": ["security"],
    "account_template_category": ["template_category_update"],
    "account_template_components": ["message_template_components_update"],
    "account_template_correct_category": ["template_correct_category_detection"],
    "account_template_quality": ["message_template_quality_update"],
    "account_template_status": ["message_template_status_update"],
    "account_update": ["account_update"],
    "address_book": ["smb_app_state_sync"] * 3,
    "errors": ["errors", "errors"],
    "history_refused": ["history"],
    "status_of_the_future": ["statuses"],
    "user_actions": ["user_actions"],
    "user_preferences": ["user_preferences"] * 2,
}
RECEIPTS = {"statuses": 6, "status_failed": 1}
_HELLO = re.compile(r"^Hi \w+! 👋 Welcome to Amber Bakery\. \(Send STOP if you never want offers from us\.\)\n\n")


def play(bakery: Bakery, name: str) -> None:
    number = bakery.number
    where = {"phone_number_id": number.phone_number_id, "waba_id": number.waba_id, "phone": number.phone}
    arrive(recorded(name, at=timezone.now(), **where))


def first_sentence(answer: Message) -> str:
    return re.split(r"(?<=[.!?:])\s", _HELLO.sub("", answer.text))[0]


def line_of(thread: Conversation, *, has_answer: bool) -> str:
    facts = {
        "needs_person": thread.needs_person,
        "window": thread.window_expires_at is not None,
        "from_ad": thread.referred_at is not None,
    }
    words = [thread.status, thread.mode, *(name for name, holds in facts.items() if holds)]
    return " ".join(words) + ("" if has_answer or not thread.last_preview else f": {thread.last_preview}")


def names_of(customer: Customer) -> list[Any]:
    rows = CustomerIdentity.objects.filter(customer=customer, retired_at=None).values_list("kind", "value")
    return [customer.profile_name, customer.phone, sorted(f"{kind}:{value}" for kind, value in rows)]


def seen() -> dict[str, Any]:
    answers = list(Message.objects.filter(author="bot").order_by("id"))
    others = Message.objects.exclude(author="bot").order_by("shown_at", "id")
    threads = Conversation.objects.order_by("customer__phone", "id")
    return {
        "thread": [[message.direction, message.kind, message.text] for message in others],
        "bot": [first_sentence(answer) for answer in answers],
        "threads": [line_of(thread, has_answer=bool(answers)) for thread in threads],
        "customers": [names_of(customer) for customer in Customer.objects.order_by("phone")],
    }


def test_every_recorded_body_is_in_one_of_the_tables() -> None:
    assert sorted([*SEEN, *NEWS, *RECEIPTS]) == recorded_names()
    assert len(recorded_names()) >= 35


@pytest.mark.parametrize("name", SEEN)
def test_what_appears_in_the_thread_and_in_the_customer(bakery: Bakery, name: str) -> None:
    play(bakery, name)
    work()

    assert seen() == SEEN[name]
    assert not InboxEvent.objects.exclude(state="done").exists()


@pytest.mark.parametrize("name", SEEN)
def test_the_same_body_again_changes_nothing(bakery: Bakery, name: str) -> None:
    play(bakery, name)
    work()
    raw = WebhookRaw.objects.get()
    WebhookRaw.objects.filter(pk=raw.pk).update(state="new")
    InboxEvent.objects.all().delete()  # as if its keys were forgotten: the messages' own ids hold
    arrive()
    work()

    assert seen()["thread"] == SEEN[name]["thread"]
    assert seen()["bot"] == SEEN[name]["bot"]
    assert seen()["customers"] == SEEN[name]["customers"]


@pytest.mark.parametrize("name", NEWS)
def test_news_of_the_account_are_told_and_no_talk_begins(bakery: Bakery, name: str) -> None:
    play(bakery, name)
    events = list(InboxEvent.objects.order_by("id"))
    work()

    assert [(event.kind, event.data["field"]) for event in events] == [("account", field) for field in NEWS[name]]
    assert all(event.lane == f"n:{bakery.shop.pk}:{bakery.number.pk}" for event in events)
    assert all(isinstance(event.data["value"], dict) and event.data["value"] for event in events)
    assert not Message.objects.exists()


@pytest.mark.parametrize("name", RECEIPTS)
def test_receipts_of_what_we_never_sent_wait_and_begin_no_talk(bakery: Bakery, name: str) -> None:
    play(bakery, name)
    work()

    waiting = InboxEvent.objects.filter(kind="status", state="ready", last_error__startswith="NotYetKnown")
    assert waiting.count() == RECEIPTS[name]
    assert not Message.objects.exists()


@pytest.mark.parametrize("name", ["echo_text", "history", "history_media", "standby"])
def test_a_copy_gives_no_consent_no_points_and_no_window(bakery: Bakery, name: str) -> None:
    play(bakery, name)
    work()

    assert not Message.objects.filter(author="bot").exists()
    assert not ConsentEntry.objects.exists()
    assert not Entry.objects.exists()
    for thread in Conversation.objects.all():
        assert (thread.window_expires_at, thread.last_inbound_at, thread.unread_count) == (None, None, 0)
        assert not thread.needs_person


def test_history_stands_before_what_is_said_now_and_a_late_file_takes_its_place(bakery: Bakery) -> None:
    for name in ("text", "history", "history_media"):
        play(bakery, name)
        work()

    thread = Conversation.objects.get(customer__phone="+27821230001")
    said = [m.text for m in Message.objects.filter(conversation=thread).order_by("shown_at", "id")]
    assert said[:5] == [
        "We have moved",
        "Do you deliver to Woodstock?",
        "Every day before noon",
        "our street",
        "Molo! Two rye loaves 🍞 please",
    ]
    assert Message.objects.get(text="our street").kind == "image"
    assert thread.status == "open"


def test_an_unknown_type_keeps_its_whole_body_for_two_weeks(bakery: Bakery) -> None:
    play(bakery, "type_of_the_future")
    work()

    event = InboxEvent.objects.get(event_key="msg:wamid.HOLOGRAM")
    assert event.raw is not None
    assert bytes(event.raw.body)
    WebhookRaw.objects.update(received_at=timezone.now() - KEEP_BODIES * 1.01)
    scrub()
    assert bytes(WebhookRaw.objects.get().body) == b""
    assert Message.objects.get(direction="in").content["details"] == {"type": "hologram"}


def test_names_of_the_shops_address_book_are_only_a_suggestion(bakery: Bakery) -> None:
    play(bakery, "echo_text")
    play(bakery, "address_book")
    work()
    assert names_of(Customer.objects.get())[0] == "Ada from the market"

    play(bakery, "text")
    work()
    play(bakery, "address_book")
    work()
    assert Customer.objects.get().profile_name == "Ada Dlamini"
