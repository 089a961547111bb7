"""Whom news of an account concerns: it carries no phone number id, only the account, and sometimes a phone to look at."""

from collections.abc import Mapping
from typing import Any

from conversations.transport.providers.registry import account_reader
from conversations.transport.types import ParsedEvent
from shopme.lib.text import digits_in
from tenants.models import WhatsAppNumber


def waba_of(event: ParsedEvent) -> str:
    """The account the news is about: the one it names inside, else the one it stands under."""
    return account_reader().concerned(_value(event.data)).waba_id or event.waba_id


def numbers_of_waba(waba_id: str) -> list[WhatsAppNumber]:
    """Every number in the account, of whichever shop, a shop's together and the oldest first."""
    if not waba_id:
        return []
    return list(WhatsAppNumber.objects.filter(waba_id=waba_id).order_by("shop_id", "id"))


def is_concerned(number: WhatsAppNumber, data: Mapping[str, Any]) -> bool:
    """Whether news speaks of this number: it names its phone or its id, or names none."""
    named = account_reader().concerned(_value(data))
    if named.digits:
        return named.digits == digits_in(number.phone)
    return not named.phone_number_id or named.phone_number_id == number.phone_number_id


def _value(data: Mapping[str, Any]) -> dict[str, Any]:
    value = data.get("value")
    return value if isinstance(value, dict) else {}
