"""One problem close up: the facts, what its content looks like without its words, and, for an Admin, the words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from conversations.models import Message
from conversations.transport.giving_up.dead_letters import may_be_twice
from conversations.transport.models import InboxEvent, OutboxItem, WebhookRaw
from conversations.transport.splitter import BODY_PLACE
from shopme.lib.encryption import CannotDecrypt, decrypt_bytes
from shopme.lib.text import clean_text
from shopme.problems.queries import KINDS, dead_events, dead_sends, failed_sends, poison_webhooks
from tenants.models import Shop

# Names whose values say what kind of thing it is, never what a person wrote.
_SHOWN: Final = frozenset({"type", "kind", "status", "raw_type", "mime_type", "error_code", "sent_at", "at", "field"})
_MOST_LETTERS: Final = 20_000
_UNREADABLE: Final = "The key that sealed it is gone."


@dataclass(frozen=True, slots=True)
class Close:
    """One problem close up. `content` is redacted unless it was asked for; `thread` is its conversation, if any.

    `may_be_twice`: sent again it may arrive a second time.
    """

    kind: str
    id: int
    facts: list[tuple[str, Any]]
    reason: str
    content: str
    is_redacted: bool
    thread: int | None = None
    may_be_twice: bool = False


def look_at(*, shop: Shop, kind: str, problem_id: int, with_content: bool = False) -> Close | None:
    """The problem, when it is this shop's and waits; inside the shop."""
    if kind not in KINDS:
        return None
    if kind == "event":
        event = dead_events(shop).filter(pk=problem_id).first()
        return _event(event, with_content) if event else None
    if kind in ("send", "failed"):
        item = (dead_sends if kind == "send" else failed_sends)(shop).filter(pk=problem_id).first()
        return _send(item, kind, with_content) if item else None
    raw = poison_webhooks(shop).filter(pk=problem_id).first()
    return _webhook(raw, with_content) if raw else None


def _event(event: InboxEvent, with_content: bool) -> Close:
    facts = [
        ("Kind", event.get_kind_display()),
        ("Came", event.created_at),
        ("Tries", event.attempts),
        ("Key", f"event {event.pk}"),
    ]
    data = event.data if with_content else redacted(event.data)
    return Close("event", event.pk, facts, event.last_error, _pretty(data), not with_content)


def _send(item: OutboxItem, kind: str, with_content: bool) -> Close:
    message = Message.objects.filter(pk=item.message_id).first()
    facts = [
        ("Kind", message.kind if message else "message"),
        ("Written", item.created_at),
        ("Tries", item.attempts),
        ("WhatsApp's code", item.error_code or "none"),
        ("Key", f"message {item.message_id}"),
    ]
    data = message.content if message else {}
    content = _pretty(data if with_content else redacted(data))
    thread = message.conversation_id if message else None
    close = Close(kind, item.pk, facts, item.last_error, content, not with_content, thread)
    return replace(close, may_be_twice=may_be_twice(item))


def _webhook(raw: WebhookRaw, with_content: bool) -> Close:
    facts = [("Kind", "webhook"), ("Came", raw.received_at), ("Octets", len(raw.body)), ("Key", f"webhook {raw.pk}")]
    content = _opened(raw) if with_content else f"{len(raw.body)} sealed octets"
    return Close("webhook", raw.pk, facts, raw.error, content, not with_content)


def _opened(raw: WebhookRaw) -> str:
    if not raw.body:
        return "The body was emptied after 14 days."
    try:
        body = decrypt_bytes(bytes(raw.body), place=BODY_PLACE)
    except CannotDecrypt:
        return _UNREADABLE
    return clean_text(body.decode("utf-8", "replace"), limit=_MOST_LETTERS)


def redacted(value: Any, name: str = "") -> Any:
    """The same shape without anything a person wrote, is called or is reached by."""
    if isinstance(value, Mapping):
        return {str(key)[:60]: redacted(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [redacted(inner, name) for inner in value]
    if name in _SHOWN or value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return f"({len(value)} characters)"
    return "(a number)"


def _pretty(data: Any) -> str:
    written = orjson.dumps(data, option=orjson.OPT_INDENT_2).decode()
    return written[:_MOST_LETTERS]
