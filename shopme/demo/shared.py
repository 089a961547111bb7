"""The demo's shared number."""

from typing import Final

from shopme.lib.ids import new_token
from tenants import directory
from tenants.models import WhatsAppNumber
from tenants.services.numbers import add_number

SHARED_PHONE: Final = "+15550100199"


def ensure_shared_number() -> WhatsAppNumber:
    """The platform's number on the simulator, on which all demo shops are found; a second call changes nothing."""
    known = directory.shared_number()
    if known is not None:
        return known
    return add_number(
        shop=None,
        provider=WhatsAppNumber.Provider.SIMULATOR,
        phone=SHARED_PHONE,
        phone_number_id="700000000000900",
        waba_id="800000000000900",
        token=new_token(24),
        app_secret=new_token(24),
        display_name="ShopMe",
    ).number
