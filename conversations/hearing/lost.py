"""A customer's message that could not be handled at all: its thread shows its place and asks for a person."""

from typing import TYPE_CHECKING, Final

from django.utils import timezone

from conversations import intake, turns
from conversations.inbox import handover
from conversations.transport.types import Incoming, IncomingKind, Sender

if TYPE_CHECKING:
    from conversations.transport.lanes.handling import LaneEvent
    from tenants.models import Shop, WhatsAppNumber

LOST_MESSAGE: Final = "(a message that could not be read)"


def lost_message(event: "LaneEvent") -> Incoming | None:
    """What stands in the thread for the message a dead event was about; None for other news.

    Where even the sender is unknown, only the dead letter itself tells.
    """
    if event.data.get("type") != "event_dead" or not event.data.get("sender"):
        return None
    return Incoming(
        wamid=f"dead:{event.data['event_id']}",
        sender=Sender.from_json(event.data["sender"]),
        sent_at=event.provider_at or timezone.now(),
        kind=IncomingKind.UNSUPPORTED,
        number_id=event.number_id or 0,
        text=LOST_MESSAGE,
        raw_type="event_dead",
    )


def show(shop: "Shop", number: "WhatsAppNumber", lost: Incoming) -> None:
    """Write it into its thread, once, and wait for a person. Inside the shop and the lane's transaction."""
    for arrival in intake.accept(shop, number, [lost]):
        if arrival.messages:
            handover.wait_for_person(arrival.conversation)
            event_id = lost.wamid.removeprefix("dead:")
            steps = [{"step": "dead", "detail": f"event {event_id} failed too often"}]
            turns.save(shop=shop, arrival=arrival, replies=[], steps=steps, took_ms=0)
