"""Which language a customer is spoken to in. Pure."""

from typing import Final

from django.conf import settings

from conversations import registry
from conversations.models import Conversation
from conversations.transport.types import Incoming
from loyalty.models import Customer
from tenants.models import Shop

# What people behind a country code usually read, where we speak it.
_BY_COUNTRY_CODE: Final = {"+39": "it", "+378": "it"}


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
    for code, language in _BY_COUNTRY_CODE.items():
        if (customer.phone or "").startswith(code) and language in choices:
            return language
    return choices[0]
