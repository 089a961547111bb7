"""The end of a turn: the thread as it now stands and what was behind the reply, saved in one statement."""

from collections.abc import Sequence
from typing import Final

import orjson
from django.db import connection
from django.utils import timezone

from conversations import outbox, session
from conversations.intake import Arrival
from conversations.models import Conversation
from conversations.talk import Json
from conversations.transport.replies import Reply
from tenants.models import Shop

CAUSE: Final = "turn:"

_SAVE = f"""
WITH thread AS (
  UPDATE conversations_conversation SET state = %(state)s, state_data = %(state_data)s::jsonb, language = %(language)s,
      mode = %(mode)s, status = %(status)s, assignee_id = %(assignee)s, needs_person = %(needs_person)s,
      takeover_until = %(takeover_until)s, window_expires_at = %(window)s, last_inbound_at = %(last_inbound)s,
      last_message_at = %(last_message)s, last_preview = %(preview)s, last_author = %(author)s, unread_count = %(unread)s
  WHERE id = %(conversation)s
), behind AS (
  INSERT INTO conversations_turntrace (conversation_id, message_id, steps, took_ms, created_at)
  SELECT %(conversation)s, message_id, steps::jsonb, %(took)s, %(at)s
  FROM unnest(%(messages)s::bigint[], %(steps)s::text[]) AS given (message_id, steps)
)
{outbox.INSERT}
"""  # noqa: S608 - constants of ours, the values are parameters


def save(*, shop: Shop, arrival: Arrival, replies: Sequence[Reply], steps: Sequence[Json], took_ms: float) -> None:
    """Save the thread, one trace per message that came, and the answer; tell open screens and the session's copy.

    Messages answered together with a later one point to it.
    """
    conversation, at = arrival.conversation, timezone.now()
    ids = [message_id for message_id, _incoming in arrival.messages]
    together = [{"step": "together", "detail": f"answered together with message {ids[-1]}"}]
    traces = [orjson.dumps(together).decode()] * (len(ids) - 1) + [orjson.dumps(steps).decode()]
    drafts = outbox.draft(conversation, replies, outbox.BOT, at)
    cause = f"{CAUSE}{arrival.messages[-1][1].wamid}"
    columns = {
        **outbox.columns_of(conversation, drafts, cause, outbox.BOT, at),
        **_columns(conversation),
        "messages": ids,
        "steps": traces,
        "took": took_ms,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, columns)
        written = cursor.fetchall()
    if written:
        outbox.send(conversation, drafts, written)
    outbox.announce_thread(conversation)
    _keep_session(shop, arrival)


def _columns(conversation: Conversation) -> Json:
    return {
        "state": conversation.state,
        "state_data": orjson.dumps(conversation.state_data).decode(),
        "language": conversation.language,
        "mode": conversation.mode,
        "status": conversation.status,
        "assignee": conversation.assignee_id,
        "needs_person": conversation.needs_person,
        "takeover_until": conversation.takeover_until,
        "window": conversation.window_expires_at,
        "last_inbound": conversation.last_inbound_at,
        "last_message": conversation.last_message_at,
        "preview": conversation.last_preview,
        "author": conversation.last_author,
        "unread": conversation.unread_count,
    }


def _keep_session(shop: Shop, arrival: Arrival) -> None:
    identities = arrival.messages[-1][1].sender.identities
    if identities:
        conversation = arrival.conversation
        here = session.Session(shop.pk, conversation.state, conversation.language)
        session.keep(number_id=conversation.number_id, identity=identities[0], session=here)
