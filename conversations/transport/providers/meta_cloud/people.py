"""Who wrote, by every name Meta gives: contacts and messages are lists of their own and are matched by id."""

from typing import Any

from conversations.transport.providers.meta_cloud import reading
from conversations.transport.providers.meta_cloud.reading import OddItem
from conversations.transport.types import Sender

Json = dict[str, Any]


def people(value: Json) -> dict[str, Json]:
    """The contacts of a change by each of their ids, in whatever order they came."""
    found: dict[str, Json] = {}
    for contact in map(reading.mapping, reading.items(value.get("contacts"))):
        for key in ("wa_id", "user_id"):
            if identity := reading.text(contact, key, limit=160):
                found[identity] = contact
    return found


def sender(message: Json, known: dict[str, Json]) -> Sender:
    """The customer who wrote. Refuses: `OddItem` when no name of theirs is there."""
    if message.get("type") == "system":
        return _who_they_were(message)
    phone = reading.phone(message, "from")
    bsuid = reading.bsuid(message, "from_user_id") or reading.bsuid(message, "from")
    return _named(phone, bsuid, reading.bsuid(message, "from_parent_user_id"), known)


def recipient(message: Json, known: dict[str, Json]) -> Sender:
    """The customer a message of the shop went to. Refuses: `OddItem` when no name of theirs is there."""
    phone = reading.phone(message, "to")
    bsuid = reading.bsuid(message, "to_user_id") or reading.bsuid(message, "to")
    return _named(phone, bsuid, reading.bsuid(message, "to_parent_user_id"), known)


def _named(phone: str | None, bsuid: str | None, parent: str | None, known: dict[str, Json]) -> Sender:
    contact = known.get(bsuid or "") or known.get((phone or "").removeprefix("+")) or {}
    profile = reading.mapping(contact.get("profile"))
    found = Sender(
        phone=phone or reading.phone(contact, "wa_id"),
        bsuid=bsuid or reading.bsuid(contact, "user_id"),
        parent_bsuid=parent or reading.bsuid(contact, "parent_user_id"),
        username=reading.text(profile, "username", limit=64) or None,
        profile_name=reading.text(profile, "name", limit=128).strip(),
    )
    if not found.identities:
        raise OddItem("from and from_user_id are missing")
    return found


def _who_they_were(message: Json) -> Sender:
    """The names a customer had before a system message changed them; it brings no contacts."""
    source = reading.mapping(message.get("system"))
    found = Sender(
        phone=reading.phone(message, "from") or reading.phone(source, "customer"),
        bsuid=reading.bsuid(source, "previous_user_id") or _old_bsuid(message, source),
        parent_bsuid=reading.bsuid(source, "previous_parent_user_id") or reading.bsuid(message, "from_parent_user_id"),
    )
    if not found.identities:
        raise OddItem("nobody is named")
    return found


def _old_bsuid(message: Json, source: Json) -> str | None:
    """`from_user_id`, unless it is already the new one."""
    given = reading.bsuid(message, "from_user_id")
    return None if given == reading.bsuid(source, "user_id") else given


def names_to_be(details: Json) -> tuple[str, ...]:
    """By what a customer is known before and after a system message: all of it leads to one lane."""
    phone = str(details.get("wa_id", "")).removeprefix("+")
    names = (details.get("previous_user_id", ""), details.get("user_id", ""), phone)
    return tuple(name for name in names if name)


def phones_shared(details: Json) -> tuple[str, ...]:
    """The sender's own phones, given by WhatsApp's button that asks for them: they will be written from."""
    own = [card for card in details.get("cards", ()) if card.get("origin") == "contact_request"]
    return tuple(phone.removeprefix("+") for card in own for phone in card.get("wa_ids", ())[:1])
