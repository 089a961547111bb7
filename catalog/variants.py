"""The variants of one product, written together."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from catalog.errors import BelowReserved, PriceNotPossible, SkuTaken, VariantNameTaken
from catalog.models import Product, Variant
from shopme.lib.text import clean_text

# More pieces of one thing than any shop counts; the form asks for no more.
MOST_ON_HAND = 1_000_000


@dataclass(frozen=True, slots=True)
class VariantWish:
    """What a variant shall be. Give `id` to change one.

    `on_hand_seen` is the count the person saw: pieces sold since then stay sold, only the difference is applied.
    """

    price_cents: int
    id: int | None = None
    name: str = ""
    sku: str = ""
    compare_at_cents: int | None = None
    is_tracked: bool = False
    on_hand: int = 0
    on_hand_seen: int | None = None
    allow_backorder: bool = False


def save_variants(product: Product, wishes: Sequence[VariantWish]) -> list[Variant]:
    """Make the active variants of `product` exactly these, in this order, locked in the order of their ids.

    Refuses: `PriceNotPossible`, `VariantNameTaken`, `SkuTaken`, `BelowReserved`.
    """
    _must_differ(wishes)
    known = {variant.pk: variant for variant in product.variants.select_for_update().order_by("id")}
    # Names are unique among active variants and SKUs among all: first make room, so that two may swap, then write.
    product.variants.update(is_active=False, sku=None)
    return [_save(known.get(wish.id or 0) or Variant(product=product), wish, at) for at, wish in enumerate(wishes)]


def _must_differ(wishes: Sequence[VariantWish]) -> None:
    names = [clean_text(wish.name, limit=80).strip().lower() for wish in wishes]
    if len(set(names)) < len(names):
        raise VariantNameTaken("Give each variant a name of its own.")


def _save(variant: Variant, wish: VariantWish, position: int) -> Variant:
    if wish.price_cents < 0:
        raise PriceNotPossible("A price cannot be below zero.")
    if wish.compare_at_cents is not None and wish.compare_at_cents <= wish.price_cents:
        raise PriceNotPossible("The crossed-out price must be above the price.")
    variant.name = clean_text(wish.name, limit=80).strip()
    variant.sku = clean_text(wish.sku, limit=60).strip() or None
    variant.price_cents, variant.compare_at_cents = wish.price_cents, wish.compare_at_cents
    variant.is_tracked, variant.allow_backorder = wish.is_tracked, wish.allow_backorder
    variant.on_hand = _counted(variant, wish)
    variant.position, variant.is_active = position, True
    _must_cover_promises(variant)
    return _write(variant)


def _counted(variant: Variant, wish: VariantWish) -> int:
    """The new count; the row is locked, so what was sold since the person looked is known exactly."""
    if variant.pk is None or wish.on_hand_seen is None:
        return max(0, wish.on_hand)
    return min(max(0, variant.on_hand + wish.on_hand - wish.on_hand_seen), MOST_ON_HAND)


def _must_cover_promises(variant: Variant) -> None:
    if variant.is_tracked and not variant.allow_backorder and variant.on_hand < variant.reserved:
        raise BelowReserved(variant.name or variant.product.name, variant.reserved)


def _write(variant: Variant) -> Variant:
    try:
        with transaction.atomic():
            variant.save()
    except IntegrityError as problem:
        if "sku" in str(problem):
            raise SkuTaken(f"Another product already has the SKU {variant.sku}.") from problem
        if "variant_name_once_per_product" in str(problem):
            raise VariantNameTaken("Give each variant a name of its own.") from problem
        raise
    return variant
