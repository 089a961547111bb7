"""Products of a catalog that WhatsApp shows itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from conversations.transport.replies.fitting import fit, refuse_count, refuse_empty, refuse_longer, trim
from conversations.transport.rules import limits
from conversations.transport.rules.limits import BreaksAWhatsAppLimit


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


@dataclass(frozen=True, slots=True)
class Product:
    """One product as WhatsApp's catalog shows it; its words may be empty."""

    catalog_id: str
    retailer_id: str
    body: str = ""
    footer: str = ""

    def __post_init__(self) -> None:
        trim(self, "body")
        fit(self, footer=limits.FOOTER)
        _refuse_bad_product(self.catalog_id, self.retailer_id)


@dataclass(frozen=True, slots=True)
class ProductList:
    """Products of a catalog in sections, under a line that WhatsApp demands."""

    catalog_id: str
    header: str
    body: str
    sections: tuple[ProductSection, ...]
    footer: str = ""

    def __post_init__(self) -> None:
        trim(self, "body")
        fit(self, header=limits.HEADER, footer=limits.FOOTER)
        refuse_empty("The id of the catalog", self.catalog_id)
        refuse_empty("The line above the products", self.header)
        refuse_empty("The text", self.body)
        refuse_bad_sections(self.sections)


@dataclass(frozen=True, slots=True)
class CatalogLink:
    """A text with WhatsApp's own “View catalog” button; one product lends its picture."""

    body: str
    retailer_id: str = ""
    footer: str = ""

    def __post_init__(self) -> None:
        trim(self, "body")
        fit(self, footer=limits.FOOTER)
        refuse_empty("The text", self.body)
        refuse_longer("The id of a product", self.retailer_id, limits.RETAILER_ID)


def _refuse_bad_product(catalog_id: str, retailer_id: str) -> None:
    refuse_empty("The id of the catalog", catalog_id)
    refuse_empty("The id of a product", retailer_id)
    refuse_longer("The id of a product", retailer_id, limits.RETAILER_ID)
