"""What a customer chose or filled in: taps on buttons and rows, and the answers of a form."""

from typing import Any, Final

from conversations.transport.providers.base import BadBody
from conversations.transport.providers.meta_cloud import reading
from conversations.transport.providers.meta_cloud.reading import OddItem
from conversations.transport.types import IncomingKind

Json = dict[str, Any]
LONGEST_FORM: Final = 16_384


def read_button(message: Json) -> Json:
    """A quick reply of a template. Its payload is ours; its context may be missing."""
    source = reading.mapping(message.get("button"))
    title = reading.text(source, "text", limit=256)
    return _choice(reading.text(source, "payload", limit=256) or title, title)


def read_interactive(message: Json) -> Json:
    """A tap on a button or a row of ours, a form, or the answer to a wish to call."""
    source = reading.mapping(message.get("interactive"))
    kind = reading.text(source, "type", limit=64)
    inner = reading.mapping(source.get(kind))
    if kind in ("button_reply", "list_reply"):
        more = reading.text(inner, "description", limit=256)
        return _choice(reading.needed(inner, "id"), reading.text(inner, "title", limit=256), more)
    if kind == "nfm_reply":
        return _form(inner)
    if kind == "call_permission_reply":
        return _call_permission(inner)
    raise OddItem("an interactive answer of another kind")


def _choice(choice_id: str, title: str, description: str = "") -> Json:
    if not choice_id:
        raise OddItem("the choice has no id")
    return {
        "kind": IncomingKind.CHOICE,
        "text": title,
        "choice_id": choice_id,
        "choice_title": title,
        "details": {"description": description} if description else {},
    }


def _form(inner: Json) -> Json:
    """The answers of a Flow or an address, which come as JSON in a string; what cannot be read is kept as it is."""
    written = reading.text(inner, "response_json", limit=LONGEST_FORM)
    details: Json = {"form": reading.text(inner, "name", limit=64) or "flow"}
    try:
        answers = reading.load(written.encode())
    except BadBody:
        answers = None
    if isinstance(answers, dict):
        details["token"] = reading.text(answers, "flow_token", limit=512)
        details["fields"] = reading.plain({name: value for name, value in answers.items() if name != "flow_token"})
    else:
        details["raw"] = written
    return {"kind": IncomingKind.FORM, "text": reading.text(inner, "body", limit=256), "details": details}


def _call_permission(inner: Json) -> Json:
    details: Json = {
        "type": "call_permission_reply",
        "response": reading.text(inner, "response", limit=32),
        "is_permanent": inner.get("is_permanent") is True,
        "until": reading.text(inner, "expiration_timestamp", limit=16),
    }
    return {"kind": IncomingKind.SYSTEM, "details": {name: value for name, value in details.items() if value}}
