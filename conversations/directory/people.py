"""Who writes on a shared number, where they have been, and where they are now."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from conversations import registry, session
from conversations.transport.types import Incoming, Sender
from shopme.lib.text import clean_text
from tenants.models import Shop, Shopper, ShopperName, ShopVisit, WhatsAppNumber

# After so long without a word a person is in no shop any more; the copy in Redis lives as long.
IN_SHOP: Final = timedelta(seconds=session.LIVES_SECONDS)
_BY_COUNTRY_CODE: Final = {"39": "it", "378": "it"}


def recognise(number: WhatsAppNumber, sender: Sender) -> Shopper:
    """The person with these names, locked until the transaction ends; a new one where nobody has them.

    A name that belongs to somebody else stays with them. Two first messages at once make one person.
    """
    names = [name[:150] for name in sender.identities]
    shopper = _known(number, names) or _created(number, sender, names)
    shopper = Shopper.objects.select_for_update().get(pk=shopper.pk)
    ShopperName.objects.bulk_create(
        [ShopperName(shopper=shopper, number=number, value=name) for name in names], ignore_conflicts=True
    )
    shopper.phone = sender.phone or shopper.phone
    shopper.bsuid = sender.bsuid or shopper.bsuid
    shopper.profile_name = clean_text(sender.profile_name, limit=120) or shopper.profile_name
    return shopper


def _known(number: WhatsAppNumber, names: Sequence[str]) -> Shopper | None:
    """By the best name somebody has."""
    rows = ShopperName.objects.filter(number=number, value__in=names).select_related("shopper")
    owners = {row.value: row.shopper for row in rows}
    return next((owners[name] for name in names if name in owners), None)


def _created(number: WhatsAppNumber, sender: Sender, names: Sequence[str]) -> Shopper:
    with transaction.atomic():
        shopper = Shopper.objects.create(number=number, phone=sender.phone, bsuid=sender.bsuid)
        rows = [ShopperName(shopper=shopper, number=number, value=name) for name in names]
        ShopperName.objects.bulk_create(rows, ignore_conflicts=True)
    owner = _known(number, names)
    if owner is None or owner.pk == shopper.pk:
        return shopper
    shopper.delete()
    return owner


def settle_language(shopper: Shopper, incoming: Incoming) -> None:
    """The language of their words, else of their country, else English; a language once heard stays."""
    heard = registry.languages_of(incoming.text)
    if len(heard) == 1:
        shopper.language = next(iter(heard))
    elif not shopper.language:
        digits = (shopper.phone or "").removeprefix("+")
        shopper.language = next((to for code, to in _BY_COUNTRY_CODE.items() if digits.startswith(code)), "en")


def shop_now(shopper: Shopper, at: datetime) -> Shop | None:
    """The shop they are in, unless nothing was heard for half an hour. The row decides, not the copy in Redis."""
    if shopper.shop is None or shopper.in_shop_at is None or at - shopper.in_shop_at > IN_SHOP:
        return None
    return shopper.shop


def enter(shopper: Shopper, shop: Shop, at: datetime) -> None:
    """They are in `shop` from now on, and have been there."""
    shopper.shop, shopper.in_shop_at = shop, at
    shopper.state, shopper.state_data = "", {}
    ShopVisit.objects.bulk_create(
        [ShopVisit(shopper=shopper, shop=shop, first_at=at, last_at=at)],
        update_conflicts=True,
        unique_fields=["shopper", "shop"],
        update_fields=["last_at"],
    )


def leave(shopper: Shopper) -> None:
    """They are in no shop; the copy in Redis says so too."""
    shopper.shop = shopper.in_shop_at = None
    names = [name for name in (shopper.bsuid, (shopper.phone or "").removeprefix("+")) if name]
    if names:
        nowhere = session.Session(0, shopper.state, shopper.language)
        session.keep(number_id=shopper.number_id, identity=names[0], session=nowhere)


def visited(shopper: Shopper) -> list[Shop]:
    """The open shops they have been in, the latest first."""
    rows = ShopVisit.objects.filter(shopper=shopper, shop__status=Shop.Status.ACTIVE).select_related("shop")
    return [row.shop for row in rows.order_by("-last_at", "-id")[:50]]


def favourites(shopper: Shopper) -> list[Shop]:
    """The shops they keep, oldest first; closed ones are left out until they open again."""
    rows = shopper.favourites.filter(shop__status=Shop.Status.ACTIVE).select_related("shop")
    return [row.shop for row in rows.order_by("id")]


def save(shopper: Shopper) -> None:
    """Write what a turn changed."""
    shopper.save()


def now() -> datetime:
    return timezone.now()
