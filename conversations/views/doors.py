"""The way into the simulator: switched on, with a number of this shop, as somebody who may be played."""

from django.conf import settings
from django.http import Http404

from conversations import simulated
from conversations.transport.providers.simulator.payloads import Person
from tenants.models import Shop, WhatsAppNumber


def must_be_on() -> None:
    """Refuses: 404 where the simulator is switched off."""
    if not settings.SIMULATOR:
        raise Http404("The simulator is switched off in this house.")


def number_of(shop: Shop) -> WhatsAppNumber:
    """The shop's number on the simulator. Refuses: 404 where it is switched off, `NoNumber`."""
    must_be_on()
    return simulated.number_of(shop)


def number_or_404(shop: Shop) -> WhatsAppNumber:
    """The same; without a number there is nothing to find."""
    try:
        return number_of(shop)
    except simulated.NoNumber as refusal:
        raise Http404 from refusal


def person_or_404(number: WhatsAppNumber, digits: str) -> Person:
    """Whose phone it is; nobody else may be played."""
    try:
        return simulated.person_with(number, digits)
    except simulated.NotAPhoneOfOurs as refusal:
        raise Http404 from refusal
