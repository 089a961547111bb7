"""Which language a customer is spoken to in. Pure."""

import json
from pathlib import Path
from typing import Final

from django.conf import settings

from conversations import registry
from conversations.models import Conversation
from conversations.transport.types import Incoming
from loyalty.models import Customer
from tenants.models import Shop

# What people behind a country code read.
_OF_COUNTRY: Final[dict[str, str]] = json.loads(
    (Path(__file__).parent / "data" / "country_languages.json").read_text(encoding="utf-8")
)["languages"]


def offered(shop: Shop) -> list[str]:
    """The languages this shop speaks with customers, its own first."""
    spoken = [code for code, _name in settings.LANGUAGES if code in (shop.languages or [])]
    own = shop.language if shop.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    return [own, *(code for code in spoken if code != own)]


def language_for(*, shop: Shop, customer: Customer, conversation: Conversation, first: Incoming) -> str:
    """What the customer chose; before that, what their first word or their country suggests; else the shop's own."""
    choices = offered(shop)
    for chosen in (conversation.language, customer.language):
        if chosen in choices:
            return chosen
    heard = registry.languages_of(first.text)
    if len(heard) == 1 and (language := next(iter(heard))) in choices:
        return language
    suggested = language_of_phone(customer.phone)
    return suggested if suggested in choices else choices[0]


def language_of_phone(phone: str | None) -> str:
    """What people in the country of this phone read, if we speak it; else empty."""
    digits = (phone or "").removeprefix("+")
    found = next((language for code, language in _OF_COUNTRY.items() if digits.startswith(code)), "")
    return found if found in dict(settings.LANGUAGES) else ""
