"""Meta's `user_preferences`: who stopped or resumed the offers of a business, in WhatsApp's own menu."""

from collections.abc import Iterator
from typing import Any

from conversations.transport.providers.base import Preference
from conversations.transport.providers.meta_cloud import reading
from conversations.transport.providers.meta_cloud.reading import OddItem
from conversations.transport.types import Sender

Json = dict[str, Any]
_WANTS = {"stop": False, "resume": True, "signup": True}


def preferences_in(value: Json) -> Iterator[Preference]:
    """Every preference about offers in one change, in its order. One that cannot be read spoils no other."""
    names = {
        reading.text(contact, key, limit=160): reading.text(reading.mapping(contact.get("profile")), "name", limit=128)
        for contact in map(reading.mapping, reading.items(value.get("contacts")))
        for key in ("wa_id", "user_id")
    }
    for raw in map(reading.mapping, reading.items(value.get("user_preferences"))):
        try:
            preference = _preference(raw, names)
        except OddItem:
            continue
        if preference:
            yield preference


def _preference(raw: Json, names: dict[str, str]) -> Preference | None:
    said = reading.text(raw, "value", limit=32).lower()
    phone, bsuid = reading.phone(raw, "wa_id"), reading.bsuid(raw, "user_id")
    category = reading.text(raw, "category", limit=64) or "marketing_messages"
    if said not in _WANTS or category != "marketing_messages" or not (phone or bsuid):
        return None
    profile = names.get(bsuid or "") or names.get((phone or "").removeprefix("+")) or ""
    return Preference(
        sender=Sender(phone=phone, bsuid=bsuid, profile_name=profile.strip()),
        wants_offers=_WANTS[said],
        at=reading.moment(raw),
        value=said,
        words=reading.text(raw, "detail", limit=400),
    )
