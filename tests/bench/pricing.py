"""What working out one basket costs."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from catalog.offers.rules import BASKET, Goods, Kind, Part, Rule
from orders.pricing import PricedLine, price_order
from orders.taxes import Taxes
from tests.bench.figures import percentiles
from tests.rig.graph import Graph
from tests.rig.stage import BuiltShop, Stage

LINES, OFFERS, TIMES = 20, 50, 500
VAT = Taxes(rates={"standard": 15_00, "zero": 0}, delivery_class="standard")


@dataclass(frozen=True)
class Terms:
    delivery_fee_cents: int = 35_00
    free_delivery_over_cents: int | None = None


def pricing(_stage: Stage, _built: list[BuiltShop], _graph: Graph) -> dict[str, Any]:
    """A basket of 20 lines with 50 open offers that all concern it, delivery and tax. Beside it the same without offers."""
    wanted = "(wanted: 5 ms)"
    return {
        "20 lines, no offer": _timed(_lines(), []),
        f"20 lines, 50 offers of every kind {wanted}": _timed(_lines(), _offers(is_exclusive=False)),
        f"20 lines, 50 exclusive offers of every kind {wanted}": _timed(_lines(), _offers(is_exclusive=True)),
        f"20 lines of 99 pieces, 50 bundles {wanted}": _timed(
            _lines(99), [_bundle(number) for number in range(OFFERS)]
        ),
    }


def _timed(lines: list[PricedLine], offers: list[Rule]) -> dict[str, float]:
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        price_order(lines, Terms(), "delivery", offers=offers, taxes=VAT)
        took.append(time.perf_counter() - began)
    return percentiles(took)


def _lines(quantity: int = 0) -> list[PricedLine]:
    return [
        PricedLine(
            unit_cents=9_99 + 7_31 * place,
            quantity=quantity or 1 + place % 5,
            label=f"Product {place}",
            key=place,
            product_id=place,
            category_id=place % 4,
            tax_class="standard" if place % 3 else "zero",
        )
        for place in range(LINES)
    ]


def _offers(*, is_exclusive: bool) -> list[Rule]:
    return [_KINDS[number % len(_KINDS)](number, is_exclusive) for number in range(OFFERS)]


def _goods(number: int) -> Goods:
    return (BASKET, Goods(categories=frozenset({number % 4})), Goods(products=frozenset(range(number % 10, 20))))[
        number % 3
    ]


def _rule(kind: Kind, number: int, is_exclusive: bool, **facts: Any) -> Rule:
    return Rule(id=number, name=f"Offer {number}", kind=kind, is_exclusive=is_exclusive, **facts)


def _bundle(number: int, is_exclusive: bool = False) -> Rule:
    parts = tuple(Part(Goods(categories=frozenset({place % 4})), 1) for place in (number, number + 1))
    return _rule(Kind.BUNDLE, number, is_exclusive, cents=90_00 + number, parts=parts)


_KINDS: tuple[Callable[[int, bool], Rule], ...] = (
    lambda number, alone: _rule(Kind.PERCENT, number, alone, goods=_goods(number), basis_points=1_00 + number),
    lambda number, alone: _rule(Kind.AMOUNT, number, alone, goods=_goods(number), cents=10 + number),
    lambda number, alone: _rule(Kind.BUY_GET, number, alone, goods=_goods(number), buy=4, get=1, basis_points=50_00),
    _bundle,
    lambda number, alone: _rule(Kind.FREE_DELIVERY, number, alone, minimum_cents=100_00),
)
