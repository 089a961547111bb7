"""Somebody of the shop looked at a thread."""

from conversations import outbox
from conversations.chat_settings import chat_settings
from conversations.models import Conversation, Message
from conversations.transport.sending import glances
from conversations.transport.sending.glances import Glance
from tenants.context import current_shop


def mark_read(*, conversation_id: int) -> None:
    """Somebody of the shop has seen the thread up to now."""
    seen = Conversation.objects.filter(pk=conversation_id, unread_count__gt=0).update(unread_count=0)
    if seen:
        outbox.announce_inbox()
        _show_read(conversation_id)


def _show_read(conversation_id: int) -> None:
    """Blue ticks on the customer's phone, unless the shop keeps that to itself."""
    latest = Message.objects.filter(conversation_id=conversation_id, direction="in").exclude(wamid=None)
    row = latest.order_by("-id").values_list("wamid", "conversation__number_id").first()
    if row and chat_settings().shows_read:
        glances.show(Glance(row[1], f"{current_shop().pk}.{conversation_id}", row[0] or ""))
