"""What of a price is tax. Pure: rates in basis points by tax class, prices with the tax inside or without it."""

from collections.abc import Mapping
from dataclasses import dataclass

from shopme.lib.shares import WHOLE, half_up, part_of


@dataclass(frozen=True, slots=True)
class Taxes:
    """The rates of a shop by the name of the class; goods of no class bear no tax.

    Tax is worked out line by line on what is paid for it after offers, each line rounded to the nearest minor unit,
    halves up. `is_inclusive`: prices contain it; else it comes on top. Bringing goods is of `delivery_class`.
    """

    rates: Mapping[str, int]
    is_inclusive: bool = True
    delivery_class: str = ""

    def rate_of(self, tax_class: str) -> int:
        """Basis points. Raises ValueError for a class that the shop does not have: the caller's bug."""
        if not tax_class:
            return 0
        if tax_class not in self.rates:
            raise ValueError(f"There is no tax class {tax_class!r}.")
        return self.rates[tax_class]

    def of(self, cents: int, tax_class: str) -> int:
        """The tax in `cents`, or on `cents` where it comes on top."""
        rate = self.rate_of(tax_class)
        return half_up(cents, rate, WHOLE + rate) if self.is_inclusive else part_of(cents, rate)

    def on_top(self, tax_cents: int) -> int:
        """What of the tax is paid beyond the price."""
        return 0 if self.is_inclusive else tax_cents


UNTAXED = Taxes(rates={})
