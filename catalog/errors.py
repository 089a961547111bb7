"""Wishes about products that a rule refuses."""

from shopme.lib.errors import BusinessError


class NameMissing(BusinessError):
    """A product or category needs a name."""


class NothingToSell(BusinessError):
    """A product needs at least one variant."""


class PriceNotPossible(BusinessError):
    """A price is below zero, or the crossed-out price is not above it."""


class VariantNameTaken(BusinessError):
    """Two variants of a product carry the same name."""


class SkuTaken(BusinessError):
    """Another variant already has this SKU."""


class BelowReserved(BusinessError):
    """Fewer pieces than are promised to orders. `reserved` says how many are."""

    def __init__(self, name: str, reserved: int) -> None:
        super().__init__(f"{name}: {reserved} are promised to orders, so the stock cannot be lower.")
        self.reserved = reserved


class UnknownProduct(BusinessError):
    """There is no such product."""


class UnknownCategory(BusinessError):
    """There is no such category."""
