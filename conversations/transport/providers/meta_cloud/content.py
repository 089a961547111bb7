"""What a customer sent, type by type. A type or shape we do not know becomes a placeholder, never an error."""

from collections.abc import Callable
from typing import Any, Final

from conversations.transport.providers.meta_cloud import reading
from conversations.transport.providers.meta_cloud.answers import read_button, read_interactive
from conversations.transport.providers.meta_cloud.reading import OddItem
from conversations.transport.providers.meta_cloud.receipts import errors
from conversations.transport.rules import limits
from conversations.transport.types import Incoming, IncomingKind, MediaRef, OrderItem, Place, Sender

Json = dict[str, Any]
MOST_LINES: Final = 30
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


def said(message: Json, person: Sender, wamid: str) -> Incoming:
    """What one message says, whoever it is from. Refuses: `OddItem`."""
    return Incoming(
        wamid=wamid,
        sender=person,
        sent_at=reading.moment(message),
        raw_type=reading.text(message, "type", limit=64),
        referral=read_referral(message),
        **(_context(message) | read_content(message)),
    )


def _context(message: Json) -> Json:
    """What the message stands in: the one it answers, a product's page, or somebody else's chat."""
    source = message.get("context")
    if not isinstance(source, dict):
        return {}
    product = reading.mapping(source.get("referred_product"))
    often = "often" if source.get("frequently_forwarded") is True else ""
    return {
        "context_wamid": reading.text(source, "id", limit=200),
        "forwarded": often or ("once" if source.get("forwarded") is True else ""),
        "product": reading.text(product, "product_retailer_id", limit=128),
    }


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
    """Something we cannot read: its type, Meta's error codes and reasons, for the operator. {type, code, reason, errors}

    The body itself is kept for some days with the webhook it came in.
    """
    inner = reading.mapping(message.get("unsupported"))
    found = errors(message)
    details: Json = {"type": reading.text(inner, "type", limit=64) or kind or "unknown"}
    if found:
        details |= {name: value for name, value in found[0].items() if value}
    if found[1:]:
        details["errors"] = found
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
    """Cards {name, phones, wa_ids, origin, emails, organisation, addresses, urls, birthday}; `wa_ids` are on WhatsApp.

    `origin` is `contact_request` when it is the customer's own number, given because we asked.
    """
    given = reading.items(message.get("contacts"))[: limits.CONTACTS]
    cards = [_card(card) for card in map(reading.mapping, given)]
    if not cards:
        raise OddItem("contacts is empty")
    words = "; ".join(" ".join([each["name"], *each["phones"]]).strip() for each in cards)
    return {"kind": IncomingKind.CONTACTS, "text": words[:1024], "details": {"cards": cards}}


def _card(card: Json) -> Json:
    name = reading.mapping(card.get("name"))
    phones = [reading.mapping(entry) for entry in reading.items(card.get("phones"))[:MOST_LINES]]
    known = [reading.phone(entry, "wa_id") for entry in phones]
    numbers = [found or reading.text(entry, "phone", limit=32) for found, entry in zip(known, phones, strict=True)]
    parts = (reading.text(name, part, limit=64) for part in ("first_name", "last_name"))
    found = {
        "wa_ids": [number for number in known if number],
        "emails": _listed(card, "emails", "email"),
        "organisation": reading.text(reading.mapping(card.get("org")), "company", limit=128),
        "addresses": [address for address in map(_address, reading.items(card.get("addresses"))[:5]) if address],
        "urls": _listed(card, "urls", "url"),
        "birthday": reading.text(card, "birthday", limit=16),
    }
    return {
        "name": reading.text(name, "formatted_name", limit=128) or " ".join(part for part in parts if part),
        "phones": [number for number in numbers if number],
        "origin": reading.text(card, "origin", limit=32),
        **{key: value for key, value in found.items() if value},
    }


def _listed(card: Json, name: str, key: str) -> list[str]:
    entries = map(reading.mapping, reading.items(card.get(name))[:MOST_LINES])
    return [found for entry in entries if (found := reading.text(entry, key, limit=256))]


def _address(raw: Any) -> str:
    source = reading.mapping(raw)
    parts = (reading.text(source, name, limit=128) for name in ("street", "zip", "city", "state", "country"))
    return ", ".join(part for part in parts if part)


def _reaction(message: Json) -> Json:
    source = reading.mapping(message.get("reaction"))
    emoji = reading.text(source, "emoji", limit=32)  # absent or empty: the reaction was taken back
    target = reading.needed(source, "message_id", limit=200)
    details = {"message_id": target, "emoji": emoji}
    return {"kind": IncomingKind.REACTION, "text": emoji, "context_wamid": target, "details": details}


def _order(message: Json) -> Json:
    """A cart. A line that cannot be read is counted in `odd_lines` and costs nothing else."""
    source = reading.mapping(message.get("order"))
    given = reading.items(source.get("product_items"))
    lines = tuple(line for line in map(_line, map(reading.mapping, given)) if line)
    if not lines:
        raise OddItem("product_items is empty")
    details: Json = {"catalog_id": reading.text(source, "catalog_id", limit=64)}
    if odd := len(given) - len(lines):
        details["odd_lines"] = odd
    return {
        "kind": IncomingKind.ORDER,
        "text": reading.text(source, "text", limit=1024),
        "items": lines,
        "details": details,
    }


def _line(line: Json) -> OrderItem | None:
    try:
        return OrderItem(
            retailer_id=reading.needed(line, "product_retailer_id", limit=128),
            quantity=_quantity(line),
            item_price=reading.text(line, "item_price", limit=32),
            currency=reading.text(line, "currency", limit=8),
        )
    except OddItem:
        return None


def _quantity(line: Json) -> int:
    written = reading.text(line, "quantity", limit=8)
    if not written.isascii() or not written.isdigit() or not 1 <= int(written) <= 9999:
        raise OddItem("quantity is not a number of things")
    return int(written)


def _system(message: Json) -> Json:
    """Something about the person: {type} and, where they are told, the names they have now and had before."""
    source = reading.mapping(message.get("system"))
    identity = reading.mapping(source.get("identity"))
    details = {
        "type": reading.text(source, "type", limit=64),
        "wa_id": reading.phone(source, "wa_id") or reading.phone(source, "new_wa_id") or "",
        "user_id": reading.bsuid(source, "user_id") or "",
        "previous_user_id": reading.bsuid(source, "previous_user_id") or "",
        "parent_user_id": reading.bsuid(source, "parent_user_id") or "",
        "previous_parent_user_id": reading.bsuid(source, "previous_parent_user_id") or "",
        "identity": reading.text(identity, "hash", limit=128),
    }
    told = {name: value for name, value in details.items() if value}
    return {"kind": IncomingKind.SYSTEM, "text": reading.text(source, "body", limit=1024), "details": told}


def _edit(message: Json) -> Json:
    """New words for an earlier message; of another kind than text they are its caption."""
    source = reading.mapping(message.get("edit"))
    original = reading.needed(source, "original_message_id", limit=200)
    inner = reading.mapping(source.get("message"))
    kind = reading.text(inner, "type", limit=64)
    part = reading.mapping(inner.get(kind))
    words = reading.text(part, "body") or reading.text(part, "caption", limit=1024)
    return {"kind": IncomingKind.EDIT, "text": words, "context_wamid": original, "details": {"kind": kind}}


def _revoke(message: Json) -> Json:
    original = reading.needed(reading.mapping(message.get("revoke")), "original_message_id", limit=200)
    return {"kind": IncomingKind.REVOKE, "context_wamid": original}


def _welcome(message: Json) -> Json:
    return {"kind": IncomingKind.WELCOME}


_READERS: Final[dict[str, Callable[[Json], Json]]] = {
    "text": _text,
    **dict.fromkeys(MEDIA, _media),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "button": read_button,
    "interactive": read_interactive,
    "order": _order,
    "system": _system,
    "edit": _edit,
    "revoke": _revoke,
    "request_welcome": _welcome,
}


def read_referral(message: Json) -> Json:
    """Where the customer came from (an ad or a post), as far as Meta says."""
    source = message.get("referral")
    if not isinstance(source, dict):
        return {}
    found = {name: reading.text(source, name, limit=1024) for name in REFERRAL}
    found["welcome"] = reading.text(reading.mapping(source.get("welcome_message")), "text", limit=1024)
    return {name: value for name, value in found.items() if value}
