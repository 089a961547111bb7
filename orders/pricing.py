"""What an order costs. Pure: no rows, no clock, whole minor units only; every step leaves a line in the trace."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

TraceStep = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class PricedLine:
    """Pieces at one price. `label` names the line in the trace."""

    unit_cents: int
    quantity: int
    label: str = ""


class Terms(Protocol):
    """What pricing needs to know of the shop's delivery terms."""

    @property
    def delivery_fee_cents(self) -> int: ...

    @property
    def free_delivery_over_cents(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Price:
    """What a customer pays, in minor units, and how it came about."""

    subtotal_cents: int
    delivery_cents: int
    discount_cents: int
    total_cents: int
    trace: tuple[TraceStep, ...]


def price_order(lines: Iterable[PricedLine], terms: Terms, fulfilment: str) -> Price:
    """The price of `lines` under `terms`. Delivery is free from `free_delivery_over_cents` on and for collection.

    Raises ValueError for a negative price or a quantity below one: the caller's bug, never a customer's wish.
    """
    trace: list[TraceStep] = []
    subtotal = 0
    for line in lines:
        if line.unit_cents < 0 or line.quantity < 1:
            raise ValueError(f"{line} cannot be priced.")
        cents = line.unit_cents * line.quantity
        subtotal += cents
        trace.append({"step": "line", "label": line.label, "quantity": line.quantity, "cents": cents})
    delivery, why = delivery_fee(subtotal, terms, fulfilment)
    trace.append({"step": "delivery", "label": why, "cents": delivery})
    total = subtotal + delivery
    trace.append({"step": "total", "label": "", "cents": total})
    return Price(subtotal, delivery, 0, total, tuple(trace))


def delivery_fee(subtotal_cents: int, terms: Terms, fulfilment: str) -> tuple[int, str]:
    """What bringing goods worth `subtotal_cents` costs, and why: `collection`, `free_over` or `fee`."""
    if fulfilment == "collection":
        return 0, "collection"
    limit = terms.free_delivery_over_cents
    if limit is not None and subtotal_cents >= limit:
        return 0, "free_over"
    return terms.delivery_fee_cents, "fee"
