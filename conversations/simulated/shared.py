"""Phones on the platform's shared number: each is played, and seen, by the one shop whose simulator opened it."""

import re
from typing import Final

from django.db import transaction

from conversations.simulated.refusals import NotAPhoneOfOurs
from conversations.transport.models import StandInMessage
from conversations.transport.providers.simulator import phones
from tenants.context import current_shop
from tenants.models import Shop, ShopperName, WhatsAppNumber

# Numbers nobody has: area code, 555, 01xx.
_NOBODYS: Final = re.compile(r"^1[2-9]\d{2}55501\d{2}\Z")
SHOWN: Final = 4


def is_nobodys_number(digits: str) -> bool:
    """Whether no customer can have this number."""
    return bool(_NOBODYS.match(digits))


def shared_number() -> WhatsAppNumber | None:
    """The platform's shared number, if it is one of the simulator."""
    numbers = WhatsAppNumber.objects.filter(shop=None, provider=WhatsAppNumber.Provider.SIMULATOR, is_active=True)
    return numbers.order_by("id").first()


def must_be_ours(number: WhatsAppNumber, digits: str) -> None:
    """Whether the current shop may see this phone: nobody's number, opened here or by no shop and never used.

    Refuses: `NotAPhoneOfOurs`.
    """
    opener = phones.opener(number.phone_number_id, digits)
    is_ours = opener == current_shop().pk if opener is not None else not _is_used(number, digits)
    if not is_nobodys_number(digits) or not is_ours:
        raise NotAPhoneOfOurs("Only phones that were opened here can be played.")


def _is_used(number: WhatsAppNumber, digits: str) -> bool:
    """Whether the phone has a past: on this number, or as somebody played on the number of another shop."""
    own = WhatsAppNumber.objects.filter(shop=current_shop()).values("phone_number_id")
    elsewhere = StandInMessage.objects.filter(recipient=digits).exclude(phone_number_id__in=own)
    return elsewhere.exists() or ShopperName.objects.filter(number=number, value=digits).exists()


@transaction.atomic
def open_phone(number: WhatsAppNumber, digits: str) -> None:
    """From now on the phone is the current shop's; on a shop's own number there is nothing to decide.

    Locks the phone. Refuses: `NotAPhoneOfOurs`.
    """
    if number.shop_id is None:
        must_be_ours(number, digits)
        if not phones.open_for(number.phone_number_id, digits, current_shop().pk):
            raise NotAPhoneOfOurs("Another shop has just opened this phone.")


def opened_by(number: WhatsAppNumber, shop: Shop) -> list[str]:
    """The digits of the phones this shop opened, latest first."""
    return phones.opened_by(number.phone_number_id, shop.pk)[:SHOWN]
