"""What WhatsApp says a message costs is kept with its receipt: the facts it states, never a rate."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.models import Message, MessageStatus
from conversations.transport.ports import MessageReceipt, store
from conversations.transport.providers.meta_cloud.parse import parse
from conversations.transport.types import Receipt
from tests.journeys.chat import Customer

RECORDED = Path(__file__).parents[1] / "payloads/recorded/statuses.json"
TOLD = {"category": "utility", "type": "regular", "billable": True, "pricing_model": "PMP"}


def receipts(pricing: Any = None) -> list[Receipt]:
    """Those of the recorded payload, in its order; the first says `pricing` instead when it is given."""
    body = json.loads(RECORDED.read_text())
    if pricing is not None:
        body["entry"][0]["changes"][0]["value"]["statuses"][0]["pricing"] = pricing
    events = parse(json.dumps(body).encode()).events
    return [Receipt.from_json(event.data) for event in events if event.kind == "status"]


def test_the_facts_are_kept_with_the_receipt_that_states_them(thandi: Customer) -> None:
    thandi.says("hi")
    message = Message.objects.filter(direction="out").latest("pk")
    sent, delivered = receipts()[:2]
    store().receive(thandi.shop, [MessageReceipt(message.pk, sent), MessageReceipt(message.pk, delivered)])
    kept = MessageStatus.objects.filter(message=message)
    assert dict(kept.values_list("status", "pricing")) == {"sent": TOLD, "delivered": {}}


def test_the_facts_cost_no_statement(thandi: Customer) -> None:
    thandi.says("hi")
    message = Message.objects.filter(direction="out").latest("pk")
    counts = []
    for receipt in (receipts({})[0], receipts()[0]):
        with CaptureQueriesContext(connection) as asked:
            store().receive(thandi.shop, [MessageReceipt(message.pk, receipt)])
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (TOLD, TOLD),
        ({"billable": False, "category": "service"}, {"billable": False, "category": "service"}),
        ({"billable": "yes", "category": 7, "type": None, "rate": "0.05"}, {"category": "7"}),
        ("free", {}),
        ([], {}),
    ],
)
def test_only_known_facts_of_the_right_kind_are_read(told: Any, kept: dict[str, Any]) -> None:
    (first, *_rest) = receipts(told)
    assert first.pricing == kept
    assert Receipt.from_json(first.to_json()) == first
