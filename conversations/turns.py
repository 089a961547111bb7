"""The end of a turn: the thread as it now stands and what was behind the reply, saved in one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.utils import timezone

from conversations import outbox
from conversations.intake import Arrival, as_jsonb
from conversations.models import Conversation
from conversations.people.reaches import reach_for
from conversations.talk import Json
from conversations.transport.replies import Reply
from conversations.transport.sending import glances
from conversations.transport.sending.glances import Glance
from shopme.lib import hot
from tenants.models import Shop

CAUSE: Final = "turn:"

_SAVE = f"""
WITH thread AS (
  UPDATE conversations_conversation c SET state = now.state, state_data = now.state_data, language = now.language,
      mode = now.mode, status = now.status, assignee_id = now.assignee_id, needs_person = now.needs_person,
      takeover_until = now.takeover_until, window_expires_at = now.window_expires_at,
      last_inbound_at = now.last_inbound_at, last_message_at = now.last_message_at, last_preview = now.last_preview,
      last_author = now.last_author, unread_count = now.unread_count, referred_at = now.referred_at,
      reach_phone = now.reach_phone, reach_bsuid = now.reach_bsuid, other_reaches = now.other_reaches
  FROM jsonb_populate_record(NULL::conversations_conversation, %(thread)s::jsonb) AS now
  WHERE c.id = now.id
), behind AS (
  INSERT INTO conversations_turntrace (conversation_id, message_id, steps, took_ms, created_at)
  SELECT conversation_id, message_id, steps, took_ms, created_at
  FROM jsonb_to_recordset(%(traces)s::jsonb)
      AS given (conversation_id bigint, message_id bigint, steps jsonb, took_ms float, created_at timestamptz)
), {outbox.WRITE}
"""  # noqa: S608 - constants of ours, the values are parameters
_SAVED: Final = (
    "id", "state", "state_data", "language", "mode", "status", "assignee_id", "needs_person", "takeover_until",
    "window_expires_at", "last_inbound_at", "last_message_at", "last_preview", "last_author", "unread_count",
    "referred_at", "reach_phone", "reach_bsuid", "other_reaches",
)  # fmt: skip


def save(*, shop: Shop, arrival: Arrival, replies: Sequence[Reply], steps: Sequence[Json], took_ms: float) -> None:
    """Save the thread, one trace per message that came, and the answer; tell open screens.

    Messages answered together with a later one point to it.
    """
    conversation, at = arrival.conversation, timezone.now()
    asked_by = reach_for(conversation, arrival.messages[-1][1].sender)
    drafts = outbox.draft(conversation, replies, outbox.BOT, at, to=asked_by)
    values = {
        "thread": as_jsonb({name: getattr(conversation, name) for name in _SAVED}),
        "traces": as_jsonb(_traces(arrival, steps, took_ms, at)),
    } | outbox.values_for(conversation, drafts, f"{CAUSE}{arrival.messages[-1][1].wamid}")
    outbox.sent(conversation, drafts, hot.rows(_SAVE, values))
    outbox.announce_thread(conversation)
    _glance(shop, arrival, has_answer=bool(drafts))


def _glance(shop: Shop, arrival: Arrival, *, has_answer: bool) -> None:
    """Blue ticks for what the bot answered; “is typing” where it looks at a file first and answers later."""
    latest, conversation = arrival.messages[-1][1], arrival.conversation
    is_looking = latest.media is not None and conversation.mode == Conversation.Mode.BOT
    if arrival.shows_read and (has_answer or is_looking):
        whose = f"{shop.pk}.{conversation.pk}"
        seen = Glance(conversation.number_id, whose, latest.wamid, is_typing=not has_answer)
        glances.show(seen, only_here=True)


def _traces(arrival: Arrival, steps: Sequence[Json], took_ms: float, at: datetime) -> list[Json]:
    ids = [message_id for message_id, _incoming in arrival.messages]
    together = [{"step": "together", "detail": f"answered together with message {ids[-1]}"}]
    return [
        {
            "conversation_id": arrival.conversation.pk,
            "message_id": message_id,
            "steps": steps if message_id == ids[-1] else together,
            "took_ms": took_ms,
            "created_at": at,
        }
        for message_id in ids
    ]
