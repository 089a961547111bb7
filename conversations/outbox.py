"""What is said: message rows and their sends, written together with what caused them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from django.db import connection
from django.utils import timezone

from conversations.models import Conversation, Message
from conversations.people.reaches import Reach, reach_of_message
from conversations.transport import outbox as sending
from conversations.transport.replies import (
    Reaction,
    Reply,
    TemplateMessage,
    in_pieces,
    reply_kind,
    reply_text,
    reply_to_json,
)
from shopme.lib import hot
from shopme.lib.ids import new_token
from shopme.lib.text import shorten
from tenants.context import current_shop
from tenants.live import announce
from tenants.queries import PLATFORM, number_by_id


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says it: the bot, the system (notifications), or a person of the shop by user id."""

    kind: str
    user_id: int | None = None


BOT: Final = Speaker(Message.Author.BOT)
SYSTEM: Final = Speaker(Message.Author.SYSTEM)


def enqueue(  # noqa: PLR0913  (one act, one contract)
    *,
    conversation: Conversation,
    replies: Sequence[Reply],
    cause: str,
    speaker: Speaker = BOT,
    at: datetime | None = None,
    is_marketing: bool = False,
    context_wamid: str = "",
) -> list[Message]:
    """Say `replies` to the customer of `conversation`, in order, once per `cause`.

    With `context_wamid` the first of them answers that message, which the customer sees quoted, and all go to the account
    that wrote it; else to the one that wrote last. Offers are said with `is_marketing`: whoever said stop does not get
    them, asked again right before the send.
    Writes the messages and their sends in the caller's transaction and saves the thread's last line. The same cause
    again writes nothing and returns nothing.
    """
    at = at or timezone.now()
    messages = write(
        conversation=conversation,
        replies=replies,
        cause=cause,
        speaker=speaker,
        at=at,
        is_marketing=is_marketing,
        context_wamid=context_wamid,
    )
    if messages:
        _touch(conversation)
        announce_thread(conversation)
    return messages


_TOUCH = """
UPDATE conversations_conversation SET last_message_at = %s, last_preview = %s, last_author = %s
WHERE id = (SELECT id FROM conversations_conversation WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED)
"""


def _touch(conversation: Conversation) -> None:
    """Save the thread's last line, unless a turn holds the thread right now: it writes a later one itself.

    Never waits: a notification comes with the order locked, while a turn may hold the thread and want the order.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _TOUCH,
            [conversation.last_message_at, conversation.last_preview, conversation.last_author, conversation.pk],
        )


# The messages and their sends, filled by `values_for`: one JSON parameter, for a dozen arrays cost more than the
# statement. Also the end of the statement that ends a turn.
WRITE: Final = f"""
said AS (
INSERT INTO conversations_message (conversation_id, direction, author, author_id, kind, text, content, token, state,
    state_at, error_code, error_text, context_wamid, to_phone, to_bsuid, cause, dedupe_key, is_marketing, created_at)
SELECT conversation_id, 'out', author, author_id, kind, words, content, token, 'queued',
    at, '', '', context, to_phone, to_bsuid, cause, cause || ':' || place, is_marketing, at
FROM jsonb_to_recordset(%(said)s::jsonb) AS said (conversation_id bigint, author text, author_id bigint, kind text,
    words text, content jsonb, token text, is_marketing boolean, context text, to_phone text, to_bsuid text,
    at timestamptz, cause text, place int)
ORDER BY place
ON CONFLICT (dedupe_key) DO NOTHING
RETURNING id, token, 'message:' || id AS dedupe_key
), put AS ({sending.PUT})
SELECT id, token FROM said
"""  # noqa: S608 - constants of ours, the values are parameters


def write(  # noqa: PLR0913  (one act, one contract)
    *,
    conversation: Conversation,
    replies: Sequence[Reply],
    cause: str,
    speaker: Speaker,
    at: datetime,
    is_marketing: bool = False,
    context_wamid: str = "",
) -> list[Message]:
    """`enqueue` for a caller who saves the thread itself, which it changes in memory only."""
    if not replies:
        return []
    about = context_wamid or next((reply.message_wamid for reply in replies if isinstance(reply, Reaction)), "")
    drafts = draft(conversation, replies, speaker, at, to=reach_of_message(conversation, about))
    for message in drafts:
        message.is_marketing = message.is_marketing or is_marketing
    if context_wamid:
        drafts[0].context_wamid = context_wamid
    written = hot.rows(f"WITH {WRITE}", values_for(conversation, drafts, cause))
    return sent(conversation, drafts, written)


def draft(
    conversation: Conversation, replies: Sequence[Reply], speaker: Speaker, at: datetime, *, to: Reach
) -> list[Message]:
    """The messages of `replies` for one account, not written yet, long ones in pieces; the thread's last line is theirs."""
    drafts = [
        Message(
            conversation=conversation,
            direction=Message.Direction.OUT,
            author=speaker.kind,
            author_id=speaker.user_id,
            kind=reply_kind(reply),
            text=reply_text(reply),
            content=reply_to_json(reply),
            token=new_token(),
            state=Message.State.QUEUED,
            is_marketing=isinstance(reply, TemplateMessage) and reply.category == "MARKETING",
            context_wamid=reply.message_wamid if isinstance(reply, Reaction) else "",
            to_phone=to.phone,
            to_bsuid=to.bsuid,
            created_at=at,
        )
        for reply in in_pieces(replies)
    ]
    if drafts:
        conversation.last_message_at = at
        conversation.last_preview = shorten(" ".join(drafts[-1].text.split()), 160)
        conversation.last_author = speaker.kind
    return drafts


# How the cause of a message about money ends.
_OF_MONEY: Final = (":paid", ":failed", ":review")


def values_for(conversation: Conversation, drafts: Sequence[Message], cause: str) -> dict[str, Any]:
    """What `WRITE` is filled with."""
    rows = [
        {
            "conversation_id": message.conversation_id,
            "author": message.author,
            "author_id": message.author_id,
            "kind": message.kind,
            "words": message.text,
            "content": message.content,
            "token": message.token,
            "is_marketing": message.is_marketing,
            "context": message.context_wamid,
            "to_phone": message.to_phone,
            "to_bsuid": message.to_bsuid,
            "at": message.created_at,
            "cause": cause,
            "place": place,
        }
        for place, message in enumerate(drafts, start=1)
    ]
    shop_id, first = current_shop().pk, drafts[0].author if drafts else ""
    to = Reach(drafts[0].to_phone, drafts[0].to_bsuid) if drafts else Reach()
    lane = lane_of(conversation, shop_id, to)
    priority = sending.Priority.NOTIFICATION if first == Message.Author.SYSTEM else sending.Priority.REPLY
    if first == Message.Author.SYSTEM and cause.endswith(_OF_MONEY):
        priority = sending.Priority.PAYMENT
    elif drafts and all(message.is_marketing for message in drafts):
        priority = sending.Priority.CAMPAIGN  # whoever says it: an offer takes no place that news or an answer needs
    # An offer that comes twice annoys and is paid twice, one that never comes is missed by nobody.
    send_class: sending.SendClass = "never_twice" if any(message.is_marketing for message in drafts) else "rather_twice"
    route = sending.values_for(
        shop_id=shop_id, number_id=conversation.number_id, lane=lane, priority=priority, send_class=send_class
    )
    return route | {"said": orjson.dumps(rows).decode()}


def sent(conversation: Conversation, drafts: Sequence[Message], written: Sequence[tuple[int, str]]) -> list[Message]:
    """The drafts that were written, with their ids, and the senders woken; those said before are not among `written`."""
    ids = {token: message_id for message_id, token in written}
    messages = [message for message in drafts if message.token in ids]
    for message in messages:
        message.pk = ids[message.token]
    if messages:
        sending.wake(conversation.number_id)
    return messages


def lane_of(conversation: Conversation, shop_id: int, to: Reach) -> str:
    """The line in which a thread's messages leave, one after another; on a shared number one a person for all shops."""
    number = number_by_id(conversation.number_id)
    if number.shop_id is not None:
        return f"o:{shop_id}:{conversation.pk}"
    if to.names:
        return shared_lane(number.pk, to.phone or to.bsuid)
    names = conversation.customer.identities.filter(scope=number.portfolio, kind__in=("phone", "bsuid"))
    known = dict(names.order_by("last_seen_at").values_list("kind", "value"))
    return shared_lane(number.pk, known.get("phone") or known.get("bsuid") or f"{shop_id}.{conversation.customer_id}")


def shared_lane(number_id: int, name: str) -> str:
    """The line of one person on a shared number: WhatsApp limits a pair of number and person, whichever shop speaks."""
    return f"o:{PLATFORM}:{number_id}:{name.removeprefix('+')}"[:200]


def announce_inbox() -> None:
    """Tell open screens that the list of threads has changed."""
    announce("inbox")


def announce_thread(conversation: Conversation) -> None:
    """Tell open screens that the thread and the list have something new."""
    announce(f"thread-{conversation.pk}")
    announce("inbox")
