"""Whether the answers of a form are to be believed: only if this very chat asked for them, and not too long ago."""

from typing import Any

from conversations.models import Conversation, Message
from conversations.transport.form_tokens import FormToken, read_form_token
from conversations.transport.types import IncomingKind
from tenants.context import current_shop

NOT_OURS = "Nobody in this chat asked for this form lately. Do not rely on what it says before you have asked."


def asked_by(message: Message) -> FormToken | None:
    """The form of ours that the message answers, if it is one. A thread that became this one counts as this one."""
    details: dict[str, Any] = message.content.get("details") or {}
    token = read_form_token(details.get("token"), shop_id=current_shop().pk, at=message.created_at)
    if token is None or token.conversation_id == message.conversation_id:
        return token
    joined = Conversation.objects.filter(pk=token.conversation_id, moved_to_id=message.conversation_id)
    return token if joined.exists() else None


def doubt_about(message: Message) -> str:
    """What stands under answers nobody asked for. WhatsApp's own form of an address carries no token: none."""
    if message.kind != IncomingKind.FORM or message.is_outgoing:
        return ""
    if (message.content.get("details") or {}).get("form") == "address_message":
        return ""
    return "" if asked_by(message) else NOT_OURS
