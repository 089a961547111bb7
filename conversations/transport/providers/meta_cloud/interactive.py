"""Messages with something to tap, in Meta's words."""

from typing import Any

from conversations.transport.providers.meta_cloud.parts import file_of
from conversations.transport.replies import AskContact, AskLocation, Buttons, Choice, Link, Media, Menu

Json = dict[str, Any]
Interactive = Buttons | Menu | Link | AskLocation | AskContact


def interactive_of(reply: Interactive) -> Json:
    """The object `interactive`."""
    match reply:
        case Buttons():
            action = {"buttons": [{"type": "reply", "reply": {"id": b.id, "title": b.title}} for b in reply.buttons]}
            top = Media("image", url=reply.image_url) if reply.image_url else reply.top
            return _with_frame("button", reply, action, top)
        case Menu():
            sections = [_section(section.title, section.choices) for section in reply.sections]
            return _with_frame("list", reply, {"button": reply.button, "sections": sections}, None)
        case Link():
            parameters = {"display_text": reply.label, "url": reply.url}
            return _with_frame("cta_url", reply, {"name": "cta_url", "parameters": parameters}, reply.top)
        case AskLocation():
            return _plain("location_request_message", reply.body, "send_location")
        case AskContact():
            return _plain("request_contact_info", reply.body, "request_contact_info")


def _plain(kind: str, words: str, action: str) -> Json:
    return {"type": kind, "body": {"text": words}, "action": {"name": action}}


def _section(title: str, choices: tuple[Choice, ...]) -> Json:
    rows = [
        {"id": c.id, "title": c.title, **({"description": c.description} if c.description else {})} for c in choices
    ]
    return {**({"title": title} if title else {}), "rows": rows}


def _with_frame(kind: str, reply: Buttons | Menu | Link, action: Json, top: Media | None) -> Json:
    interactive: Json = {"type": kind, "body": {"text": reply.body}, "action": action}
    if top:
        interactive["header"] = {"type": top.kind, top.kind: file_of(top)}
    elif reply.header:
        interactive["header"] = {"type": "text", "text": reply.header}
    if reply.footer:
        interactive["footer"] = {"text": reply.footer}
    return interactive
