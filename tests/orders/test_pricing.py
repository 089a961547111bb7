"""Totals add up, whatever is in the basket."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as some

from orders.pricing import PricedLine, price_order

cents = some.integers(0, 10**9)
lines = some.lists(some.builds(PricedLine, cents, some.integers(1, 99)), max_size=20)


@dataclass(frozen=True)
class Terms:
    delivery_fee_cents: int = 35_00
    free_delivery_over_cents: int | None = 300_00


terms = some.builds(Terms, cents, some.none() | cents)
fulfilments = some.sampled_from(["collection", "delivery"])


@given(lines, terms, fulfilments)
def test_the_total_is_the_sum_of_its_parts_and_never_negative(
    lines: list[PricedLine], terms: Terms, fulfilment: str
) -> None:
    price = price_order(lines, terms, fulfilment)
    assert price.subtotal_cents == sum(line.unit_cents * line.quantity for line in lines)
    assert price.total_cents == price.subtotal_cents + price.delivery_cents - price.discount_cents >= 0
    assert price.delivery_cents in (0, terms.delivery_fee_cents)


@given(lines, terms, fulfilments)
def test_the_trace_tells_the_whole_price(lines: list[PricedLine], terms: Terms, fulfilment: str) -> None:
    price = price_order(lines, terms, fulfilment)
    assert sum(int(step["cents"]) for step in price.trace[:-1]) == price.total_cents == price.trace[-1]["cents"]
    assert [step["step"] for step in price.trace] == ["line"] * len(lines) + ["delivery", "total"]


@given(lines, terms, fulfilments)
def test_the_order_of_lines_does_not_matter(lines: list[PricedLine], terms: Terms, fulfilment: str) -> None:
    there, back = price_order(lines, terms, fulfilment), price_order(lines[::-1], terms, fulfilment)
    assert there.total_cents == back.total_cents


@given(lines, terms)
def test_collecting_never_costs_more_than_delivery(lines: list[PricedLine], terms: Terms) -> None:
    assert price_order(lines, terms, "collection").total_cents <= price_order(lines, terms, "delivery").total_cents


@pytest.mark.parametrize(("goods", "fee", "why"), [(299_99, 35_00, "fee"), (300_00, 0, "free_over")])
def test_delivery_is_free_from_the_limit_on(goods: int, fee: int, why: str) -> None:
    price = price_order([PricedLine(goods, 1)], Terms(), "delivery")
    assert (price.delivery_cents, price.trace[1]["label"]) == (fee, why)


@pytest.mark.parametrize("line", [PricedLine(-1, 1), PricedLine(100, 0)])
def test_what_cannot_be_priced_is_a_bug_of_the_caller(line: PricedLine) -> None:
    with pytest.raises(ValueError, match="cannot be priced"):
        price_order([line], Terms(), "collection")
