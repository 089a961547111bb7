"""Shops that people on a shared number keep at hand."""

from collections.abc import Sequence

from tenants.models import Favourite, Shop, Shopper


def keep_favourite(*, number_id: int, names: Sequence[str], shop: Shop) -> bool:
    """Keep `shop` for the person with these names; again changes nothing. False when nobody has them."""
    shopper = Shopper.objects.filter(names__number_id=number_id, names__value__in=names).order_by("id").first()
    if shopper is None:
        return False
    Favourite.objects.bulk_create([Favourite(shopper=shopper, shop=shop)], ignore_conflicts=True)
    return True


def drop_favourite(*, shopper: Shopper, shop_id: int) -> bool:
    """Take a shop from the person's favourites; whether it was one."""
    gone, _ = Favourite.objects.filter(shopper=shopper, shop_id=shop_id).delete()
    return bool(gone)
