"""A plain sentence for what cannot be shown, and for what WhatsApp tells about a customer."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from django.utils import timezone

from conversations.models import Message
from conversations.transport.rules.names import FILE_FROM_CUSTOMER
from conversations.transport.types import IncomingKind

Json = dict[str, Any]
_KINDS: Final = frozenset(kind.value for kind in IncomingKind)
_UNSUPPORTED: Final = {
    "poll": "A poll. WhatsApp does not pass polls on.",
    "edit": "The customer changed an earlier message. WhatsApp does not pass the new words on.",
    "ephemeral": "A message that disappears. WhatsApp does not pass it on.",
    "group": "A message in a group. The assistant does not answer groups.",
    "media_placeholder": "A file from before this number came to ShopMe. WhatsApp sends it if it is under two weeks old.",
    "interactive": "An answer that WhatsApp could not pass on.",
}
_TOO_BIG: Final = str(FILE_FROM_CUSTOMER)
_SYSTEM: Final = {
    "user_changed_number": "The customer has a new number.",
    "customer_changed_number": "The customer has a new number.",
    "user_changed_user_id": "WhatsApp gave the customer a new id.",
    "customer_identity_changed": "The customer's security code has changed: perhaps a new phone.",
}


def _unsupported(message: Message, details: Json) -> str:
    if message.text:  # a message of ours that stands for one nobody could read
        return ""
    if details.get("code") == _TOO_BIG:
        return "A file that is too big for WhatsApp to pass on."
    kind = str(details.get("type", ""))
    if kind in _UNSUPPORTED:
        return _UNSUPPORTED[kind]
    named = "" if kind in ("", "unknown", "unsupported") else f" ({kind})"
    return f"A message that cannot be shown here{named}. It is on the customer's phone."


def _system(message: Message, details: Json) -> str:
    kind = str(details.get("type", ""))
    if kind == "call_permission_reply":
        return _calls(details)
    return message.text or _SYSTEM.get(kind, "A note from WhatsApp.")


def _calls(details: Json) -> str:
    if details.get("response") != "accept":
        return "The customer does not want to be called."
    until = str(details.get("until", ""))
    if details.get("is_permanent") or not until.isdigit():
        return "The customer may be called."
    day = timezone.localdate(datetime.fromtimestamp(min(int(until), 2**32), UTC))
    return f"The customer may be called until {day:%-d %B}."


def _reaction(message: Message, details: Json) -> str:
    emoji = str(details.get("emoji", ""))
    return f"Reacted {emoji} to an earlier message." if emoji else "Took back a reaction to an earlier message."


def _edit(message: Message, details: Json) -> str:
    return "Changed an earlier message." if not message.text else f"Changed an earlier message to: {message.text}"


_SENTENCES: Final[dict[str, Callable[[Message, Json], str]]] = {
    IncomingKind.UNSUPPORTED: _unsupported,
    IncomingKind.SYSTEM: _system,
    IncomingKind.WELCOME: lambda _message, _details: "Opened the chat for the first time.",
    IncomingKind.REACTION: _reaction,
    IncomingKind.EDIT: _edit,
    IncomingKind.REVOKE: lambda _message, _details: "Deleted an earlier message.",
}


def sentence_of(message: Message) -> str:
    """The sentence of a message that has no words of its own; empty for all others, also of a kind yet to come."""
    details = message.content.get("details") or {}
    if message.kind not in _KINDS:
        return _unsupported(message, {"type": message.kind, **details})
    tell = _SENTENCES.get(message.kind)
    return tell(message, details) if tell else ""
