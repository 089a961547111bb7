"""What Meta would say to a message with something to tap."""

from typing import Any, Final

from conversations.transport import limits
from conversations.transport.providers.simulator.rules_common import (
    Json,
    Refused,
    file,
    length,
    objects,
    required,
    unique,
    web_address,
)

_MEDIA: Final = ("image", "video", "document")
# Which headers each type takes; the others take none.
_HEADERS: Final = {
    "button": ("text", *_MEDIA),
    "cta_url": ("text", *_MEDIA),
    "list": ("text",),
}


def interactive(part: Json) -> None:
    """Frame first, then what there is to tap."""
    action, kind = required(part, "action"), part.get("type")
    if kind not in _ACTIONS:
        raise Refused(131009, f"interactive.type {kind} is unknown.")
    length(required(part, "body").get("text"), limits.INTERACTIVE_BODY, "interactive.body.text")
    if "footer" in part:
        length(required(part, "footer").get("text"), limits.FOOTER, "interactive.footer.text")
    _header(part.get("header"), _HEADERS.get(kind, ()))
    _ACTIONS[kind](action)


def _header(header: Any, allowed: tuple[str, ...]) -> None:
    if header is None:
        return
    kind = header.get("type") if isinstance(header, dict) else None
    if kind not in allowed:
        raise Refused(131009, f"The header {kind} does not fit this type.")
    if kind == "text":
        length(header.get("text"), limits.HEADER, "interactive.header.text")
    else:
        file(required(header, kind), kind, is_captioned=False)


def _buttons(action: Json) -> None:
    replies = [button.get("reply") or {} for button in objects(action.get("buttons"))]
    if not 1 <= len(replies) <= limits.BUTTONS:
        raise Refused(131009, "buttons must have 1 to 3 elements.")
    for reply in replies:
        length(reply.get("title"), limits.BUTTON_TITLE, "button title")
        length(reply.get("id"), limits.BUTTON_ID, "button id")
    unique([reply["id"] for reply in replies], "button ids")
    unique([reply["title"] for reply in replies], "button titles")


def _list(action: Json) -> None:
    length(action.get("button"), limits.LIST_BUTTON, "list button")
    sections = list(objects(action.get("sections")))
    rows = [row for section in sections for row in objects(section.get("rows"))]
    if not 1 <= len(sections) <= limits.LIST_SECTIONS or not 1 <= len(rows) <= limits.LIST_ROWS:
        raise Refused(131009, "A list has 1 to 10 sections and 1 to 10 rows in all.")
    for section in sections:
        least = 1 if len(sections) > 1 else 0
        length(section.get("title", ""), limits.SECTION_TITLE, "section title", least=least)
        if not list(objects(section.get("rows"))):
            raise Refused(131009, "A section needs rows.")
    for row in rows:
        length(row.get("id"), limits.ROW_ID, "row id")
        length(row.get("title"), limits.ROW_TITLE, "row title")
        length(row.get("description", ""), limits.ROW_DESCRIPTION, "row description", least=0)
    unique([row["id"] for row in rows], "row ids")


def _link(action: Json) -> None:
    parameters = action.get("parameters")
    if action.get("name") != "cta_url" or not isinstance(parameters, dict):
        raise Refused(131008, "cta_url needs a name and parameters.")
    length(parameters.get("display_text"), limits.LINK_LABEL, "display_text")
    web_address(parameters.get("url"), "url")


def _ask_location(action: Json) -> None:
    _named(action, "send_location")


def _ask_contact(action: Json) -> None:
    _named(action, "request_contact_info")


def _named(action: Json, name: str) -> None:
    if action.get("name") != name:
        raise Refused(131009, f"action.name must be {name}.")


_ACTIONS: Final = {
    "button": _buttons,
    "list": _list,
    "cta_url": _link,
    "location_request_message": _ask_location,
    "request_contact_info": _ask_contact,
}
