"""What an order costs. Pure: no rows, no clock, whole minor units only; every step leaves a line in the trace.

The steps are always the same: goods at full price, offers, delivery, tax. The amounts of the trace sum to the total, and
so do the lines with the delivery. Nothing depends on the order in which lines or offers are given.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from catalog.offers.cutting import Cut
from catalog.offers.rules import Rule
from catalog.offers.stacking import best_saving
from orders.taxes import UNTAXED, Taxes

TraceStep = dict[str, str | int | list[int]]


@dataclass(frozen=True, slots=True)
class PricedLine:
    """Pieces at one price. `label` names the line in the trace; `key` tells lines apart, best the id of the variant."""

    unit_cents: int
    quantity: int
    label: str = ""
    key: int = 0
    product_id: int = 0
    category_id: int | None = None
    tax_class: str = ""

    @property
    def full_cents(self) -> int:
        """What it costs without any offer."""
        return self.unit_cents * self.quantity


class Terms(Protocol):
    """What pricing needs to know of the shop's delivery terms."""

    @property
    def delivery_fee_cents(self) -> int: ...

    @property
    def free_delivery_over_cents(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class LinePrice:
    """What is paid for one line: its full price less its share of the offers, and the tax if that comes on top."""

    line: PricedLine
    discount_cents: int
    tax_cents: int
    total_cents: int


@dataclass(frozen=True, slots=True)
class Price:
    """What a customer pays, in minor units, and how it came about. `tax_cents` is the tax of goods and delivery.

    `lines` are in the order they were given. `delivery_total_cents` is the delivery with the tax on top of it.
    """

    subtotal_cents: int
    delivery_cents: int
    discount_cents: int
    tax_cents: int
    total_cents: int
    lines: tuple[LinePrice, ...]
    delivery_total_cents: int
    trace: tuple[TraceStep, ...]


def price_order(
    lines: Iterable[PricedLine], terms: Terms, fulfilment: str, *, offers: Iterable[Rule] = (), taxes: Taxes = UNTAXED
) -> Price:
    """The price of `lines` under `terms` with `offers`, which must be open (`rules_open_to`).

    Delivery is free for collection and from `free_delivery_over_cents` on, counted at full prices: so no offer makes
    anything dearer. Raises ValueError for a negative price, a quantity below one or an unknown tax class: the caller's
    bug, never a customer's wish.
    """
    given = list(lines)
    _must_be_possible(given)
    places = sorted(range(len(given)), key=lambda place: _identity(given[place]))
    ordered = [given[place] for place in places]
    fee, why = delivery_fee(sum(line.full_cents for line in ordered), terms, fulfilment)
    saving = best_saving(ordered, offers, delivery_cents=fee)
    delivery = fee - saving.delivery_cents
    priced = [_line_price(line, saving.on_line(place), taxes) for place, line in enumerate(ordered)]
    trace: list[TraceStep] = [_line_step(line) for line in ordered]
    trace.append({"step": "delivery", "label": why, "cents": fee})
    trace += [_offer_step(cut) for cut in saving.cuts]
    trace += _tax_steps(priced, delivery, taxes)
    found = dict(zip(places, priced, strict=True))
    return _summed([found[place] for place in range(len(given))], delivery, taxes, trace)


def delivery_fee(full_cents: int, terms: Terms, fulfilment: str) -> tuple[int, str]:
    """What bringing goods worth `full_cents` costs before offers, and why: `collection`, `free_over` or `fee`."""
    if fulfilment == "collection":
        return 0, "collection"
    limit = terms.free_delivery_over_cents
    if limit is not None and full_cents >= limit:
        return 0, "free_over"
    return terms.delivery_fee_cents, "fee"


def _must_be_possible(lines: Sequence[PricedLine]) -> None:
    for line in lines:
        if line.unit_cents < 0 or line.quantity < 1:
            raise ValueError(f"{line} cannot be priced.")


def _identity(line: PricedLine) -> tuple[int | str, ...]:
    """Every fact of a line, so that the order in which lines are given decides nothing."""
    shelf = -1 if line.category_id is None else line.category_id
    return line.key, line.product_id, shelf, line.unit_cents, line.quantity, line.tax_class, line.label


def _line_price(line: PricedLine, discount_cents: int, taxes: Taxes) -> LinePrice:
    paid = line.full_cents - discount_cents
    tax = taxes.of(paid, line.tax_class)
    return LinePrice(line, discount_cents, tax, paid + taxes.on_top(tax))


def _summed(lines: Sequence[LinePrice], delivery_cents: int, taxes: Taxes, trace: Sequence[TraceStep]) -> Price:
    delivery_tax = taxes.of(delivery_cents, taxes.delivery_class)
    delivery_total = delivery_cents + taxes.on_top(delivery_tax)
    return Price(
        subtotal_cents=sum(each.line.full_cents for each in lines),
        delivery_cents=delivery_cents,
        discount_cents=sum(each.discount_cents for each in lines),
        tax_cents=sum(each.tax_cents for each in lines) + delivery_tax,
        total_cents=sum(each.total_cents for each in lines) + delivery_total,
        lines=tuple(lines),
        delivery_total_cents=delivery_total,
        trace=tuple(trace),
    )


def _line_step(line: PricedLine) -> TraceStep:
    return {"step": "line", "label": line.label, "quantity": line.quantity, "cents": line.full_cents}


def _offer_step(cut: Cut) -> TraceStep:
    """`by_line` says what each line bears, in the order of the line steps; the rest is off the delivery."""
    rule = cut.rule
    return {
        "step": "offer",
        "label": rule.name,
        "reason": rule.kind.value,
        "offer": rule.id,
        "by_line": [-cents for cents in cut.by_line],
        "cents": -cut.cents,
    }


def _tax_steps(lines: Sequence[LinePrice], delivery_cents: int, taxes: Taxes) -> list[TraceStep]:
    """One step a class that something is of. `tax_cents` is the tax, `cents` what of it comes on top of the prices."""
    bearing = [(each.line.tax_class, each.total_cents - taxes.on_top(each.tax_cents), each.tax_cents) for each in lines]
    delivery_class = taxes.delivery_class if delivery_cents else ""
    bearing.append((delivery_class, delivery_cents, taxes.of(delivery_cents, delivery_class)))
    steps: list[TraceStep] = []
    for name in sorted({name for name, _taxed, _tax in bearing if name}):
        tax = sum(tax for of_class, _taxed, tax in bearing if of_class == name)
        steps.append(
            {
                "step": "tax",
                "label": name,
                "reason": "contained" if taxes.is_inclusive else "on_top",
                "basis_points": taxes.rate_of(name),
                "taxed_cents": sum(taxed for of_class, taxed, _tax in bearing if of_class == name),
                "tax_cents": tax,
                "cents": taxes.on_top(tax),
            }
        )
    return steps
