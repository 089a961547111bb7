"""What was said elsewhere, into the thread: never heard by the bot, opening no window, calling nobody.

Messages written on the shop's phone app, imported history, and what a customer told another agent.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from conversations import outbox
from conversations.files.keeping import keep_rows
from conversations.hearing import marks
from conversations.hearing.previews import preview
from conversations.inbox import handover
from conversations.intake import as_jsonb
from conversations.models import Conversation, Message
from conversations.store import adopt_receipts
from conversations.transport.copies import Copy, CopySource
from conversations.transport.lanes.handling import NotYet
from conversations.transport.types import MARKS
from loyalty import identity
from loyalty.models import Customer
from shopme.lib import hot
from tenants.models import Shop, WhatsAppNumber

# How long an echo waits for our own sends to tell their ids: it may be the echo of one of them.
PATIENCE: Final = timedelta(minutes=10)
_ON_THE_WAY: Final = ("queued", "sending", "unknown")

_WRITE: Final = """
INSERT INTO conversations_message (conversation_id, direction, author, kind, text, content, wamid, token, state,
    state_at, error_code, error_text, context_wamid, cause, created_at, shown_at)
SELECT %(conversation)s, direction, author, kind, words, content, wamid, '', state,
    at, '', '', context, '', at, shown
FROM jsonb_to_recordset(%(copies)s::jsonb) AS given (direction text, author text, kind text, words text, content jsonb,
    wamid text, state text, context text, at timestamptz, shown timestamptz, place int)
ORDER BY place
ON CONFLICT (wamid) DO UPDATE SET kind = excluded.kind, text = excluded.text, content = excluded.content
  WHERE conversations_message.conversation_id = excluded.conversation_id
    AND conversations_message.content #>> '{details,type}' = 'media_placeholder' AND excluded.content ? 'media'
RETURNING wamid, id
"""


def keep(shop: Shop, number: WhatsAppNumber, copies: Sequence[Copy]) -> None:
    """Write copies into the threads of their customers; what is there already stays as it is.

    Locks each thread. Refuses: `NotYet` while an echo may be one of our own sends whose id we do not know yet.
    """
    for sender in dict.fromkeys(copy.said.sender for copy in copies):
        theirs = [copy for copy in copies if copy.said.sender == sender]
        customer, _created = identity.recognise(
            scope=number.portfolio,
            phone=sender.phone,
            bsuid=sender.bsuid,
            parent_bsuid=sender.parent_bsuid,
            username=sender.username,
            profile_name=sender.profile_name,
            at=min(copy.said.sent_at for copy in theirs),
        )
        _keep_theirs(number, customer, theirs)


def _keep_theirs(number: WhatsAppNumber, customer: Customer, copies: Sequence[Copy]) -> None:
    conversation = _thread(number, customer, copies)
    _wait_for_our_own(conversation, copies)
    new = _write(conversation, copies)
    if not new:
        return
    for direction in ("in", "out"):
        changed = [copy.said for copy in new if _direction(copy) == direction]
        marks.apply(conversation_id=conversation.pk, direction=direction, marks=changed)
    adopt_receipts([copy.said.wamid for copy in new if copy.is_from_shop])
    _note(conversation, new)
    conversation.save()
    outbox.announce_thread(conversation)


def _thread(number: WhatsAppNumber, customer: Customer, copies: Sequence[Copy]) -> Conversation:
    """The customer's thread, locked. One that begins with history is closed: nobody waits in it."""
    is_old = all(copy.source is CopySource.HISTORY for copy in copies)
    first = min(copy.said.sent_at for copy in copies)
    begun = {
        "status": Conversation.Status.CLOSED if is_old else Conversation.Status.OPEN,
        "last_message_at": first,
        "created_at": first,
    }
    found, _created = Conversation.objects.get_or_create(customer=customer, number_id=number.pk, defaults=begun)
    return Conversation.objects.select_for_update().get(pk=found.pk)


def _wait_for_our_own(conversation: Conversation, copies: Sequence[Copy]) -> None:
    """Our own sends are echoed too; while one has no id yet, an echo might be it. Refuses: `NotYet`."""
    young = timezone.now() - PATIENCE
    echoes = [c for c in copies if c.source is CopySource.APP and c.said.sent_at > young and c.said.kind not in MARKS]
    if not echoes:
        return
    ours = Message.objects.filter(conversation=conversation, direction="out", wamid=None, state__in=_ON_THE_WAY)
    if ours.filter(created_at__gt=young).order_by("id").select_for_update().first():
        raise NotYet("An echo may be one of our own messages on their way.")


def _write(conversation: Conversation, copies: Sequence[Copy]) -> list[Copy]:
    """Insert them at their own times; those that were new, or brought the file of an announced one."""
    rows = [_row(copy, place) for place, copy in enumerate(copies)]
    given = {"conversation": conversation.pk, "copies": as_jsonb(rows)}
    written = dict(hot.rows(_WRITE, given))
    new = [copy for copy in copies if copy.said.wamid in written]
    with_ids = [(written[copy.said.wamid], copy.said) for copy in new]
    keep_rows(number_id=conversation.number_id, arrived=with_ids, at=timezone.now())
    return new


def _row(copy: Copy, place: int) -> dict[str, Any]:
    said = copy.said
    return {
        "direction": _direction(copy),
        "author": Message.Author.STAFF if copy.is_from_shop else Message.Author.CUSTOMER,
        "kind": said.kind.value,
        "words": said.text,
        "content": said.to_json() | {"source": copy.source.value},
        "wamid": said.wamid,
        "state": (copy.state or "sent") if copy.is_from_shop else "received",
        "context": said.context_wamid,
        "at": said.sent_at,
        "shown": _place(copy),
        "place": place,
    }


def _place(copy: Copy) -> datetime:
    """Where it stands in the thread. WhatsApp tells whole seconds: an echo stands behind what we said in its second."""
    if copy.source is CopySource.HISTORY:
        return copy.said.sent_at
    return min(copy.said.sent_at + timedelta(seconds=1), timezone.now())


def _direction(copy: Copy) -> str:
    return "out" if copy.is_from_shop else "in"


def _note(conversation: Conversation, new: Sequence[Copy]) -> None:
    """The thread's last line, and a person of the shop who answered on the phone: the bot keeps out of it."""
    latest = max(new, key=lambda copy: copy.said.sent_at)
    if latest.said.sent_at >= conversation.last_message_at:
        conversation.last_message_at = latest.said.sent_at
        conversation.last_preview = preview(latest.said)
        conversation.last_author = Message.Author.STAFF if latest.is_from_shop else Message.Author.CUSTOMER
    said = [copy.said.sent_at for copy in new if copy.source is CopySource.APP and copy.said.kind not in MARKS]
    if said:
        _step_in(conversation, max(said))


def _step_in(conversation: Conversation, at: datetime) -> None:
    conversation.status = Conversation.Status.OPEN
    handover.answered_on_phone(conversation, at)
