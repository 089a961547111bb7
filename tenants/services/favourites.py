"""Shops that people on a shared number keep at hand."""

from collections.abc import Sequence

from tenants.models import Favourite, Shop, Shopper, ShopperName


def keep_favourite(*, number_id: int, names: Sequence[str], shop: Shop) -> bool:
    """Keep `shop` for the person with these names; again changes nothing. False when nobody has them."""
    theirs = ShopperName.objects.filter(number_id=number_id, value__in=names, retired_at=None)
    found = dict(theirs.values_list("value", "shopper_id"))
    shopper_id = next((found[name] for name in names if name in found), None)
    if shopper_id is None:
        return False
    Favourite.objects.bulk_create([Favourite(shopper_id=shopper_id, shop=shop)], ignore_conflicts=True)
    return True


def drop_favourite(*, shopper: Shopper, shop_id: int) -> bool:
    """Take a shop from the person's favourites; whether it was one."""
    gone, _ = Favourite.objects.filter(shopper=shopper, shop_id=shop_id).delete()
    return bool(gone)
