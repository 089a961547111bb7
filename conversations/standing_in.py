"""What is said by an approved template instead, when the window is closed at the moment of sending."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.utils import timezone

from conversations.models import Message
from conversations.templates import shared
from conversations.templates.accounts import account_id
from conversations.templates.contents import Written, content_of
from conversations.templates.models import Template
from conversations.templates.spec import Spec, filled
from conversations.transport.providers.template_parts import Button
from conversations.transport.replies import (
    ButtonValue,
    TemplateMessage,
    Value,
    reply_from_json,
    reply_kind,
    reply_to_json,
)
from conversations.transport.rules.limits import BreaksAWhatsAppLimit
from shopme.lib import hot
from tenants.models import WhatsAppNumber

Json = dict[str, Any]
_KEY = "stand_in"
# The words that were meant, kept beside the template that was sent.
INSTEAD_OF = "instead_of"


@dataclass(frozen=True, slots=True)
class StandIn:
    """Which template may stand in, by its purpose; its values by name; what a tap on its quick reply means."""

    purpose: str
    values: dict[str, str] = field(default_factory=dict)
    tap: str = ""
    language: str = ""


def attach(message: Message, stand_in: StandIn) -> None:
    """Note what may stand in for a message that was just written, in the transaction that wrote it."""
    message.content = {**message.content, _KEY: asdict(stand_in)}
    Message.objects.filter(pk=message.pk).update(content=message.content)


def said_now(message_id: int, content: Json, number: WhatsAppNumber, *, window: datetime | None) -> Json:
    """What goes out now, as JSON: the message itself, or the template that stands in while the window is closed.

    The message then becomes the template, so that the thread shows what the customer reads.
    """
    if _KEY not in content or (window is not None and window > timezone.now()):
        return content
    template = template_for(StandIn(**content[_KEY]), number)
    if template is None:
        return content
    reply = reply_from_json(content)
    kept = {**reply_to_json(template), INSTEAD_OF: {"kind": reply_kind(reply), "text": content.get("body", "")}}
    hot.rows(_BECOME, [orjson.dumps(kept).decode(), template.text, message_id])
    return kept


_BECOME = """
UPDATE conversations_message SET content = %s::jsonb, kind = 'template', text = %s WHERE id = %s RETURNING id
"""


def template_for(stand_in: StandIn, number: WhatsAppNumber) -> TemplateMessage | None:
    """The approved template for that purpose, filled in; None without one that can be filled.

    On the shared number they are the platform's, everywhere else the shop's own.
    """
    for template in sorted(
        _approved(stand_in.purpose, number), key=lambda row: (_distance(row.language, stand_in.language), row.pk)
    ):
        if message := _filled(template, stand_in):
            return message
    return None


def _approved(purpose: str, number: WhatsAppNumber) -> Sequence[Written]:
    if number.shop_id is None:
        return shared.usable(number, purpose)
    rows = Template.objects.filter(purpose=purpose, status=Template.Status.APPROVED, waba_id=account_id(number))
    return list(rows)


def _distance(language: str, wanted: str) -> int:
    """0 the same, 1 the same but for the country, 2 English, which more people read than any other, 3 another."""
    base = language.partition("_")[0]
    if language == wanted:
        return 0
    return 1 if base == wanted.partition("_")[0] else 2 if base == "en" else 3


def _filled(template: Written, stand_in: StandIn) -> TemplateMessage | None:
    """The template with our values; None when it asks for something we do not know."""
    spec = Spec.from_json(template.spec)
    slots = spec.of("body")
    if spec.unfillable or len(slots) != len(spec.slots) or any(not stand_in.values.get(slot.name) for slot in slots):
        return None
    said = content_of(template)
    try:
        return TemplateMessage(
            name=template.name,
            language=template.language,
            category=template.category,
            text=filled(said.body, stand_in.values),
            body=tuple(Value(stand_in.values[slot.name], name=slot.name) for slot in slots),
            buttons=tuple(_taps(said.buttons, stand_in.tap)),
            title=said.header_text,
            footer=said.footer,
            labels=tuple(button.text for button in said.buttons),
        )
    except BreaksAWhatsAppLimit:
        return None


def _taps(buttons: Sequence[Button], tap: str) -> list[ButtonValue]:
    """The first quick reply means what we meant."""
    quick = (index for index, button in enumerate(buttons) if button.kind == "QUICK_REPLY")
    first = next(quick, None)
    return [] if first is None or not tap else [ButtonValue(first, "quick_reply", tap)]
