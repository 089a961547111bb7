"""Whom news of an account concerns: it carries no phone number id, only the account, and sometimes a phone to look at."""

from collections.abc import Mapping
from typing import Any

from conversations.transport.types import ParsedEvent
from tenants.models import WhatsAppNumber


def waba_of(event: ParsedEvent) -> str:
    """The account the news is about. `PARTNER_*` news come under a portfolio and name the account inside."""
    value = event.data.get("value")
    info = value.get("waba_info") if isinstance(value, dict) else None
    named = str(info.get("waba_id") or "") if isinstance(info, dict) else ""
    return named[:64] or event.waba_id


def numbers_of_waba(waba_id: str) -> list[WhatsAppNumber]:
    """Every number in the account, of whichever shop, a shop's together and the oldest first."""
    if not waba_id:
        return []
    return list(WhatsAppNumber.objects.filter(waba_id=waba_id).order_by("shop_id", "id"))


def is_concerned(number: WhatsAppNumber, data: Mapping[str, Any]) -> bool:
    """Whether news speaks of this number: it names its phone or its id, or names none."""
    value = data.get("value")
    if not isinstance(value, dict):
        return True
    if digits := _digits(value.get("display_phone_number")):
        return digits == _digits(number.phone)
    if value.get("entity_type") == "PHONE_NUMBER":
        return str(value.get("entity_id")) == number.phone_number_id
    return True


def _digits(written: Any) -> str:
    """A phone as people and providers write it, without anything but its digits."""
    return "".join(sign for sign in str(written or "") if "0" <= sign <= "9")
