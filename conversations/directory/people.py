"""Where a person on a shared number is now, where they have been, and how to speak with them."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from conversations import registry
from conversations.directory import session, words
from conversations.languages import language_of_phone
from conversations.models import Conversation
from conversations.transport.types import Incoming
from tenants.context import inside
from tenants.models import Shop, Shopper, ShopVisit
from tenants.queries import number_by_id

# After so long without a word a person is in no shop any more; the copy in Redis lives as long.
IN_SHOP: Final = timedelta(seconds=session.LIVES_SECONDS)


def settle_language(shopper: Shopper, incoming: Incoming) -> None:
    """The language of their words, else of their country, else English; a language once heard stays."""
    heard = words.languages_of(incoming.text) or registry.languages_of(incoming.text)
    if len(heard) == 1:
        shopper.language = next(iter(heard))
    elif not shopper.language:
        shopper.language = language_of_phone(shopper.phone) or settings.LANGUAGE_CODE


def shop_now(shopper: Shopper, at: datetime) -> Shop | None:
    """The shop they are in, unless nothing was heard for half an hour. The row decides, not the copy in Redis."""
    if shopper.shop is None or shopper.in_shop_at is None or at - shopper.in_shop_at > IN_SHOP:
        return None
    return shopper.shop


def is_with_person(shopper: Shopper, shop: Shop, at: datetime) -> bool:
    """Whether somebody of the shop's team is talking with them there. One short look."""
    names = [name for name in (shopper.phone, shopper.bsuid) if name]
    theirs = {
        "customer__identities__scope": number_by_id(shopper.number_id).portfolio,
        "customer__identities__value__in": names,
        "customer__identities__retired_at": None,
    }
    with inside(shop):
        threads = Conversation.objects.filter(number_id=shopper.number_id, mode=Conversation.Mode.HUMAN, **theirs)
        return any(thread.is_with_person(at) and not thread.is_waiting_for_person() for thread in threads)


def enter(shopper: Shopper, shop: Shop, at: datetime) -> None:
    """They are in `shop` from now on, and have been there."""
    shopper.shop, shopper.in_shop_at = shop, at
    shopper.state, shopper.state_data = "", {}
    ShopVisit.objects.bulk_create(
        [ShopVisit(shopper=shopper, shop=shop, last_at=at)],
        update_conflicts=True,
        unique_fields=["shopper", "shop"],
        update_fields=["last_at"],
    )


def leave(shopper: Shopper) -> None:
    """They are in no shop."""
    shopper.shop = shopper.in_shop_at = None


def visited(shopper: Shopper) -> list[Shop]:
    """The open shops they have been in, the latest first."""
    rows = ShopVisit.objects.filter(shopper=shopper, shop__status=Shop.Status.ACTIVE).select_related("shop")
    return [row.shop for row in rows.order_by("-last_at", "-id")[:50]]


def ever_visited(shopper: Shopper) -> list[Shop]:
    """Every shop they have been in, closed ones too, in the order of their ids."""
    return list(Shop.objects.filter(pk__in=ShopVisit.objects.filter(shopper=shopper).values("shop")).order_by("pk"))


def favourites(shopper: Shopper) -> list[Shop]:
    """The shops they keep, oldest first; closed ones are left out until they open again."""
    rows = shopper.favourites.filter(shop__status=Shop.Status.ACTIVE).select_related("shop")
    return [row.shop for row in rows.order_by("id")]


def now() -> datetime:
    return timezone.now()
