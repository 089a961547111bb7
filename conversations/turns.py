"""The end of a turn: the thread as it now stands and what was behind the reply, saved in one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import orjson
from django.db import connection

from conversations import outbox, session
from conversations.intake import Arrival
from conversations.models import Conversation
from conversations.talk import Json
from tenants.models import Shop

CAUSE: Final = "turn:"

_SAVE = """
WITH thread AS (
  UPDATE conversations_conversation SET state = %(state)s, state_data = %(state_data)s::jsonb, language = %(language)s,
      mode = %(mode)s, status = %(status)s, assignee_id = %(assignee)s, needs_person = %(needs_person)s,
      takeover_until = %(takeover_until)s, window_expires_at = %(window)s, last_inbound_at = %(last_inbound)s,
      last_message_at = %(last_message)s, last_preview = %(preview)s, last_author = %(author)s, unread_count = %(unread)s
  WHERE id = %(id)s
)
INSERT INTO conversations_turntrace (conversation_id, message_id, steps, took_ms, created_at)
SELECT %(id)s, message_id, steps::jsonb, %(took)s, %(at)s
FROM unnest(%(messages)s::bigint[], %(steps)s::text[]) AS given (message_id, steps)
"""


def cause_of(wamid: str) -> str:
    """The cause of the answer to the customer's message `wamid`."""
    return f"{CAUSE}{wamid}"


def save(*, shop: Shop, arrival: Arrival, steps: Sequence[Json], took_ms: float, at: datetime) -> None:
    """Save the thread and one trace per message that came; tell open screens and the session's copy.

    Messages answered together with a later one point to it.
    """
    ids = [message_id for message_id, _incoming in arrival.messages]
    together = [{"step": "together", "detail": f"answered together with message {ids[-1]}"}]
    traces = [orjson.dumps(together).decode()] * (len(ids) - 1) + [orjson.dumps(steps).decode()]
    with connection.cursor() as cursor:
        cursor.execute(
            _SAVE, {**_columns(arrival.conversation), "messages": ids, "steps": traces, "took": took_ms, "at": at}
        )
    outbox.announce_thread(arrival.conversation)
    _keep_session(shop, arrival)


def _columns(conversation: Conversation) -> Json:
    return {
        "id": conversation.pk,
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
