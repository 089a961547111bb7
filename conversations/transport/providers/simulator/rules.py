"""What Meta would say to a message: nothing, or one of its error objects."""

from collections.abc import Iterable
from typing import Any, Final

from conversations.transport import limits

Json = dict[str, Any]
SENTENCES: Final = {
    100: "Invalid parameter",
    190: "Error validating access token: the session is invalid.",
    131008: "Required parameter is missing",
    131009: "Parameter value is not valid",
    131047: "Re-engagement message",
    131056: "(Business Account, Consumer Account) pair rate limit hit",
    130429: "Rate limit hit",
}


class Refused(ValueError):
    """A message Meta would not take."""

    def __init__(self, code: int, details: str) -> None:
        super().__init__(details)
        self.code = code
        self.details = details


def error_object(code: int, details: str = "", *, subcode: int | None = None) -> Json:
    """Meta's error envelope."""
    error: Json = {
        "message": f"(#{code}) {SENTENCES.get(code, 'Error')}",
        "type": "OAuthException",
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": details or SENTENCES.get(code, "")},
        "fbtrace_id": "AStandIn",
    }
    return {"error": {**error, "error_subcode": subcode} if subcode else error}


def check(payload: Any) -> None:
    """Refuse what Meta's reference refuses: missing or unknown parts, and texts and lists that are too long."""
    if not isinstance(payload, dict) or payload.get("messaging_product") != "whatsapp":
        raise Refused(100, "The parameter messaging_product is required.")
    if not isinstance(payload.get("to") or payload.get("recipient"), str):
        raise Refused(131008, "The parameter to or recipient is required.")
    if len(payload.get("biz_opaque_callback_data") or "") > limits.CALLBACK_DATA:
        raise Refused(131009, "biz_opaque_callback_data is too long.")
    kind = payload.get("type", "text")
    part = payload.get(kind)
    if not isinstance(part, dict):
        raise Refused(131008, f"The parameter {kind} is required.")
    checker = _CHECKERS.get(kind)
    if checker is None:
        raise Refused(131009, f"The stand-in does not know the type {kind}.")
    checker(part)


def _length(value: Any, most: int, name: str, *, least: int = 1) -> None:
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise Refused(131009, f"{name} must have {least} to {most} characters.")


def _text(part: Json) -> None:
    _length(part.get("body"), limits.TEXT_BODY, "text.body")


def _image(part: Json) -> None:
    link = part.get("link")
    if not part.get("id") and not (isinstance(link, str) and link.startswith(("https://", "http://"))):
        raise Refused(131009, "image needs an id or an absolute link.")
    _length(part.get("caption", ""), limits.CAPTION, "image.caption", least=0)


def _interactive(part: Json) -> None:
    action, kind = part.get("action"), part.get("type")
    if not isinstance(action, dict):
        raise Refused(131008, "interactive.action is required.")
    body = part.get("body")
    _length(body.get("text") if isinstance(body, dict) else None, limits.INTERACTIVE_BODY, "interactive.body.text")
    footer = part.get("footer")
    if isinstance(footer, dict):
        _length(footer.get("text"), limits.FOOTER, "interactive.footer.text")
    _header(part.get("header"), is_list=kind == "list")
    if kind not in _ACTIONS:
        raise Refused(131009, f"interactive.type {kind} is unknown.")
    _ACTIONS[kind](action)


def _header(header: Any, *, is_list: bool) -> None:
    if not isinstance(header, dict):
        return
    if header.get("type") == "text":
        _length(header.get("text"), limits.HEADER, "interactive.header.text")
    elif is_list:
        raise Refused(131009, "The header of a list is text.")


def _unique(values: list[Any], name: str) -> None:
    if len(set(values)) != len(values):
        raise Refused(131009, f"{name} must be unique.")


def _buttons(action: Json) -> None:
    replies = [button.get("reply") or {} for button in _objects(action.get("buttons"))]
    if not 1 <= len(replies) <= limits.BUTTONS:
        raise Refused(131009, "buttons must have 1 to 3 elements.")
    for reply in replies:
        _length(reply.get("title"), limits.BUTTON_TITLE, "button title")
        _length(reply.get("id"), limits.BUTTON_ID, "button id")
    _unique([reply["id"] for reply in replies], "button ids")
    _unique([reply["title"] for reply in replies], "button titles")


def _list(action: Json) -> None:
    _length(action.get("button"), limits.LIST_BUTTON, "list button")
    sections = list(_objects(action.get("sections")))
    rows = [row for section in sections for row in _objects(section.get("rows"))]
    if not 1 <= len(sections) <= limits.LIST_SECTIONS or not 1 <= len(rows) <= limits.LIST_ROWS:
        raise Refused(131009, "A list has 1 to 10 sections and 1 to 10 rows in all.")
    for section in sections:
        least = 1 if len(sections) > 1 else 0
        _length(section.get("title", ""), limits.SECTION_TITLE, "section title", least=least)
    for row in rows:
        _length(row.get("id"), limits.ROW_ID, "row id")
        _length(row.get("title"), limits.ROW_TITLE, "row title")
        _length(row.get("description", ""), limits.ROW_DESCRIPTION, "row description", least=0)
    _unique([row["id"] for row in rows], "row ids")


def _link(action: Json) -> None:
    parameters = action.get("parameters")
    if action.get("name") != "cta_url" or not isinstance(parameters, dict):
        raise Refused(131008, "cta_url needs a name and parameters.")
    _length(parameters.get("display_text"), limits.LINK_LABEL, "display_text")
    if not str(parameters.get("url", "")).startswith(("https://", "http://")):
        raise Refused(131009, "url must be absolute.")


def _ask_location(action: Json) -> None:
    if action.get("name") != "send_location":
        raise Refused(131009, "action.name must be send_location.")


def _objects(value: Any) -> Iterable[Json]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


_CHECKERS: Final = {"text": _text, "image": _image, "interactive": _interactive}
_ACTIONS: Final = {
    "button": _buttons,
    "list": _list,
    "cta_url": _link,
    "location_request_message": _ask_location,
}
