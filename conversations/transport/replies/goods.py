"""Products of a catalog that WhatsApp shows itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from conversations.transport import limits
from conversations.transport.limits import BreaksAWhatsAppLimit
from conversations.transport.replies.fitting import fit, refuse_count, refuse_empty, refuse_longer


@dataclass(frozen=True, slots=True)
class ProductSection:
    """Products under one title, by their ids in the catalog."""

    title: str
    retailer_ids: tuple[str, ...]

    def __post_init__(self) -> None:
        fit(self, title=limits.PRODUCT_SECTION_TITLE)


def refuse_bad_sections(sections: Sequence[ProductSection]) -> None:
    """At most ten sections and thirty products in all, each with an id; titles where there are several."""
    refuse_count("Sections of products", sections, limits.PRODUCT_SECTIONS)
    products = [product for section in sections for product in section.retailer_ids]
    refuse_count("Products", products, limits.PRODUCTS)
    if any(not section.retailer_ids for section in sections):
        raise BreaksAWhatsAppLimit("A section of products is empty.")
    if any(not section.title for section in sections):
        raise BreaksAWhatsAppLimit("Each section of products needs a title.")
    for product in products:
        refuse_empty("The id of a product", product)
        refuse_longer("The id of a product", product, limits.RETAILER_ID)
