"""The lane worker's one call: everything that waits in a lane, handled in its order in one transaction."""

import base64
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils import timezone

from conversations import engine, intake
from conversations.transport.statuses import apply_receipts
from conversations.transport.types import Incoming, Receipt
from payments import services as payments
from tenants.models import Shop
from tenants.queries import number_by_id

if TYPE_CHECKING:
    from conversations.transport.lanes import LaneEvent


def handle(shop: Shop, lane: str, events: Sequence["LaneEvent"]) -> None:
    """Handle `events` in order, inside the shop and the transaction of the worker.

    Messages that wait together are answered together. What cannot be handled raises, and the worker tries again.
    """
    for kind, together in groupby(events, key=lambda event: event.kind):
        batch = list(together)
        if kind == "message":
            _messages(shop, batch)
        elif kind == "status":
            _statuses(shop, batch)
        elif kind == "payment":
            _payments(batch)
        # Events about the account (kind `account`) concern the number, not a talk: transport keeps them.


def _messages(shop: Shop, events: Sequence["LaneEvent"]) -> None:
    for number_id, together in groupby(events, key=lambda event: event.number_id or 0):
        incomings = [Incoming.from_json(event.data, number_id=number_id) for event in together]
        for arrival in intake.accept(shop, number_by_id(number_id), incomings):
            engine.take_turn(shop=shop, arrival=arrival)


def _statuses(shop: Shop, events: Sequence["LaneEvent"]) -> None:
    for number_id, together in groupby(events, key=lambda event: event.number_id or 0):
        receipts = [Receipt.from_json(event.data) for event in together]
        apply_receipts(shop=shop, number_id=number_id, receipts=receipts)


def _payments(events: Sequence["LaneEvent"]) -> None:
    for event in events:
        payments.receive_notice(
            reference=event.data["reference"],
            headers=event.data["headers"],
            body=base64.b64decode(event.data["body"]),
            at=event.provider_at or timezone.now(),
        )
