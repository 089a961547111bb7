"""The shop's catalogue as WhatsApp would show it: products by their SKU, those without one by our own number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet

from catalog.models import Variant
from catalog.queries import variants_by_retailer_id
from conversations.trading.buying import full_name
from shopme.lib.money import format_money, plain_amount
from tenants.context import current_shop
from tenants.storage import image_url

Json = dict[str, Any]
# The catalogue every shop of the simulator has.
CATALOG_ID: Final = "700100200300400"
MOST: Final = 30


@dataclass(frozen=True, slots=True)
class Good:
    """One product of the catalogue; without a price it is one the shop does not sell (any more)."""

    retailer_id: str
    name: str
    price: str = ""
    amount: str = ""
    image_url: str = ""


@dataclass(frozen=True, slots=True)
class Rack:
    """Products under a title, which may be empty."""

    title: str
    goods: tuple[Good, ...]


def sold() -> QuerySet[Variant]:
    """What a catalogue of the current shop holds, in its order."""
    rows = Variant.objects.filter(product__status="published", is_active=True)
    return rows.select_related("product").order_by("product__position", "product_id", "position", "id")


def whole_catalog() -> list[Rack]:
    """The first products of the catalogue, under no title."""
    goods = tuple(_good(variant) for variant in sold()[:MOST])
    return [Rack("", goods)] if goods else []


def racks_of(sections: Iterable[Json]) -> list[Rack]:
    """The products of a message by section; one that the catalogue lacks keeps its bare id."""
    wanted = [(str(section.get("title", "")), _ids(section)) for section in sections]
    known = {good.retailer_id: good for good in _known([each for _, ids in wanted for each in ids])}
    return [Rack(title, tuple(known.get(each) or Good(each, each) for each in ids)) for title, ids in wanted if ids]


def _ids(section: Json) -> list[str]:
    return [str(item.get("product_retailer_id")) for item in section.get("product_items", ())]


def _known(retailer_ids: Sequence[str]) -> list[Good]:
    known = variants_by_retailer_id(retailer_ids).values()
    return [_good(each) for each in known if each.is_active and each.product.status == "published"]


def _good(variant: Variant) -> Good:
    currency, product = current_shop().currency, variant.product
    return Good(
        retailer_id=variant.retailer_id,
        name=full_name(product.name, variant.name),
        price=format_money(variant.price_cents, currency),
        amount=plain_amount(variant.price_cents, currency),
        image_url=image_url(product.image_key) if product.image_key else "",
    )
