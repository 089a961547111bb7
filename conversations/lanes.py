"""The lane worker's one call: everything that waits in a lane, handled in its order in one transaction."""

import base64
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from conversations import engine, intake
from conversations.directory import reception
from conversations.hearing import copies, lost
from conversations.transport.copies import Copy
from conversations.transport.numbers import accounts
from conversations.transport.sending.statuses import apply_receipts
from conversations.transport.types import Incoming, Receipt
from payments import services as payments
from shopme.lib.failpoints import fail_at
from tenants.models import Shop
from tenants.queries import PLATFORM, number_by_id

if TYPE_CHECKING:
    from conversations.transport.lanes.handling import LaneEvent


def handle(shop: Shop, lane: str, events: Sequence["LaneEvent"]) -> None:
    """Handle `events` in order, inside the shop (for the shared number: in public) and the transaction of the worker.

    Messages that wait together are answered together. What cannot be handled raises, and the worker tries again.
    """
    if shop.pk == PLATFORM:
        reception.handle(lane, events)
        return
    for kind, together in groupby(events, key=lambda event: event.kind):
        if kind in _HANDLERS:
            _HANDLERS[kind](shop, list(together))


def _messages(shop: Shop, events: Sequence["LaneEvent"]) -> None:
    for number_id, together in groupby(events, key=lambda event: event.number_id or 0):
        incomings = [Incoming.from_json(event.data, number_id=number_id) for event in together]
        for arrival in intake.accept(shop, number_by_id(number_id), incomings):
            fail_at("message_kept", incomings[0].wamid)  # rows of a turn that dies have other ids the next time
            engine.take_turn(shop=shop, arrival=arrival)


def _statuses(shop: Shop, events: Sequence["LaneEvent"]) -> None:
    for number_id, together in groupby(events, key=lambda event: event.number_id or 0):
        receipts = [Receipt.from_json(event.data) for event in together]
        apply_receipts(shop=shop, number_id=number_id, receipts=receipts)


def _copies(shop: Shop, events: Sequence["LaneEvent"]) -> None:
    for number_id, together in groupby(events, key=lambda event: event.number_id or 0):
        said = [Copy.from_json(event.data, number_id=number_id) for event in together]
        copies.keep(shop, number_by_id(number_id), said)


def _payments(shop: Shop, events: Sequence["LaneEvent"]) -> None:
    for event in events:
        payments.receive_notice(
            reference=event.data["reference"],
            headers=event.data["headers"],
            body=base64.b64decode(event.data["body"]),
            at=event.provider_at or timezone.now(),
        )


def _markers(shop: Shop, events: Sequence["LaneEvent"]) -> None:
    for event in events:
        if message := lost.lost_message(event):
            lost.show(shop, number_by_id(message.number_id), message)


_HANDLERS: Final[dict[str, Callable[[Shop, Sequence["LaneEvent"]], None]]] = {
    "message": _messages,
    "status": _statuses,
    "copy": _copies,
    "payment": _payments,
    "internal": _markers,
    "account": accounts.tell,
}
