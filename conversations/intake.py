"""What came in becomes rows: the customer, the thread and its messages. Lean SQL, because every message passes here."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from django.utils import timezone

from conversations.files.keeping import keep_rows
from conversations.hearing import marks
from conversations.hearing.previews import preview
from conversations.models import Conversation
from conversations.people import reaches
from conversations.people.who import customer_behind
from conversations.transport.rules.windows import WINDOW, WINDOW_MARGIN
from conversations.transport.types import MARKS, Incoming, IncomingKind
from loyalty.models import Customer
from shopme.lib import hot
from shopme.lib.errors import BusinessError
from shopme.lib.text import clean_text
from tenants.models import Shop, WhatsAppNumber

# A reaction, an edit or a system message is no sign that the customer wants to talk: it opens no window.
_OPENS_NO_WINDOW = (*MARKS, IncomingKind.SYSTEM)


class ThreadMoved(BusinessError):
    """Two customers were merged while this turn was on its way. Nothing was written; the next try meets the right one."""


@dataclass(slots=True)
class Arrival:
    """Messages of one customer that came together, in their order; `messages` are (message id, what came)."""

    customer: Customer
    conversation: Conversation
    messages: list[tuple[int, Incoming]]
    # When they wrote before this; None at first contact.
    last_heard_at: datetime | None
    is_bot_enabled: bool
    # Whether the customer's phone is told that the shop has read.
    shows_read: bool = True

    @property
    def is_first_contact(self) -> bool:
        return self.last_heard_at is None


def accept(shop: Shop, number: WhatsAppNumber, incomings: Sequence[Incoming]) -> list[Arrival]:
    """Write the customer, the thread and the messages; the thread stays locked until the transaction ends.

    A message that is already there (same wamid) is left out; an arrival may be empty of messages, never absent.
    """
    arrivals: dict[int, Arrival] = {}
    for sender in dict.fromkeys(incoming.sender for incoming in incomings):
        theirs = [incoming for incoming in incomings if incoming.sender == sender]
        customer = customer_behind(shop, number, sender, theirs)
        arrival = _write(number, customer, theirs)
        earlier = arrivals.setdefault(arrival.conversation.pk, arrival)
        if earlier is not arrival:
            earlier.messages.extend(arrival.messages)
            _note(earlier.conversation, theirs)
    return list(arrivals.values())


_WRITE = """
WITH thread AS (
  INSERT INTO conversations_conversation (customer_id, number_id, state, state_data, language, mode, status,
      needs_person, last_message_at, last_preview, last_author, unread_count, created_at)
  VALUES (%(customer)s, %(number)s, '', '{}', '', 'bot', 'open', false, %(now)s, '', '', 0, %(now)s)
  ON CONFLICT (customer_id, number_id) DO UPDATE SET number_id = excluded.number_id
  RETURNING id, state, state_data, language, mode, status, assignee_id, needs_person, takeover_until,
      window_expires_at, last_inbound_at, last_message_at, last_preview, last_author, unread_count, created_at,
      referred_at, moved_to_id, reach_phone, reach_bsuid, other_reaches
), said AS (
  INSERT INTO conversations_message (conversation_id, direction, author, kind, text, content, wamid, token, state,
      state_at, error_code, error_text, context_wamid, cause, created_at)
  SELECT thread.id, 'in', 'customer', kind, words, content, wamid, '', 'received',
      %(now)s, '', '', context, '', sent_at
  FROM thread, jsonb_to_recordset(%(messages)s::jsonb)
      AS given (kind text, words text, content jsonb, wamid text, context text, sent_at timestamptz, place int)
  ORDER BY place
  ON CONFLICT (wamid) DO NOTHING
  RETURNING id, wamid
)
SELECT (SELECT json_object_agg(wamid, id) FROM said),
  coalesce((SELECT bot_enabled FROM conversations_chatsettings WHERE id = 1), true),
  coalesce((SELECT shows_read FROM conversations_chatsettings WHERE id = 1), true), thread.*
FROM thread
"""
_COLUMNS = (
    "id", "state", "state_data", "language", "mode", "status", "assignee_id", "needs_person", "takeover_until",
    "window_expires_at", "last_inbound_at", "last_message_at", "last_preview", "last_author", "unread_count",
    "created_at", "referred_at", "moved_to_id", "reach_phone", "reach_bsuid", "other_reaches",
)  # fmt: skip


def _write(number: WhatsAppNumber, customer: Customer, incomings: Sequence[Incoming]) -> Arrival:
    incomings = [replace(incoming, text=clean_text(incoming.text)) for incoming in incomings]
    given: dict[str, Any] = {
        "customer": customer.pk,
        "number": number.pk,
        "now": timezone.now(),
        "messages": _as_json(incomings),
    }
    ((written, is_bot_enabled, shows_read, *columns),) = hot.rows(_WRITE, given)
    row = dict(zip(_COLUMNS, columns, strict=True))
    if row["moved_to_id"] is not None:
        raise ThreadMoved("The customer became part of another one a moment ago.")
    conversation = _conversation(row, customer, number)
    last_heard_at = conversation.last_inbound_at
    new = [(written[incoming.wamid], incoming) for incoming in _once(incomings) if incoming.wamid in (written or {})]
    arrived = [incoming for _id, incoming in new]
    if any(incoming.kind in marks.CHANGES for incoming in arrived):
        marks.apply(conversation_id=conversation.pk, direction="in", marks=arrived)
    _note(conversation, arrived)
    keep_rows(number_id=number.pk, arrived=new, at=given["now"])
    return Arrival(customer, conversation, new, last_heard_at, is_bot_enabled, shows_read)


def _as_json(incomings: Sequence[Incoming]) -> str:
    """The messages as one parameter: a dozen array parameters cost more than the statement."""
    rows = [
        {
            "kind": incoming.kind.value,
            "words": incoming.text,
            "content": incoming.to_json(),
            "wamid": incoming.wamid,
            "context": incoming.context_wamid,
            "sent_at": incoming.sent_at,
            "place": place,
        }
        for place, incoming in enumerate(incomings)
    ]
    return as_jsonb(rows)


def as_jsonb(value: Any) -> str:
    """`value` as Postgres takes it: a NUL, which jsonb refuses, is left out."""
    dumped = orjson.dumps(value)
    return (orjson.dumps(_without_nul(value)) if b"\\u0000" in dumped else dumped).decode()


def _without_nul(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\x00", "")
        case dict():
            return {name: _without_nul(part) for name, part in value.items()}
        case list() | tuple():
            return [_without_nul(part) for part in value]
    return value


def _once(incomings: Sequence[Incoming]) -> list[Incoming]:
    return list({incoming.wamid: incoming for incoming in reversed(incomings)}.values())[::-1]


def _conversation(row: dict[str, Any], customer: Customer, number: WhatsAppNumber) -> Conversation:
    for name in ("state_data", "other_reaches"):
        row[name] = json.loads(row[name]) if isinstance(row[name], str) else row[name]
    conversation = Conversation(number_id=number.pk, **row)
    conversation.customer = customer
    conversation._state.adding = False  # noqa: SLF001 - it was read, not made
    return conversation


def _note(conversation: Conversation, incomings: Sequence[Incoming]) -> None:
    """What the messages change in the thread; saved with the end of the turn."""
    for incoming in incomings:
        conversation.last_message_at = max(conversation.last_message_at, incoming.sent_at)
        conversation.last_preview = preview(incoming)
        conversation.last_author = "customer"
        conversation.status = Conversation.Status.OPEN
        if incoming.kind not in _OPENS_NO_WINDOW and not incoming.is_to_group:
            before, at = conversation.last_inbound_at, incoming.sent_at
            until, is_latest = at + WINDOW - WINDOW_MARGIN, before is None or at >= before
            reaches.heard(conversation, incoming.sender, until=until, is_latest=is_latest)
            conversation.last_inbound_at = _later(before, at)
        if incoming.referral:
            conversation.referred_at = _later(conversation.referred_at, incoming.sent_at)


def _later(known: datetime | None, new: datetime) -> datetime:
    return new if known is None else max(known, new)
