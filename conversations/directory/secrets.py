"""What an owner's shop asked for in secret lies nowhere in `public`, whether or not its shop was clear."""

from conversations import registry
from conversations.hearing import masking
from conversations.models import Conversation
from conversations.transport.types import Incoming
from tenants.context import inside
from tenants.models import OwnerPhone, Shop, Shopper


def as_kept(shopper: Shopper, incoming: Incoming) -> Incoming:
    """The message as it may be kept here: hidden where a shop waits for this person's PIN or code.

    The shop then hears dots and asks again. One look a shop whose owner this phone is, none for anybody else.
    """
    if incoming.kind not in masking.TYPED or not masking.may_be_secret(incoming.text):
        return incoming
    return masking.masked(incoming) if _is_awaited(shopper, incoming.text) else incoming


def _is_awaited(shopper: Shopper, text: str) -> bool:
    secret = [name for name, state in registry.STATES.items() if state.hides(text)]
    owned = OwnerPhone.objects.filter(phone=shopper.phone or "").values("shop")
    for shop in Shop.objects.filter(pk__in=owned, status=Shop.Status.ACTIVE):
        with inside(shop):
            if Conversation.objects.filter(number_id=shopper.number_id, state__in=secret).exists():
                return True
    return False
