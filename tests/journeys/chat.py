"""Chats that read like chats.

    thandi = Customer(shop, number, name="Thandi Dlamini")
    assert thandi.says("Hi") == \"\"\"…\"\"\"
    assert thandi.taps("Menu") == …

Everything goes through Meta's real payloads, the provider's parser and the lane handler; what comes back is written
as one would see it on the phone: buttons in [brackets], a list's rows after bullets, links after arrows.
"""

import itertools
import json
import time
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from conversations import lanes
from conversations.models import Conversation, Message
from conversations.transport.lanes.backlog import LaneEvent
from conversations.transport.ports import SendResult, SendState, store
from conversations.transport.providers.meta_cloud.parse import parse
from conversations.transport.replies import (
    AskContact,
    AskLocation,
    Buttons,
    Choice,
    Link,
    Media,
    Menu,
    Reply,
    reply_from_json,
    reply_text,
)
from orders.models import Order
from payments.gateways.base import GatewayResult, ResultState
from payments.models import PaymentAttempt
from payments.services import apply_result, start_payment
from tenants.models import Shop, WhatsAppNumber

_wamids = itertools.count(1)


def chat(words: str) -> str:
    """A chat as written in a test: indentation away, one empty line between bubbles."""
    return dedent(words).strip()


@dataclass
class Customer:
    """Somebody with a phone."""

    shop: Shop
    number: WhatsAppNumber
    name: str = "Thandi Dlamini"
    phone: str = "27821234567"
    seen: int = 0
    wamids: list[str] = field(default_factory=list)

    def says(self, words: str) -> str:
        return self.sends({"type": "text", "text": {"body": words}})

    def taps(self, title: str) -> str:
        """Tap the newest button or row with that title."""
        return self.sends(self.tap_on(title))

    def tap_on(self, title: str) -> dict[str, Any]:
        message, choice, kind = self._find(title)
        reply = {"id": choice.id, "title": choice.title}
        return {
            "type": "interactive",
            "interactive": {"type": kind, kind: reply},
            "context": {"from": self.number.phone, "id": message.wamid or ""},
        }

    def taps_id(self, choice_id: str, title: str = "Old button") -> str:
        """Tap a button of long ago."""
        reply = {"id": choice_id, "title": title}
        return self.sends({"type": "interactive", "interactive": {"type": "button_reply", "button_reply": reply}})

    def sends_location(self, latitude: float, longitude: float, **place: str) -> str:
        return self.sends({"type": "location", "location": {"latitude": latitude, "longitude": longitude, **place}})

    def sends_cart(self, *items: tuple[str, int]) -> str:
        """A cart of WhatsApp's own catalog."""
        lines = [
            {"product_retailer_id": sku, "quantity": quantity, "item_price": 1, "currency": "USD"}
            for sku, quantity in items
        ]
        return self.sends({"type": "order", "order": {"catalog_id": "700", "product_items": lines}})

    def sends(self, *messages: dict[str, Any], at: float | None = None) -> str:
        """Messages that arrive together; what the customer sees then."""
        self.deliver(self.payload(*messages, at=at))
        return self.sees()

    def payload(self, *messages: dict[str, Any], at: float | None = None) -> bytes:
        """Meta's body for these messages."""
        wamids = [f"wamid.IN{next(_wamids):06d}" for _message in messages]
        self.wamids += wamids
        stamp = str(int(at or time.time()))
        value = {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": self.number.phone.lstrip("+"),
                "phone_number_id": self.number.phone_number_id,
            },
            "contacts": [{"profile": {"name": self.name}, "wa_id": self.phone}],
            "messages": [
                {"from": self.phone, "id": wamid, "timestamp": stamp, **message}
                for wamid, message in zip(wamids, messages, strict=True)
            ],
        }
        entry = {"id": self.number.waba_id, "changes": [{"field": "messages", "value": value}]}
        return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()

    def deliver(self, body: bytes) -> None:
        """What the lane worker does with the body's events, and what the sender does with the answers."""
        events = [
            LaneEvent(
                id=place,
                kind=event.kind.value,
                event_key=event.event_key,
                shop_id=self.shop.pk,
                number_id=self.number.pk,
                provider_at=event.provider_at,
                data=event.data,
            )
            for place, event in enumerate(parse(body).events)
        ]
        with transaction.atomic():
            lanes.handle(self.shop, f"c:{self.number.pk}:{self.phone}", events)

    def sees(self) -> str:
        """The bubbles that came since the last look."""
        ours = Message.objects.filter(direction="out", conversation=self.thread).exclude(content__has_key="source")
        new = list(ours.filter(pk__gt=self.seen).order_by("pk"))
        if not new:
            return ""
        self.seen = new[-1].pk
        sent = [
            SendResult(message.pk, SendState.SENT, timezone.now(), wamid=f"wamid.OUT{message.pk}") for message in new
        ]
        store().report(self.shop, sent)
        return "\n\n".join(drawn(reply_from_json(message.content)) for message in new)

    @property
    def thread(self) -> Conversation:
        return Conversation.objects.get(customer__phone=f"+{self.phone}", number_id=self.number.pk)

    def link(self) -> str:
        """The address behind the newest link."""
        message = self.thread.messages.filter(kind="link").latest("pk")
        return str(message.content["url"])

    def pays(self, *, result: str = "paid") -> str:
        """Open the newest link, press Pay, and let the gateway tell `result`; what the customer sees then."""
        attempt = self.opens_payment()
        facts = (
            {"gateway_payment_id": f"pay-{attempt.pk}", "amount_cents": attempt.amount_cents}
            if result == "paid"
            else {}
        )
        told = GatewayResult(
            state=ResultState(result), currency=attempt.currency, mode=attempt.mode, authoritative=True, **facts
        )
        apply_result(attempt_id=attempt.pk, result=told)
        return self.sees()

    def opens_payment(self) -> PaymentAttempt:
        """Press Pay on the page behind the newest link."""
        start_payment(token=self.link().rstrip("/").split("/")[-1])
        return PaymentAttempt.objects.latest("pk")

    def until(self) -> str:
        """Until when the newest order is kept, on the shop's clock."""
        expires_at = Order.objects.latest("pk").expires_at
        assert expires_at is not None
        return expires_at.astimezone(ZoneInfo(self.shop.time_zone)).strftime("%H:%M")

    def _find(self, title: str) -> tuple[Message, Choice, str]:
        messages = self.thread.messages.filter(direction="out").order_by("-pk")
        for message in messages:
            reply = reply_from_json(message.content)
            for choice in choices_of(reply):
                if choice.title.replace("\u00a0", " ") == title:
                    return message, choice, "list_reply" if isinstance(reply, Menu) else "button_reply"
        raise AssertionError(f"There is nothing called {title!r} to tap.")


def choices_of(reply: Reply) -> list[Choice]:
    if isinstance(reply, Buttons):
        return list(reply.buttons)
    if isinstance(reply, Menu):
        return [choice for section in reply.sections for choice in section.choices]
    return []


def drawn(reply: Reply) -> str:
    """A reply as a phone shows it, in plain text. Non-breaking spaces are written as spaces."""
    lines = _lines(reply)
    return "\n".join(line for line in lines if line is not None).replace("\u00a0", " ").replace("\u202f", " ")


def _lines(reply: Reply) -> list[str | None]:
    match reply:
        case Media():
            return [
                f"({'picture' if reply.kind == 'image' else reply.kind} {reply.url or reply.media_id})",
                reply.caption,
            ]
        case Buttons():
            buttons = " ".join(f"[{button.title}]" for button in reply.buttons)
            return [
                "(picture)" if reply.image_url else None,
                reply.body,
                f"_{reply.footer}_" if reply.footer else None,
                buttons,
            ]
        case Menu():
            rows = [row for section in reply.sections for row in _section(section.title, section.choices)]
            return [reply.body, f"[≡ {reply.button}]", *rows]
        case Link():
            return [reply.body, f"[→ {reply.label}]"]
        case AskLocation() | AskContact():
            asked = "[⌖ Send location]" if isinstance(reply, AskLocation) else "[☏ Share phone number]"
            return [reply.body, asked]
    return [reply_text(reply)]


def _section(title: str, choices: tuple[Choice, ...]) -> list[str]:
    rows = [f"• {choice.title}" + (f" – {choice.description}" if choice.description else "") for choice in choices]
    return [f"  {title}", *rows] if title else rows
