"""A person of the shop puts an emoji on what a customer wrote."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from conversations import outbox
from conversations.inbox.day_window import must_be_open
from conversations.inbox.handover import locked, saved
from conversations.inbox.threads import NoSuchMessage, answerable, own_reaction
from conversations.models import Message
from conversations.transport.replies import Reaction
from conversations.transport.rules import limits
from shopme.lib.errors import BusinessError
from shopme.lib.ids import new_token


class TooOldToReact(BusinessError):
    """WhatsApp lets nobody react to a message of long ago."""


@transaction.atomic
def react(*, conversation_id: int, user_id: int, message_id: int, emoji: str, at: datetime | None = None) -> None:
    """Put `emoji` on a message of the customer's, or with an empty one take the shop's back.

    Nobody takes over by it, and what is there already is not sent again. Locks the thread. Refuses:
    `NoSuchConversation`, `NoSuchMessage`, `WindowClosed`, `TooOldToReact`, and `BreaksAWhatsAppLimit` for other words.
    """
    at = at or timezone.now()
    conversation = locked(conversation_id)
    target = answerable(conversation.pk, message_id)
    if target is None:
        raise NoSuchMessage("That message is not in this chat any more.")
    must_be_open(conversation, at, answers=target.wamid or "")
    if at - target.created_at > timedelta(days=limits.REACTION_DAYS):
        raise TooOldToReact(f"WhatsApp takes no reaction to a message older than {limits.REACTION_DAYS} days.")
    reaction = Reaction(target.wamid or "", emoji)
    if reaction.emoji == own_reaction(target):
        return
    speaker, cause = outbox.Speaker(Message.Author.STAFF, user_id), f"react:{new_token()}"
    outbox.write(conversation=conversation, replies=[reaction], cause=cause, speaker=speaker, at=at)
    conversation.last_preview = f"Reacted {reaction.emoji}" if reaction.emoji else "Took a reaction back"
    saved(conversation)
