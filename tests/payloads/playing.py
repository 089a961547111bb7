"""Recorded bodies through everything behind the edge: kept, split, and their lanes worked by the chat's own handler."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from conversations import lanes as chat
from conversations.models import Message
from conversations.transport import splitter
from conversations.transport.lanes.backlog import Claim
from conversations.transport.lanes.handling import take_turn
from conversations.transport.models import InboxEvent, Lane, WebhookEndpoint
from tests.inbox import keep_body, platform_endpoint


def arrive(*bodies: bytes, endpoint: WebhookEndpoint | None = None) -> None:
    """The bodies are kept as the edge keeps them, and split."""
    endpoint = endpoint or platform_endpoint()
    for body in bodies:
        keep_body(body, endpoint=endpoint)
    splitter.split_waiting()


def work() -> None:
    """Every lane with something new gets its turn, until none has."""
    while claims := _claims(attempts=0):
        for claim in claims:
            take_turn(claim, chat.handle)


def retry() -> None:
    """One turn for every lane with something ready, new or tried before, as if its waiting time were over."""
    for claim in _claims():
        take_turn(claim, chat.handle)


def _claims(**tried: int) -> list[Claim]:
    """The lanes with such events. All of a test is one moment to Postgres, so they are made due."""
    ready = InboxEvent.objects.filter(state="ready", **tried)
    ready.update(next_at=timezone.now() - timedelta(days=1))
    keys = sorted(set(ready.values_list("lane", flat=True)))
    Lane.objects.filter(key__in=keys).update(fence=F("fence") + 1, holder="test", attempt=1)
    rows = Lane.objects.filter(key__in=keys).order_by("key")
    return [Claim(lane.key, lane.kind, lane.shop_id, lane.fence, lane.attempt) for lane in rows]


@dataclass(frozen=True)
class Said:
    """A message of a thread, as far as a table of tests compares it."""

    side: str
    kind: str
    text: str

    def __repr__(self) -> str:
        return f"Said({self.side!r}, {self.kind!r}, {self.text!r})"


def said(**filters: Any) -> list[Said]:
    """What stands in the threads, in the order shown."""
    rows = Message.objects.filter(**filters).order_by("shown_at", "id")
    return [Said(row.direction, row.kind, row.text) for row in rows]
