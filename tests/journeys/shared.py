"""Somebody on the shared number: everything through Meta's payloads, the parser and the lane handler, as in `chat`.

zola = OnShared(number, name="Zola Khumalo")
assert zola.says("find bread") == …
"""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from conversations import lanes
from conversations.transport.lanes.backlog import LaneEvent
from conversations.transport.models import InboxEvent, OutboxItem
from conversations.transport.ports import SendResult, SendState, store
from conversations.transport.providers.meta_cloud.parse import parse
from conversations.transport.replies import Menu
from tenants.context import in_public, inside
from tenants.models import Shopper, WhatsAppNumber
from tenants.queries import owner_by_id, platform
from tests.journeys.chat import _wamids, choices_of, drawn


@dataclass
class OnShared:
    """A phone that writes to the shared number."""

    number: WhatsAppNumber
    name: str = "Thandi Dlamini"
    phone: str = "27821234567"
    bsuid: str = ""
    seen: int = 0
    shown: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def lane(self) -> str:
        return f"c:0:{self.number.pk}:{self.phone or self.bsuid}"

    def says(self, words: str, **more: Any) -> str:
        return self.sends({"type": "text", "text": {"body": words}, **more})

    def taps(self, title: str) -> str:
        """Tap the newest button or row with that title."""
        return self.sends(self.tap_on(title))

    def tap_on(self, title: str, *, without_context: bool = False) -> dict[str, Any]:
        for wamid, reply in reversed(self.shown):
            for choice in choices_of(reply):
                if choice.title.replace("\u00a0", " ") == title:
                    kind = "list_reply" if isinstance(reply, Menu) else "button_reply"
                    tap = {"type": kind, kind: {"id": choice.id, "title": choice.title}}
                    context = {} if without_context else {"context": {"from": self.number.phone, "id": wamid}}
                    return {"type": "interactive", "interactive": tap, **context}
        raise AssertionError(f"There is nothing called {title!r} to tap.")

    def photo(self, media_id: str, caption: str = "") -> dict[str, Any]:
        image = {"id": media_id, "mime_type": "image/jpeg", "sha256": "x"}
        return {"type": "image", "image": {**image, **({"caption": caption} if caption else {})}}

    def sends(self, *messages: dict[str, Any], at: float | None = None) -> str:
        """Messages that arrive together; what the person sees then."""
        self.deliver(self.payload(*messages, at=at))
        return self.sees()

    def payload(self, *messages: dict[str, Any], at: float | None = None) -> bytes:
        wamids = [f"wamid.SH{next(_wamids):06d}" for _message in messages]
        stamp = str(int(at or time.time()))
        value = {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": self.number.phone.lstrip("+"),
                "phone_number_id": self.number.phone_number_id,
            },
            "contacts": [
                {
                    "profile": {"name": self.name},
                    **self._named("wa_id", self.phone),
                    **self._named("user_id", self.bsuid),
                }
            ],
            "messages": [
                {
                    **self._named("from", self.phone),
                    **self._named("from_user_id", self.bsuid),
                    "id": wamid,
                    "timestamp": stamp,
                    **message,
                }
                for wamid, message in zip(wamids, messages, strict=True)
            ],
        }
        entry = {"id": self.number.waba_id, "changes": [{"field": "messages", "value": value}]}
        return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()

    @staticmethod
    def _named(key: str, name: str) -> dict[str, str]:
        """WhatsApp leaves out a name it does not tell."""
        return {key: name} if name else {}

    def deliver(self, body: bytes) -> None:
        self.handle([(event.kind.value, event.event_key, event.data) for event in parse(body).events])

    def internal_events(self) -> None:
        """What tasks told the lane meanwhile."""
        waiting = InboxEvent.objects.filter(kind="internal", lane=self.lane, state="ready").order_by("id")
        self.handle([(event.kind, event.event_key, event.data) for event in waiting])
        waiting.update(state="done")

    def handle(self, events: list[tuple[str, str, dict[str, Any]]]) -> None:
        found = [
            LaneEvent(place, kind, key, 0, self.number.pk, timezone.now(), data)
            for place, (kind, key, data) in enumerate(events)
        ]
        with in_public(), transaction.atomic():
            lanes.handle(platform(), self.lane, found)

    def sees(self) -> str:
        """The bubbles that came since the last look, whoever said them, in the order they leave."""
        lane = f":{self.phone or self.bsuid}"
        new = list(OutboxItem.objects.filter(lane__endswith=lane, pk__gt=self.seen).order_by("pk"))
        bubbles = []
        for item in new:
            self.seen, wamid = item.pk, f"wamid.OUT{item.pk}"
            owner = owner_by_id(item.shop_id)
            with inside(owner):
                reply = store().load(owner, [item.message_id])[item.message_id].reply
                sent = SendResult(item.message_id, SendState.SENT, timezone.now(), wamid=wamid)
                store().report(owner, [sent])
            OutboxItem.objects.filter(pk=item.pk).update(state="sent", wamid=wamid, sent_at=timezone.now())
            self.shown.append((wamid, reply))
            bubbles.append(drawn(reply))
        return "\n\n".join(bubbles)

    @property
    def shopper(self) -> Shopper:
        return self.shopper_by(self.phone or self.bsuid)

    def shopper_by(self, name: str) -> Shopper:
        return Shopper.objects.get(names__value=name, number=self.number)
