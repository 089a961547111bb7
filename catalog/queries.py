"""Reads about products. None of them writes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from catalog.models import Category, Product, Variant
from shopme.lib.prepared import Prepared
from tenants.context import current_shop
from tenants.storage import image_url

LOW_STOCK = 3


@dataclass(frozen=True, slots=True)
class VariantView:
    """One variant on a card. `available` is None without limit."""

    id: int
    name: str
    price_cents: int
    compare_at_cents: int | None
    available: int | None

    @property
    def is_sold_out(self) -> bool:
        return self.available == 0


@dataclass(frozen=True, slots=True)
class ProductCard:
    """A product as a customer sees it, prices in minor units of `currency`.

    `stock` is `in_stock`, `few_left` (then `left` says how many) or `sold_out`. Variants are in the shop's order.
    """

    id: int
    name: str
    description: str
    image_url: str
    currency: str
    min_cents: int
    max_cents: int
    variants: tuple[VariantView, ...]
    stock: str
    left: int | None
    category_id: int | None

    @property
    def has_one_variant(self) -> bool:
        return len(self.variants) == 1

    @property
    def is_sold_out(self) -> bool:
        return self.stock == "sold_out"


# What the chat asks all day long.
_SHELVES: Prepared[Category] = Prepared(lambda: Category.objects.for_customers().order_by("position", "id"))
_ON_SHELF: Prepared[Product] = Prepared(
    lambda category_id: (
        Product.objects.for_customers()
        .filter(category_id=category_id, category__is_visible=True)
        .order_by("position", "id")
    )
)
_VARIANTS_ON_SHELF: Prepared[Variant] = Prepared(
    lambda category_id: Variant.objects.filter(is_active=True, product__category_id=category_id)
)
_ONE_PRODUCT: Prepared[Product] = Prepared(lambda product_id: Product.objects.for_customers().filter(pk=product_id))
_VARIANTS_OF_ONE: Prepared[Variant] = Prepared(
    lambda product_id: Variant.objects.filter(is_active=True, product_id=product_id)
)

_BY_ID: Prepared[Product] = Prepared(lambda ids: Product.objects.for_customers().filter(pk__in=ids))
_VARIANTS_BY_ID: Prepared[Variant] = Prepared(lambda ids: Variant.objects.filter(is_active=True, product_id__in=ids))


def visible_categories() -> list[Category]:
    """Shelves a customer may browse, each with `on_sale_count`, in the shop's order."""
    return _SHELVES.rows()


def products_in(category_id: int, *, language: str = "") -> list[ProductCard]:
    """Cards of what is on sale on one visible shelf, in the shop's order."""
    return _with_variants(_ON_SHELF.rows(category_id), _VARIANTS_ON_SHELF.rows(category_id), language)


def product_card(product_id: int, *, language: str = "") -> ProductCard | None:
    """One card, or None if the product is not on sale (any more)."""
    found = _with_variants(_ONE_PRODUCT.rows(product_id), _VARIANTS_OF_ONE.rows(product_id), language)
    return found[0] if found else None


def variants_by_retailer_id(retailer_ids: Iterable[str]) -> dict[str, Variant]:
    """Variants by the ids WhatsApp's catalogue knows them by, products loaded: a SKU, else the number of one without."""
    wanted = {retailer_id for retailer_id in retailer_ids if retailer_id}
    if not wanted:
        return {}
    numbers = [int(each) for each in wanted if each.isascii() and each.isdigit() and len(each) <= 15]
    named = Q(sku__in=wanted) | Q(sku=None, pk__in=numbers)
    found = list(Variant.objects.filter(named).select_related("product"))
    # Another variant may bear as its SKU what is the number of this one: the SKU wins.
    return {row.retailer_id: row for row in sorted(found, key=lambda row: row.sku is not None)}


def product_asked_about(retailer_id: str) -> int | None:
    """The published product that WhatsApp's catalogue knows by this id, or None."""
    found = variants_by_retailer_id([retailer_id]).get(retailer_id)
    if found is None or not found.is_active or found.product.status != Product.Status.PUBLISHED:
        return None
    return found.product_id


def cards_by_id(ids: Sequence[int], *, language: str = "") -> list[ProductCard]:
    """Cards of those that are on sale, in any order."""
    return _with_variants(_BY_ID.rows(list(ids)), _VARIANTS_BY_ID.rows(list(ids)), language) if ids else []


def _with_variants(products: Iterable[Product], variants: Iterable[Variant], language: str) -> list[ProductCard]:
    """Cards of `products`, whose active variants are among `variants`."""
    currency = current_shop().currency
    by_product: dict[int, list[Variant]] = {}
    for variant in variants:
        by_product.setdefault(variant.product_id, []).append(variant)
    for product in products:
        product.active_variants = by_product.get(product.pk, [])  # type: ignore[attr-defined]
    return [_card(product, language, currency) for product in products if by_product.get(product.pk)]


def _card(product: Product, language: str, currency: str) -> ProductCard:
    variants: list[Variant] = product.active_variants  # type: ignore[attr-defined]
    prices = [variant.price_cents for variant in variants]
    stock, left = stock_words(variants)
    return ProductCard(
        id=product.pk,
        name=product.name_in(language),
        description=product.description_in(language),
        image_url=image_url(product.image_key) if product.image_key else "",
        currency=currency,
        min_cents=min(prices),
        max_cents=max(prices),
        variants=tuple(_variant(variant) for variant in variants),
        stock=stock,
        left=left,
        category_id=product.category_id,
    )


def _variant(variant: Variant) -> VariantView:
    return VariantView(variant.pk, variant.name, variant.price_cents, variant.compare_at_cents, variant.available)


def stock_words(variants: Iterable[Variant]) -> tuple[str, int | None]:
    """`in_stock`, `few_left` or `sold_out` for these variants together, and how many are left if that is limited."""
    left = [variant.available for variant in variants]
    limited = [count for count in left if count is not None]
    if len(limited) < len(left):
        return "in_stock", None
    total = sum(limited)
    if total == 0:
        return "sold_out", 0
    return ("few_left" if total <= LOW_STOCK else "in_stock"), total


def products_for_dashboard(*, search: str = "", category_id: int | None = None, status: str = "") -> QuerySet[Product]:
    """Products with category and active variants; archived ones only when asked for by `status`."""
    rows = Product.objects.matching(search)
    rows = rows.filter(status=status) if status else rows.exclude(status=Product.Status.ARCHIVED)
    if category_id is not None:
        rows = rows.filter(category_id=category_id)
    return rows.select_related("category").with_variants().order_by("position", "id")


def counts_by_status() -> dict[str, int]:
    """How many products are in each status, zero included."""
    counted = dict(Product.objects.order_by().values_list("status").annotate(Count("id")))
    return {status: counted.get(status, 0) for status in Product.Status.values}


def categories_for_dashboard() -> QuerySet[Category]:
    """All shelves with `product_count`, archived products left out."""
    return Category.objects.for_dashboard().order_by("position", "id")


def product_names() -> list[tuple[int, str]]:
    """Products on sale as choices of a form, by name."""
    return list(
        Product.objects.filter(status=Product.Status.PUBLISHED).order_by("name", "id").values_list("id", "name")
    )
