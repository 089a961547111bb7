"""Our replies in Meta's words."""

from typing import Any

from conversations.transport.ports import Outgoing
from conversations.transport.providers.meta_cloud.interactive import interactive_of
from conversations.transport.providers.meta_cloud.parts import card_of, file_of, place_of
from conversations.transport.providers.meta_cloud.template import template_of
from conversations.transport.replies import Contacts, Location, Media, Reaction, Reply, TemplateMessage, Text

Json = dict[str, Any]


class NoAddress(ValueError):
    """The message has neither a phone number nor a BSUID to go to: a bug above."""


def render(outgoing: Outgoing, *, token: str) -> Json:
    """The body of `POST /<phone id>/messages`. Refuses: `NoAddress`.

    A BSUID goes into `recipient`, never into `to`: there Meta would read it as a phone number and lose the message.
    A reaction names its message itself and has no context.
    """
    payload: Json = {"messaging_product": "whatsapp", "recipient_type": "individual", **_address(outgoing)}
    if outgoing.context_wamid and not isinstance(outgoing.reply, Reaction):
        payload["context"] = {"message_id": outgoing.context_wamid}
    return {**payload, **content_of(outgoing.reply), "biz_opaque_callback_data": token}


def glance_of(wamid: str, *, is_typing: bool) -> Json:
    """Blue ticks, and with them the typing indicator: the same endpoint as a message."""
    seen: Json = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    return {**seen, "typing_indicator": {"type": "text"}} if is_typing else seen


def _address(outgoing: Outgoing) -> Json:
    if outgoing.phone:
        return {"to": f"+{outgoing.phone.removeprefix('+')}"}
    if outgoing.bsuid:
        return {"recipient": outgoing.bsuid}
    raise NoAddress(f"Message {outgoing.message_id} has no address.")


def content_of(reply: Reply) -> Json:
    """The typed part of a reply: `type` and the object named like it."""
    match reply:
        case Text():
            return {"type": "text", "text": {"body": reply.body, "preview_url": reply.preview_url}}
        case Media():
            return {"type": reply.kind, reply.kind: file_of(reply)}
        case TemplateMessage():
            return {"type": "template", "template": template_of(reply)}
        case Location() | Contacts() | Reaction():
            return _shared(reply)
    return {"type": "interactive", "interactive": interactive_of(reply)}


def _shared(reply: Location | Contacts | Reaction) -> Json:
    match reply:
        case Location():
            return {"type": "location", "location": place_of(reply)}
        case Contacts():
            return {"type": "contacts", "contacts": [card_of(card) for card in reply.cards]}
    return {"type": "reaction", "reaction": {"message_id": reply.message_wamid, "emoji": reply.emoji}}
