"""The way into the simulator: switched on, a number of this shop or the shared one, somebody who may be played."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest

from conversations import simulated
from conversations.transport.providers.simulator.payloads import Person
from tenants.access import DashboardRequest
from tenants.context import current_shop
from tenants.models import WhatsAppNumber

# What an address says to mean the platform's number: `?number=shared`.
SHARED: Final = "shared"


def must_be_on() -> None:
    """Refuses: 404 where the simulator is switched off."""
    if not settings.SIMULATOR:
        raise Http404("The simulator is switched off in this house.")


def asks_for_shared(request: HttpRequest) -> bool:
    """Whether the address means the platform's number."""
    return request.GET.get("number") == SHARED


def number_of(request: DashboardRequest) -> WhatsAppNumber:
    """The simulator's number of the address: the shop's own or the shared one.

    Refuses: 404 where the simulator is switched off or nothing is shared, `NoNumber` without a number of its own.
    """
    must_be_on()
    if not asks_for_shared(request):
        return simulated.number_of(request.shop)
    shared = simulated.shared_number()
    if shared is None:
        raise Http404("There is no shared number on the simulator.")
    return shared


def number_or_404(request: DashboardRequest) -> WhatsAppNumber:
    """The same; without a number there is nothing to find."""
    try:
        return number_of(request)
    except simulated.NoNumber as refusal:
        raise Http404 from refusal


def own_number_or_404(request: DashboardRequest) -> WhatsAppNumber:
    """The shop's own number: what befalls a whole number is not a shop's to decide on the shared one."""
    if asks_for_shared(request):
        raise Http404("The shared number belongs to the platform.")
    return number_or_404(request)


def person_or_404(number: WhatsAppNumber, digits: str) -> Person:
    """Whose phone it is; nobody else may be played."""
    try:
        return simulated.person_with(number, digits)
    except simulated.NotAPhoneOfOurs as refusal:
        raise Http404 from refusal


def page_of(number: WhatsAppNumber, phones: Sequence[str]) -> str:
    """The address of the page with these phones, the first one in charge."""
    way = [("number", SHARED)] if number.shop_id is None else []
    return f"/simulator/?{urlencode([*way, *(('phone', digits) for digits in phones)])}"


def way_of(number: WhatsAppNumber) -> dict[str, Any]:
    """What every part of the page needs to stay on this number, and who answers there."""
    is_shared = number.shop_id is None
    return {
        "is_shared": is_shared,
        "on": f"?number={SHARED}" if is_shared else "",
        "to_phone": f"?number={SHARED}&phone=" if is_shared else "?phone=",
        "called": (number.display_name or "ShopMe") if is_shared else current_shop().name,
    }
