"""Who said stop gets no offers: asked again right before the send, whoever told us and however late."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from conversations import lanes, outbox
from conversations.models import Message
from conversations.transport import delivery
from conversations.transport.lanes.backlog import LaneEvent
from conversations.transport.models import OutboxItem
from conversations.transport.providers.meta_cloud.parse import parse
from conversations.transport.replies import TemplateMessage, Text
from conversations.transport.sending.checks import UNWANTED
from loyalty.models import ConsentEntry
from loyalty.models import Customer as Person
from tests.fakes.graph import FakeGraph
from tests.journeys.chat import Customer
from tests.journeys.conftest import Bakery
from tests.journeys.hidden import Hidden


@pytest.fixture
def graph(settings: Any) -> Iterator[FakeGraph]:
    with FakeGraph() as running:
        settings.WHATSAPP_GRAPH_URL = running.url
        yield running


def offer(customer: Customer, words: str, *, is_marketing: bool = True) -> Message:
    (message,) = outbox.enqueue(
        conversation=customer.thread,
        replies=[Text(words)],
        cause=f"campaign:{words}",
        speaker=outbox.SYSTEM,
        is_marketing=is_marketing,
    )
    return message


def test_an_offer_gives_way_to_news_and_answers_whoever_says_it(thandi: Customer) -> None:
    thandi.says("Hi")
    sale = TemplateMessage("sale", "en", "Sale!", category="MARKETING")
    (by_hand,) = outbox.enqueue(
        conversation=thandi.thread, replies=[sale], cause="staff:1", speaker=outbox.Speaker(Message.Author.STAFF, 1)
    )
    (mixed, _) = outbox.enqueue(
        conversation=thandi.thread, replies=[Text("Yes, it is open."), sale], cause="bot:1", speaker=outbox.SYSTEM
    )
    said = [offer(thandi, "20 % off"), by_hand, offer(thandi, "Your order", is_marketing=False), mixed]
    classes = dict(OutboxItem.objects.values_list("message_id", "priority"))
    assert [OutboxItem.Priority(classes[message.pk]).name for message in said] == [
        "CAMPAIGN",
        "CAMPAIGN",
        "NOTIFICATION",
        "NOTIFICATION",
    ]


def send_all(bakery: Bakery) -> None:
    delivery.drain(bakery.number.pk, threads=1)


def told(graph: FakeGraph) -> list[str]:
    return [call.payload["text"]["body"] for call in graph.calls if "text" in call.payload]


def state_of(message: Message) -> tuple[str, str]:
    return Message.objects.values_list("state", "error_text").get(pk=message.pk)


def hear_preferences(bakery: Bakery, *preferences: dict[str, Any]) -> None:
    """Meta's `user_preferences` webhook, as the lane of the number gets it."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"phone_number_id": bakery.number.phone_number_id},
        "contacts": [],
        "user_preferences": list(preferences),
    }
    entry = {"id": bakery.number.waba_id, "changes": [{"field": "user_preferences", "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    rows = [
        LaneEvent(
            id=place, kind=event.kind.value, event_key=event.event_key, shop_id=bakery.shop.pk,
            number_id=bakery.number.pk, provider_at=event.provider_at, data=event.data,
        )
        for place, event in enumerate(parse(body).events)
    ]  # fmt: skip
    lanes.handle(bakery.shop, f"n:{bakery.shop.pk}:{bakery.number.pk}", rows)


def preference(value: str, at: int, **names: str) -> dict[str, Any]:
    return {"category": "marketing_messages", "value": value, "timestamp": at, "detail": f"User said {value}", **names}


@pytest.mark.django_db(transaction=True)
class TestAtTheSend:
    def test_stop_comes_while_an_offer_waits_and_the_offer_does_not_go(
        self, bakery: Bakery, thandi: Customer, graph: FakeGraph
    ) -> None:
        thandi.says("hi")
        OutboxItem.objects.all().delete()
        waiting = offer(thandi, "Half price!")

        thandi.deliver(thandi.payload({"type": "text", "text": {"body": "Stop."}}))
        send_all(bakery)

        assert state_of(waiting) == ("cancelled", UNWANTED)
        assert [words.partition(".")[0] for words in told(graph)] == ["All right, no more offers from us"]

    def test_without_the_mark_of_an_offer_it_would_go(self, bakery: Bakery, thandi: Customer, graph: FakeGraph) -> None:
        """The control: what the check at the send is there for. A service goes to everybody."""
        thandi.says("hi")
        OutboxItem.objects.all().delete()
        waiting = offer(thandi, "Your order is ready", is_marketing=False)
        thandi.deliver(thandi.payload({"type": "text", "text": {"body": "Stop."}}))
        send_all(bakery)
        assert state_of(waiting)[0] == "sent"
        assert told(graph)[0] == "Your order is ready"

    def test_a_marketing_template_is_an_offer_whoever_sends_it(
        self, bakery: Bakery, thandi: Customer, graph: FakeGraph
    ) -> None:
        thandi.says("stop")
        OutboxItem.objects.all().delete()
        for category in ("MARKETING", "UTILITY"):
            reply = TemplateMessage(name="spring", language="en", text=f"Hello {category}", category=category)
            outbox.enqueue(conversation=thandi.thread, replies=[reply], cause=category, speaker=outbox.SYSTEM)
        send_all(bakery)
        assert list(Message.objects.filter(kind="template").order_by("id").values_list("is_marketing", "state")) == [
            (True, "cancelled"), (False, "sent"),
        ]  # fmt: skip

    def test_an_offer_never_goes_twice_and_all_else_rather_does(self, bakery: Bakery, thandi: Customer) -> None:
        """After a call without an answer an offer waits for a person; a service is said once more."""
        thandi.says("hi")
        OutboxItem.objects.all().delete()
        for is_marketing in (True, False):
            offer(thandi, f"Marketing: {is_marketing}", is_marketing=is_marketing)
        OutboxItem.objects.update(state="unknown", lease_until=timezone.now() - timedelta(seconds=1))
        delivery.reclaim()
        rows = OutboxItem.objects.order_by("id").values_list("send_class", "state", "is_resent")
        assert list(rows) == [("never_twice", "dead", False), ("rather_twice", "queued", True)]

    def test_start_lets_offers_go_again(self, bakery: Bakery, thandi: Customer, graph: FakeGraph) -> None:
        thandi.says("stop")
        thandi.says("START")
        OutboxItem.objects.all().delete()
        offer(thandi, "Half price!")
        send_all(bakery)
        assert told(graph) == ["Half price!"]

    def test_whatsapps_refusal_of_an_offer_is_a_stop(self, bakery: Bakery, thandi: Customer, graph: FakeGraph) -> None:
        thandi.says("hi")
        OutboxItem.objects.all().delete()
        graph.fail_next("code", code=131050)
        first = offer(thandi, "Half price!")
        send_all(bakery)
        second = offer(thandi, "Last day!")
        send_all(bakery)

        assert state_of(first)[0] == "failed"
        assert state_of(second) == ("cancelled", UNWANTED)
        assert told(graph) == []
        entry = ConsentEntry.objects.get()
        assert (entry.kind, entry.source, entry.key) == ("opt_out", "provider_error", f"refused:{first.pk}")

    def test_a_receipt_that_says_so_later_is_a_stop_too(
        self, bakery: Bakery, thandi: Customer, graph: FakeGraph
    ) -> None:
        thandi.says("hi")
        OutboxItem.objects.all().delete()
        offer(thandi, "Half price!")
        send_all(bakery)
        wamid = Message.objects.get(text="Half price!").wamid
        status = {
            "id": wamid, "status": "failed", "timestamp": str(int(time.time())), "recipient_id": thandi.phone,
            "errors": [{"code": 131050, "title": "Unable to deliver"}],
        }  # fmt: skip
        value = {"metadata": {"phone_number_id": bakery.number.phone_number_id}, "statuses": [status]}
        entry = {"id": bakery.number.waba_id, "changes": [{"field": "messages", "value": value}]}
        thandi.deliver(json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode())
        assert Person.objects.get().marketing_opt_in is False
        assert ConsentEntry.objects.get().wamid == wamid


class TestPreferencesOfWhatsapp:
    def test_stop_and_resume_are_kept_once_with_their_time(self, bakery: Bakery, thandi: Customer) -> None:
        thandi.says("hi")
        for _ in range(2):
            hear_preferences(bakery, preference("stop", 1790000000, wa_id=thandi.phone))
        assert Person.objects.get().marketing_opt_in is False
        hear_preferences(bakery, preference("resume", 1790000060, wa_id=thandi.phone))
        assert Person.objects.get().marketing_opt_in is True
        rows = [(row.kind, row.source, row.words, row.at) for row in ConsentEntry.objects.order_by("at")]
        assert rows == [
            ("opt_out", "user_preferences", "User said stop", datetime.fromtimestamp(1790000000, UTC)),
            ("opt_in", "user_preferences", "User said resume", datetime.fromtimestamp(1790000060, UTC)),
        ]

    def test_an_older_one_that_comes_late_changes_nothing(self, bakery: Bakery, thandi: Customer) -> None:
        thandi.says("hi")
        hear_preferences(bakery, preference("stop", 1790000060, wa_id=thandi.phone))
        hear_preferences(bakery, preference("resume", 1790000000, wa_id=thandi.phone))
        assert Person.objects.get().marketing_opt_in is False

    def test_somebody_known_by_id_only_is_found_and_a_signup_is_a_yes(self, bakery: Bakery) -> None:
        hidden = Hidden(bakery.shop, bakery.number)
        hidden.says("hi")
        hear_preferences(bakery, preference("signup", 1790000000, user_id=hidden.bsuid))
        assert Person.objects.get().marketing_opt_in is True

    def test_a_strangers_no_is_kept_and_a_strangers_yes_is_nothing(self, bakery: Bakery) -> None:
        hear_preferences(
            bakery,
            preference("stop", 1790000000, wa_id="27820000001"),
            preference("resume", 1790000000, wa_id="27820000002"),
        )
        assert [(who.phone, who.marketing_opt_in) for who in Person.objects.all()] == [("+27820000001", False)]

    def test_what_cannot_be_read_spoils_nothing(self, bakery: Bakery, thandi: Customer) -> None:
        thandi.says("hi")
        hear_preferences(
            bakery,
            {"value": "stop"},
            preference("stop", 1790000000, wa_id="not a phone"),
            preference("perhaps", 1790000000, wa_id=thandi.phone),
            {**preference("stop", 1790000000, wa_id=thandi.phone), "category": "utility_messages"},
            preference("stop", 1790000000, wa_id=thandi.phone),
        )
        assert ConsentEntry.objects.count() == 1
        assert Person.objects.get().marketing_opt_in is False


class TestWords:
    @pytest.mark.parametrize(
        "words",
        ["STOP", "stop!", " Stop. ", "Unsubscribe", "STOP 🛑", "please stop", "No more offers!", "Basta", "Disiscrivimi",
         "बंद करो", "बंद करें।", "hou op", "Teken my uit", "misa", "Ngicela ume"],
    )  # fmt: skip
    def test_a_message_that_is_only_the_word_stops_offers(self, thandi: Customer, words: str) -> None:
        assert "START" in thandi.says(words)
        entry = ConsentEntry.objects.get()
        assert (entry.kind, entry.source, entry.words, entry.wamid) == (
            "opt_out", "words", words.strip(), thandi.wamids[-1],
        )  # fmt: skip
        assert Person.objects.get().marketing_opt_in is False

    @pytest.mark.parametrize(
        "words",
        ["Can you stop my order?", "At which bus stop are you?", "Please stop by at 5", "how do I stop the delivery",
         "non-stop bakery?", "basta così, quanto costa?", "मेरा ऑर्डर कहाँ है"],
    )  # fmt: skip
    def test_the_word_inside_a_question_stops_nothing(self, thandi: Customer, words: str) -> None:
        thandi.says(words)
        assert not ConsentEntry.objects.exists()
        assert Person.objects.get().marketing_opt_in is None

    def test_stop_said_again_and_again_is_kept_and_answered_once(self, thandi: Customer) -> None:
        thandi.says("hi")
        assert thandi.says("STOP").startswith("All right, no more offers from us.")
        assert thandi.says("stop") == ""
        assert ConsentEntry.objects.count() == 2

    def test_service_answers_go_on_and_start_is_a_yes(self, thandi: Customer) -> None:
        thandi.says("STOP")
        assert thandi.says("menu").startswith("What would you like to do?")
        assert thandi.says("START").startswith("Lovely, we will let you know")
        assert Person.objects.get().marketing_opt_in is True

    def test_stop_and_start_of_one_second_end_as_they_were_said(self, thandi: Customer) -> None:
        now = time.time()
        thandi.sends({"type": "text", "text": {"body": "stop"}}, at=now)
        thandi.sends({"type": "text", "text": {"body": "start"}}, at=now)
        assert Person.objects.get().marketing_opt_in is True


def test_the_words_say_where_they_are_from() -> None:
    from conversations.flows.consent import WORDS

    assert WORDS["as_of"] == "2026-11-20"
    assert "Policy" in WORDS["source"]
    assert set(WORDS["stop"]) == {"en", "it", "hi", "af", "zu"} == set(WORDS["start"])
