"""Acts of the people who run the shop: products, their variants, and the shelves they stand on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.text import slugify

from catalog.errors import NameMissing, NothingToSell, UnknownCategory, UnknownProduct
from catalog.models import Category, Product
from catalog.variants import VariantWish, save_variants
from catalog.words import search_text
from shopme.lib.ids import new_token
from shopme.lib.text import clean_text
from tenants.live import announce

__all__ = ["ProductWish", "VariantWish"]


@dataclass(frozen=True, slots=True)
class ProductWish:
    """What a product shall be. `image_key` None leaves the picture as it is, empty takes it away."""

    name: str
    variants: Sequence[VariantWish]
    category_id: int | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    descriptions: Mapping[str, str] = field(default_factory=dict)
    status: str = Product.Status.PUBLISHED
    is_available: bool = True
    position: int = 0
    image_key: str | None = None


@transaction.atomic
def save_product(*, wish: ProductWish, product_id: int | None = None) -> Product:
    """Create a product, or make an existing one as wished; variants left out are taken off sale, never deleted.

    The product is locked, then its variants in the order of their ids. Refuses: `NameMissing`, `NothingToSell`,
    `PriceNotPossible`, `VariantNameTaken`, `SkuTaken`, `BelowReserved`, `UnknownProduct`, `UnknownCategory`.
    """
    product = _locked(product_id) if product_id is not None else Product()
    if not wish.variants:
        raise NothingToSell("A product needs at least one variant with a price.")
    _describe(product, wish)
    product.save()
    save_variants(product, wish.variants)
    refresh_search_text(product)
    announce("products")
    return product


def _describe(product: Product, wish: ProductWish) -> None:
    name = clean_text(wish.name, limit=120).strip()
    if not name:
        raise NameMissing("A product needs a name.")
    if wish.category_id is not None and not Category.objects.filter(pk=wish.category_id).exists():
        raise UnknownCategory("This category does not exist any more.")
    product.name = name
    product.category_id = wish.category_id
    product.names = _cleaned(wish.names, limit=120)
    product.description = clean_text(wish.description, limit=2000).strip()
    product.descriptions = _cleaned(wish.descriptions, limit=2000)
    product.status = Product.Status(wish.status)
    product.is_available = wish.is_available
    product.position = wish.position
    if wish.image_key is not None:
        product.image_key = wish.image_key


def _cleaned(texts: Mapping[str, str], *, limit: int) -> dict[str, str]:
    cleaned = {language: clean_text(text, limit=limit).strip() for language, text in texts.items()}
    return {language: text for language, text in cleaned.items() if text}


def refresh_search_text(product: Product) -> None:
    """Write down every word a search may find `product` by."""
    parts = [product.name, *product.names.values()]
    if product.category:
        parts += [product.category.name, *product.category.names.values()]
    for variant in product.variants.filter(is_active=True):
        parts += [variant.name, variant.sku or ""]
    parts += [product.description, *product.descriptions.values()]
    product.search_text = search_text(parts)
    Product.objects.filter(pk=product.pk).update(search_text=product.search_text)


@transaction.atomic
def set_availability(*, product_id: int, is_available: bool) -> Product:
    """Take a product off the shelf for now, or put it back. Refuses: `UnknownProduct`."""
    product = _locked(product_id)
    product.is_available = is_available
    product.save(update_fields=["is_available", "updated_at"])
    announce("products")
    return product


def archive_product(*, product_id: int) -> Product:
    """Put a product away for good; its orders and figures stay. Refuses: `UnknownProduct`."""
    return _set_status(product_id, Product.Status.ARCHIVED)


def restore_product(*, product_id: int) -> Product:
    """Bring an archived product back as a draft. Refuses: `UnknownProduct`."""
    return _set_status(product_id, Product.Status.DRAFT)


@transaction.atomic
def _set_status(product_id: int, status: Product.Status) -> Product:
    product = _locked(product_id)
    product.status = status
    product.save(update_fields=["status", "updated_at"])
    announce("products")
    return product


@transaction.atomic
def save_category(
    *,
    name: str,
    category_id: int | None = None,
    names: Mapping[str, str] | None = None,
    position: int = 0,
    is_visible: bool = True,
) -> Category:
    """Create a shelf or change one; products on it are found by its new name. Refuses: `NameMissing`."""
    cleaned = clean_text(name, limit=80).strip()
    if not cleaned:
        raise NameMissing("A category needs a name.")
    category = _category(category_id) if category_id is not None else Category(slug=_new_slug(cleaned))
    category.name, category.names = cleaned, _cleaned(names or {}, limit=80)
    category.position, category.is_visible = position, is_visible
    category.save()
    for product in category.products.select_related("category"):
        refresh_search_text(product)
    announce("products")
    return category


@transaction.atomic
def delete_category(*, category_id: int) -> None:
    """Take a shelf away; its products stay, on no shelf. Refuses: `UnknownCategory`."""
    _category(category_id).delete()
    announce("products")


def _new_slug(name: str) -> str:
    slug = slugify(name)[:80] or "category"
    return slug if not Category.objects.filter(slug=slug).exists() else f"{slug}-{new_token(4).lower()}"


def _locked(product_id: int) -> Product:
    product = Product.objects.select_for_update().filter(pk=product_id).first()
    if product is None:
        raise UnknownProduct("This product does not exist any more.")
    return product


def _category(category_id: int) -> Category:
    category = Category.objects.select_for_update().filter(pk=category_id).first()
    if category is None:
        raise UnknownCategory("This category does not exist any more.")
    return category
