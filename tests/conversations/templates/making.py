"""What the tests of templates make: drafts, records at the fake Meta, and news."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from conversations.templates.accounts import Account
from conversations.templates.drafts import Draft
from conversations.templates.models import Template
from conversations.transport.lanes.backlog import LaneEvent
from conversations.transport.numbers import accounts
from conversations.transport.providers.simulator.shelf import Thing
from tenants.models import Shop
from tests.fakes.graph import FakeGraph

WABA = "102290129340398"
_keys = itertools.count(7700_000000000001)
_events = itertools.count(1)
READY = Draft(
    name="order_ready",
    language="en",
    category="UTILITY",
    body="Hello {{first_name}}, your order {{order_number}} at the bakery is ready for you.",
    examples={"body.first_name": "Thandi", "body.order_number": "#1042"},
)


def draft(**changes: Any) -> Draft:
    return replace(READY, **changes)


def at_meta(graph: FakeGraph, name: str = "order_ready", language: str = "en", **changes: Any) -> str:
    """A template Meta has; its id."""
    key = str(next(_keys))
    record: dict[str, Any] = {
        "id": key,
        "name": name,
        "language": language,
        "status": "APPROVED",
        "category": "UTILITY",
        "parameter_format": "POSITIONAL",
        "components": [{"type": "BODY", "text": f"Hello, this is {name} in {language}."}],
        "rejected_reason": "NONE",
        "quality_score": {"score": "GREEN"},
    }
    graph.shelf.things["template", key] = Thing("template", WABA, key, {**record, **changes})
    return key


def change_at_meta(graph: FakeGraph, key: str, **changes: Any) -> None:
    thing = graph.shelf.things["template", key]
    graph.shelf.things["template", key] = replace(thing, data={**thing.data, **changes})


def tell(account: Account, field: str, value: dict[str, Any], *, at: datetime | None = None, event_id: int = 0) -> None:
    """Meta's news, as the lane worker hands it on."""
    event = LaneEvent(
        id=event_id or next(_events),
        kind="account",
        event_key="acc",
        shop_id=1,
        number_id=account.line.number_id,
        provider_at=at or datetime.now(UTC) + timedelta(seconds=1),
        data={"field": field, "value": value, "numbers": [account.line.number_id]},
    )
    shop = Shop.objects.get(slug="amber")
    accounts.tell(shop, [event])


def status_news(row: Template, event: str, **more: Any) -> dict[str, Any]:
    return {
        "event": event,
        "message_template_id": int(row.provider_id or 0),
        "message_template_name": row.name,
        "message_template_language": row.language.replace("_", "-"),
        "reason": "NONE",
        **more,
    }
