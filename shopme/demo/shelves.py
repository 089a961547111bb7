"""A demo shop's shelves, filled through the same acts as the dashboard's, with a picture on every product."""

from dataclasses import dataclass

from catalog.models import Product, Variant
from catalog.services import ProductWish, VariantWish, save_category, save_product
from shopme.demo.pictures import picture
from shopme.demo.plan import Item, ShopPlan
from tenants.storage import save_own_image


@dataclass(frozen=True, slots=True)
class Ware:
    """A variant customers can buy, with what an order copies of it."""

    variant: Variant
    product: Product
    # What may still be taken for an order that is open now; None: no limit.
    left: int | None

    @property
    def category_id(self) -> int | None:
        return self.product.category_id


def fill_shelves(plan: ShopPlan) -> list[Ware]:
    """Write categories, products, variants and pictures; everything that is on sale, best sellers first."""
    wares: list[Ware] = []
    for place, shelf in enumerate(plan.shelves):
        category = save_category(name=shelf.name, names=shelf.names, position=place)
        for position, item in enumerate(shelf.items):
            product = save_product(wish=_wish(plan, item, category.pk, place, position))
            if product.is_on_sale:
                variants = product.variants.filter(is_active=True).order_by("position")
                wares += [Ware(variant, product, variant.available) for variant in variants]
    return wares


def _wish(plan: ShopPlan, item: Item, category_id: int, shelf: int, position: int) -> ProductWish:
    kind, tint, *details = item.picture
    stored = save_own_image(picture(kind, tint, *details))
    return ProductWish(
        name=item.name,
        category_id=category_id,
        names={language: name for language, (name, _) in item.other.items()},
        description=item.about,
        descriptions={language: about for language, (_, about) in item.other.items()},
        status=item.status,
        is_available=item.is_available,
        # Shelf after shelf, also where all products stand in one list.
        position=shelf * 100 + position,
        image_key=stored.key,
        variants=[
            VariantWish(
                name=size.name,
                price_cents=size.price,
                compare_at_cents=size.before,
                sku=_sku(plan, shelf, position, place),
                is_tracked=size.stock is not None,
                on_hand=size.stock or 0,
            )
            for place, size in enumerate(item.sizes)
        ],
    )


def _sku(plan: ShopPlan, shelf: int, position: int, size: int) -> str:
    """`CRU-203A`: the shop, the shelf and the place on it, and a letter for the size."""
    return f"{plan.slug[:3].upper()}-{shelf + 1}{position + 1:02d}{'ABCDEFGH'[size]}"
