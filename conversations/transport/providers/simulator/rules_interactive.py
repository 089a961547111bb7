"""What Meta would say to a message with something to tap."""

from typing import Any, Final

from conversations.transport.providers.simulator.rules_common import (
    Json,
    Refused,
    file,
    length,
    objects,
    product_sections,
    required,
    unique,
    web_address,
)
from conversations.transport.rules import limits

_MEDIA: Final = ("image", "video", "document")
# Which headers each type takes; the others take none.
_HEADERS: Final = {
    "button": ("text", *_MEDIA),
    "cta_url": ("text", *_MEDIA),
    "flow": ("text", *_MEDIA),
    "list": ("text",),
    "product_list": ("text",),
}
_NEEDS_HEADER: Final = ("product_list",)
_NEEDS_NO_BODY: Final = ("product",)


def interactive(part: Json) -> None:
    """Frame first, then what there is to tap."""
    action, kind = required(part, "action"), part.get("type")
    if kind not in _ACTIONS:
        raise Refused(131009, f"interactive.type {kind} is unknown.")
    if "body" in part or kind not in _NEEDS_NO_BODY:
        length(required(part, "body").get("text"), limits.INTERACTIVE_BODY, "interactive.body.text")
    if "footer" in part:
        length(required(part, "footer").get("text"), limits.FOOTER, "interactive.footer.text")
    if kind in _NEEDS_HEADER:
        required(part, "header")
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


def _product(action: Json) -> None:
    _catalog_id(action)
    length(action.get("product_retailer_id"), limits.RETAILER_ID, "product_retailer_id")


def _product_list(action: Json) -> None:
    _catalog_id(action)
    product_sections(action)


def _catalog_id(action: Json) -> None:
    length(action.get("catalog_id"), limits.RETAILER_ID, "catalog_id")


def _catalog(action: Json) -> None:
    _named(action, "catalog_message")
    if "parameters" in action:
        thumbnail = required(action, "parameters").get("thumbnail_product_retailer_id")
        length(thumbnail, limits.RETAILER_ID, "thumbnail_product_retailer_id")


def _form(action: Json) -> None:
    _named(action, "flow")
    parameters = required(action, "parameters")
    if bool(parameters.get("flow_id")) == bool(parameters.get("flow_name")):
        raise Refused(131009, "flow needs flow_id or flow_name.")
    length(parameters.get("flow_cta"), limits.FORM_LABEL, "flow_cta")
    length(parameters.get("flow_token"), limits.FORM_TOKEN, "flow_token")
    if parameters.get("mode", "published") not in ("draft", "published") or not parameters.get("flow_message_version"):
        raise Refused(131009, "flow.mode is draft or published, with a flow_message_version.")
    kind = parameters.get("flow_action", "navigate")
    if kind == "navigate":
        length(required(parameters, "flow_action_payload").get("screen"), limits.FORM_TOKEN, "screen")
    elif kind != "data_exchange" or "flow_action_payload" in parameters:
        raise Refused(131009, "flow_action is navigate, or data_exchange without a payload.")


def _ask_address(action: Json) -> None:
    _named(action, "address_message")
    if required(action, "parameters").get("country") != "IN":
        raise Refused(131009, "address_message works in India only.")


def _named(action: Json, name: str) -> None:
    if action.get("name") != name:
        raise Refused(131009, f"action.name must be {name}.")


_ACTIONS: Final = {
    "button": _buttons,
    "list": _list,
    "cta_url": _link,
    "location_request_message": _ask_location,
    "request_contact_info": _ask_contact,
    "product": _product,
    "product_list": _product_list,
    "catalog_message": _catalog,
    "flow": _form,
    "address_message": _ask_address,
}
