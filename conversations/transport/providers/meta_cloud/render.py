"""Our replies in Meta's words."""

from typing import Any

from conversations.transport.ports import Outgoing
from conversations.transport.replies import AskLocation, Buttons, Choice, Image, Link, Menu, Reply, Text

Json = dict[str, Any]


class NoAddress(ValueError):
    """The message has neither a phone number nor a BSUID to go to: a bug above."""


def render(outgoing: Outgoing, *, token: str) -> Json:
    """The body of `POST /<phone id>/messages`. Refuses: `NoAddress`.

    A BSUID goes into `recipient`, never into `to`: there Meta would read it as a phone number and lose the message.
    """
    payload: Json = {"messaging_product": "whatsapp", "recipient_type": "individual", **_address(outgoing)}
    if outgoing.context_wamid:
        payload["context"] = {"message_id": outgoing.context_wamid}
    return {**payload, **content_of(outgoing.reply), "biz_opaque_callback_data": token}


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
        case Image():
            caption = {"caption": reply.caption} if reply.caption else {}
            return {"type": "image", "image": {"link": reply.url, **caption}}
        case Buttons():
            action = {"buttons": [{"type": "reply", "reply": {"id": b.id, "title": b.title}} for b in reply.buttons]}
            return _interactive("button", reply, action, image_url=reply.image_url)
        case Menu():
            sections = [_section(section.title, section.choices) for section in reply.sections]
            return _interactive("list", reply, {"button": reply.button, "sections": sections})
        case Link():
            parameters = {"display_text": reply.label, "url": reply.url}
            return _interactive("cta_url", reply, {"name": "cta_url", "parameters": parameters})
        case AskLocation():
            interactive = {"type": "location_request_message", "body": {"text": reply.body}}
            return {"type": "interactive", "interactive": {**interactive, "action": {"name": "send_location"}}}


def _section(title: str, choices: tuple[Choice, ...]) -> Json:
    rows = [
        {"id": c.id, "title": c.title, **({"description": c.description} if c.description else {})} for c in choices
    ]
    return {**({"title": title} if title else {}), "rows": rows}


def _interactive(kind: str, reply: Buttons | Menu | Link, action: Json, *, image_url: str = "") -> Json:
    interactive: Json = {"type": kind, "body": {"text": reply.body}, "action": action}
    if image_url:
        interactive["header"] = {"type": "image", "image": {"link": image_url}}
    elif reply.header:
        interactive["header"] = {"type": "text", "text": reply.header}
    if reply.footer:
        interactive["footer"] = {"text": reply.footer}
    return {"type": "interactive", "interactive": interactive}
