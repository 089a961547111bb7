"""What a customer sent, type by type. A type or shape we do not know becomes a placeholder, never an error."""

from collections.abc import Callable
from typing import Any, Final

from conversations.transport.providers.meta_cloud import reading
from conversations.transport.providers.meta_cloud.reading import OddItem
from conversations.transport.types import IncomingKind, MediaRef, OrderItem, Place

Json = dict[str, Any]
MEDIA: Final = ("image", "video", "audio", "document", "sticker")
REFERRAL: Final = (
    "source_url",
    "source_id",
    "source_type",
    "headline",
    "body",
    "media_type",
    "image_url",
    "video_url",
    "thumbnail_url",
    "ctwa_clid",
)


def read_content(message: Json) -> Json:
    """The fields of `Incoming` that depend on the type: kind, text, and what belongs to it."""
    kind = reading.text(message, "type", limit=64)
    if message.get("group_id"):
        return _placeholder(message, "group")
    reader = _READERS.get(kind)
    if reader is None:
        return _placeholder(message, kind)
    try:
        return reader(message)
    except OddItem:
        return _placeholder(message, kind)


def _placeholder(message: Json, kind: str) -> Json:
    """Something we cannot read: its type, Meta's error code and reason, for the operator."""
    inner = reading.mapping(message.get("unsupported"))
    error = reading.mapping(next(iter(reading.items(message.get("errors"))), None))
    data = reading.mapping(error.get("error_data"))
    details: Json = {"type": reading.text(inner, "type", limit=64) or kind or "unknown"}
    if code := reading.text(error, "code", limit=16):
        details["code"] = code
    reason = reading.text(data, "details", limit=300) or reading.text(error, "details", limit=300)
    if reason := reason or reading.text(error, "title", limit=300):
        details["reason"] = reason
    return {"kind": IncomingKind.UNSUPPORTED, "details": details}


def _text(message: Json) -> Json:
    return {"kind": IncomingKind.TEXT, "text": reading.needed(reading.mapping(message.get("text")), "body", limit=4096)}


def _media(message: Json) -> Json:
    kind = reading.text(message, "type", limit=64)
    source = reading.mapping(message.get(kind))
    caption = reading.text(source, "caption", limit=1024)
    media = MediaRef(
        media_id=reading.needed(source, "id"),
        mime_type=reading.text(source, "mime_type", limit=128),
        caption=caption,
        filename=reading.text(source, "filename", limit=255),
        sha256=reading.text(source, "sha256", limit=128),
        url=reading.text(source, "url", limit=2048),
        voice=source.get("voice") is True,
    )
    return {"kind": IncomingKind(kind), "text": caption, "media": media}


def _location(message: Json) -> Json:
    source = reading.mapping(message.get("location"))
    place = Place(
        latitude=reading.degrees(source, "latitude", largest=90),
        longitude=reading.degrees(source, "longitude", largest=180),
        name=reading.text(source, "name", limit=255),
        address=reading.text(source, "address", limit=500),
    )
    label = ", ".join(part for part in (place.name, place.address) if part)
    return {"kind": IncomingKind.LOCATION, "text": label, "location": place}


def _contacts(message: Json) -> Json:
    cards: list[Json] = []
    for card in map(reading.mapping, reading.items(message.get("contacts"))[:20]):
        name = reading.mapping(card.get("name"))
        phones = [reading.mapping(entry) for entry in reading.items(card.get("phones"))[:10]]
        numbers = [reading.phone(entry, "wa_id") or reading.text(entry, "phone", limit=32) for entry in phones]
        cards.append(
            {
                "name": reading.text(name, "formatted_name", limit=128),
                "phones": [number for number in numbers if number],
                "origin": reading.text(card, "origin", limit=32),
            }
        )
    words = "; ".join(" ".join([each["name"], *each["phones"]]).strip() for each in cards)
    return {"kind": IncomingKind.CONTACTS, "text": words, "details": {"cards": cards}}


def _reaction(message: Json) -> Json:
    source = reading.mapping(message.get("reaction"))
    emoji = reading.text(source, "emoji", limit=32)  # absent or empty: the reaction was taken back
    details = {"message_id": reading.needed(source, "message_id"), "emoji": emoji}
    return {"kind": IncomingKind.REACTION, "text": emoji, "details": details}


def _button(message: Json) -> Json:
    source = reading.mapping(message.get("button"))
    title = reading.text(source, "text", limit=256)
    return _choice(reading.text(source, "payload", limit=256) or title, title)


def _choice(choice_id: str, title: str, details: Json | None = None) -> Json:
    if not choice_id:
        raise OddItem("the choice has no id")
    return {
        "kind": IncomingKind.CHOICE,
        "text": title,
        "choice_id": choice_id,
        "choice_title": title,
        "details": details or {},
    }


def _interactive(message: Json) -> Json:
    source = reading.mapping(message.get("interactive"))
    kind = reading.text(source, "type", limit=64)
    inner = reading.mapping(source.get(kind))
    if kind in ("button_reply", "list_reply"):
        title = reading.text(inner, "title", limit=256)
        return _choice(reading.needed(inner, "id"), title)
    if kind == "nfm_reply":
        name = reading.text(inner, "name", limit=64) or "flow"
        details = {"response_json": reading.text(inner, "response_json", limit=16_384)}
        return _choice(f"form:{name}", reading.text(inner, "body", limit=256), details)
    raise OddItem("an interactive answer of another kind")


def _order(message: Json) -> Json:
    source = reading.mapping(message.get("order"))
    lines = tuple(
        OrderItem(
            retailer_id=reading.needed(line, "product_retailer_id"),
            quantity=_quantity(line),
            item_price=reading.text(line, "item_price", limit=32),
            currency=reading.text(line, "currency", limit=3),
        )
        for line in map(reading.mapping, reading.items(source.get("product_items")))
    )
    if not lines:
        raise OddItem("product_items is empty")
    details = {"catalog_id": reading.text(source, "catalog_id", limit=64)}
    return {
        "kind": IncomingKind.ORDER,
        "text": reading.text(source, "text", limit=1024),
        "items": lines,
        "details": details,
    }


def _quantity(line: Json) -> int:
    written = reading.text(line, "quantity", limit=8)
    if not written.isascii() or not written.isdigit() or not 1 <= int(written) <= 9999:
        raise OddItem("quantity is not a number of things")
    return int(written)


def _system(message: Json) -> Json:
    source = reading.mapping(message.get("system"))
    details = {
        "type": reading.text(source, "type", limit=64),
        "wa_id": reading.phone(source, "wa_id") or reading.phone(source, "new_wa_id") or "",
        "user_id": reading.bsuid(source, "user_id") or "",
        "previous_user_id": reading.bsuid(source, "previous_user_id") or "",
        "parent_user_id": reading.bsuid(source, "parent_user_id") or "",
    }
    said = {name: value for name, value in details.items() if value}
    return {"kind": IncomingKind.SYSTEM, "text": reading.text(source, "body", limit=1024), "details": said}


def _edit(message: Json) -> Json:
    source = reading.mapping(message.get("edit"))
    inner = reading.mapping(reading.mapping(source.get("message")).get("text"))
    details = {"type": "edit", "original": reading.text(source, "original_message_id", limit=256)}
    return {"kind": IncomingKind.UNSUPPORTED, "text": reading.text(inner, "body"), "details": details}


def _revoke(message: Json) -> Json:
    original = reading.text(reading.mapping(message.get("revoke")), "original_message_id", limit=256)
    return {"kind": IncomingKind.UNSUPPORTED, "details": {"type": "revoke", "original": original}}


def _welcome(message: Json) -> Json:
    return {"kind": IncomingKind.SYSTEM, "details": {"type": "request_welcome"}}


_READERS: Final[dict[str, Callable[[Json], Json]]] = {
    "text": _text,
    **dict.fromkeys(MEDIA, _media),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
    "system": _system,
    "edit": _edit,
    "revoke": _revoke,
    "request_welcome": _welcome,
}


def read_referral(message: Json) -> Json:
    """Where the customer came from (an ad or a post), as far as Meta says."""
    source = reading.mapping(message.get("referral"))
    found = {name: reading.text(source, name, limit=1024) for name in REFERRAL}
    return {name: value for name, value in found.items() if value}
