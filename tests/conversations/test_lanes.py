"""What the chat does with the events of a lane that are no messages."""

from django.utils import timezone

from conversations import lanes
from conversations.models import Conversation, Message, TurnTrace
from conversations.transport.lanes.lane_rows import LaneEvent
from tests.journeys.chat import Customer
from tests.journeys.conftest import Bakery


def marker(number_id: int, sender: dict[str, str] | None) -> LaneEvent:
    data = {"type": "event_dead", "event_id": 77, "kind": "message", "sender": sender}
    return LaneEvent(78, "internal", "dead:77", 1, number_id, timezone.now(), data)


def test_a_message_that_died_leaves_its_place_in_the_thread_and_asks_for_a_person(
    bakery: Bakery, thandi: Customer
) -> None:
    thandi.says("hi")
    spoken = Message.objects.filter(direction="out").count()
    thread = Conversation.objects.get()
    lost = marker(thread.number_id, {"phone": thread.customer.phone})

    lanes.handle(bakery.shop, "c:1", [lost])
    lanes.handle(bakery.shop, "c:1", [lost])

    placeholder = Message.objects.get(wamid="dead:77")
    assert (placeholder.conversation_id, placeholder.kind, placeholder.text) == (
        thread.pk,
        "unsupported",
        "(a message that could not be read)",
    )
    assert Conversation.objects.get().needs_person
    assert Message.objects.filter(direction="out").count() == spoken
    assert TurnTrace.objects.filter(message=placeholder).count() == 1


def test_a_lost_message_of_nobody_changes_no_thread(bakery: Bakery) -> None:
    lanes.handle(bakery.shop, "c:1", [marker(bakery.number.pk, None)])

    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
