"""What Meta would say to a message: nothing, or one of its error objects."""

from typing import Any, Final

from conversations.transport.providers.simulator.rules_common import (
    Json,
    Refused,
    error_object,
    file,
    length,
    objects,
    place,
    required,
)
from conversations.transport.providers.simulator.rules_interactive import interactive
from conversations.transport.providers.simulator.rules_template import template
from conversations.transport.rules import limits

__all__ = ["Refused", "check", "check_glance", "error_object"]


def check(payload: Any) -> None:
    """Refuse what Meta's reference refuses: missing or unknown parts, and texts and lists that are too long."""
    if not isinstance(payload, dict) or payload.get("messaging_product") != "whatsapp":
        raise Refused(100, "The parameter messaging_product is required.")
    if not isinstance(payload.get("to") or payload.get("recipient"), str):
        raise Refused(131008, "The parameter to or recipient is required.")
    length(payload.get("biz_opaque_callback_data") or "", limits.CALLBACK_DATA, "biz_opaque_callback_data", least=0)
    if "context" in payload and not _names_a_message(payload["context"]):
        raise Refused(131009, "context.message_id is not valid.")
    kind = payload.get("type", "text")
    part = payload.get(kind)
    if kind == "contacts":
        _contacts(part)
        return
    if not isinstance(part, dict):
        raise Refused(131008, f"The parameter {kind} is required.")
    checker = _CHECKERS.get(kind)
    if checker is None:
        raise Refused(131009, f"The stand-in does not know the type {kind}.")
    checker(part)


def check_glance(payload: Json) -> None:
    """A read mark names a message; with it comes one kind of typing indicator or none."""
    if payload.get("messaging_product") != "whatsapp":
        raise Refused(100, "The parameter messaging_product is required.")
    if not isinstance(payload.get("message_id"), str) or not payload["message_id"]:
        raise Refused(131008, "The parameter message_id is required.")
    if payload.get("typing_indicator", {"type": "text"}) != {"type": "text"}:
        raise Refused(131009, "typing_indicator.type must be text.")


def _names_a_message(context: Any) -> bool:
    return isinstance(context, dict) and isinstance(context.get("message_id"), str) and bool(context["message_id"])


def _contacts(cards: Any) -> None:
    """Cards with a whole name and a part of it."""
    known = list(objects(cards))
    if not 1 <= len(known) <= limits.CONTACTS:
        raise Refused(131009, f"contacts must have 1 to {limits.CONTACTS} elements.")
    for card in known:
        name = required(card, "name")
        if not name.get("formatted_name") or len([part for part in name.values() if part]) < 2:
            raise Refused(131008, "contacts.name needs formatted_name and another part.")


def _reaction(part: Json) -> None:
    if not isinstance(part.get("message_id"), str) or not part["message_id"]:
        raise Refused(131008, "reaction.message_id is required.")
    emoji = part.get("emoji")
    if not isinstance(emoji, str) or len(limits.graphemes(emoji)) > 1 or (emoji and emoji.isascii()):
        raise Refused(131009, "reaction.emoji must be one emoji or empty.")


def _text(part: Json) -> None:
    length(part.get("body"), limits.TEXT_BODY, "text.body")


def _image(part: Json) -> None:
    file(part, "image")


def _video(part: Json) -> None:
    file(part, "video")


def _document(part: Json) -> None:
    file(part, "document")


def _audio(part: Json) -> None:
    file(part, "audio", is_captioned=False)


def _sticker(part: Json) -> None:
    file(part, "sticker", is_captioned=False)


_CHECKERS: Final = {
    "text": _text,
    "image": _image,
    "video": _video,
    "document": _document,
    "audio": _audio,
    "sticker": _sticker,
    "location": place,
    "reaction": _reaction,
    "interactive": interactive,
    "template": template,
}
