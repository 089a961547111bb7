"""Short words about a product's variants."""

from collections.abc import Sequence

from django import template

from catalog.models import Variant
from catalog.queries import stock_words

register = template.Library()


@register.filter
def lowest_price(variants: Sequence[Variant]) -> int | None:
    """The cheapest variant's price in minor units."""
    return min((variant.price_cents for variant in variants), default=None)


@register.filter
def highest_price(variants: Sequence[Variant]) -> int | None:
    """The dearest variant's price in minor units."""
    return max((variant.price_cents for variant in variants), default=None)


@register.filter
def pieces_left(variants: Sequence[Variant]) -> int | None:
    """How many pieces can still be promised, or None if there is no limit."""
    return stock_words(variants)[1]
