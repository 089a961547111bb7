"""What one offer takes off the goods that are there. Pure, in whole minor units.

A line never falls below zero. A piece belongs to one set at most, of a bundle or of a buy-and-get; a percentage is
rounded once an offer, halves up, and shared among its lines by the largest remainder, ties to the earlier line.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from catalog.offers.rules import Goods, Kind, Part, Rule
from shopme.lib.shares import part_of, share_by_weight


class Wanted(Protocol):
    """Pieces of one variant that somebody wants."""

    @property
    def product_id(self) -> int: ...
    @property
    def category_id(self) -> int | None: ...
    @property
    def unit_cents(self) -> int: ...
    @property
    def quantity(self) -> int: ...


@dataclass(slots=True)
class Row:
    """A line while offers are taken off it: what is left to pay, and the pieces that belong to no set yet."""

    place: int
    product_id: int
    category_id: int | None
    unit_cents: int
    quantity: int
    left_cents: int
    free: int


@dataclass(frozen=True, slots=True)
class Cut:
    """What one offer takes off: `goods_cents` shared over the lines as in `by_line`, `delivery_cents` off the delivery."""

    rule: Rule
    by_line: tuple[int, ...]
    delivery_cents: int = 0

    @property
    def goods_cents(self) -> int:
        return sum(self.by_line)

    @property
    def cents(self) -> int:
        return self.goods_cents + self.delivery_cents


Shares = dict[int, int]


def rows_of(lines: Sequence[Wanted]) -> list[Row]:
    """The lines at full price, before any offer."""
    return [
        Row(
            place=place,
            product_id=line.product_id,
            category_id=line.category_id,
            unit_cents=line.unit_cents,
            quantity=line.quantity,
            left_cents=line.unit_cents * line.quantity,
            free=line.quantity,
        )
        for place, line in enumerate(lines)
    ]


def cut_by(rule: Rule, rows: Sequence[Row], delivery_cents: int) -> Cut | None:
    """Take the offer off the rows; None if there is nothing it could take. `delivery_cents` is what bringing still costs."""
    about = [row for row in rows if rule.goods.has(row.product_id, row.category_id)]
    if not about or sum(row.unit_cents * row.quantity for row in about) < rule.minimum_cents:
        return None
    if rule.kind is Kind.FREE_DELIVERY:
        return Cut(rule, (0,) * len(rows), delivery_cents) if delivery_cents else None
    shares = _TAKES[rule.kind](rule, about)
    if not any(shares.values()):
        return None
    for row in rows:
        row.left_cents -= shares.get(row.place, 0)
    return Cut(rule, tuple(shares.get(row.place, 0) for row in rows))


def _percent(rule: Rule, rows: Sequence[Row]) -> Shares:
    left = [row.left_cents for row in rows]
    return _shared(part_of(sum(left), rule.basis_points), rows, left)


def _amount(rule: Rule, rows: Sequence[Row]) -> Shares:
    """Once off a whole basket; of named goods each piece is so much cheaper."""
    if not rule.goods.is_basket:
        return {row.place: min(rule.cents * row.quantity, row.left_cents) for row in rows}
    left = [row.left_cents for row in rows]
    return _shared(min(rule.cents, sum(left)), rows, left)


def _buy_get(rule: Rule, rows: Sequence[Row]) -> Shares:
    """The cheapest pieces are given, and the next cheapest were bought for them."""
    cheapest_first = sorted(rows, key=lambda row: row.unit_cents)
    sets = sum(row.free for row in rows) // (rule.buy + rule.get)
    given = _pick(cheapest_first, sets * rule.get)
    worth = [row.unit_cents * pieces for row, pieces in given]
    shares = _shared(part_of(sum(worth), rule.basis_points), [row for row, _pieces in given], worth)
    if any(shares.values()):
        _pick(cheapest_first, sets * rule.buy)
    else:
        _put_back(given)
    return shares


def _bundle(rule: Rule, rows: Sequence[Row]) -> Shares:
    """Set after set, the dearest pieces first, as long as a set costs less than its pieces."""
    pools = [_dearest_first(rows, part.goods) for part in rule.parts]
    worth_of: dict[int, int] = {}
    saved = 0
    while picked := _one_set(rule.parts, pools):
        worth = sum(row.unit_cents * count for row, count in picked)
        if worth <= rule.cents:
            _put_back(picked)
            break
        sets = 1 + _same_again(picked)
        saved += sets * (worth - rule.cents)
        for row, count in picked:
            worth_of[row.place] = worth_of.get(row.place, 0) + sets * row.unit_cents * count
    there = [row for row in rows if row.place in worth_of]
    return _shared(saved, there, [worth_of[row.place] for row in there])


def _same_again(picked: Sequence[tuple[Row, int]]) -> int:
    """Take all further sets of the very same pieces, and say how many there were."""
    wanted: dict[int, int] = {}
    for row, count in picked:
        wanted[row.place] = wanted.get(row.place, 0) + count
    sets = min(row.free // wanted[row.place] for row, _count in picked)
    for row, count in picked:
        row.free -= sets * count
    return sets


def _dearest_first(rows: Sequence[Row], goods: Goods) -> list[Row]:
    about = [row for row in rows if goods.has(row.product_id, row.category_id)]
    return sorted(about, key=lambda row: -row.unit_cents)


def _one_set(parts: Sequence[Part], pools: Sequence[list[Row]]) -> list[tuple[Row, int]]:
    """The pieces of one set, taken out; empty if there are not enough left."""
    picked: list[tuple[Row, int]] = []
    for part, pool in zip(parts, pools, strict=True):
        while pool and not pool[0].free:
            del pool[0]
        found = _pick(pool, part.pieces)
        picked += found
        if sum(pieces for _row, pieces in found) < part.pieces:
            _put_back(picked)
            return []
    return picked


def _pick(rows: Sequence[Row], pieces: int) -> list[tuple[Row, int]]:
    """Up to so many free pieces, in the order of `rows`; they belong to a set from now on."""
    picked: list[tuple[Row, int]] = []
    for row in rows:
        count = min(row.free, pieces)
        if count:
            row.free -= count
            pieces -= count
            picked.append((row, count))
        if not pieces:
            break
    return picked


def _put_back(picked: Sequence[tuple[Row, int]]) -> None:
    for row, pieces in picked:
        row.free += pieces


def _shared(cents: int, rows: Sequence[Row], weights: Sequence[int]) -> Shares:
    return dict(zip((row.place for row in rows), share_by_weight(cents, weights), strict=True))


_TAKES: dict[Kind, Callable[[Rule, Sequence[Row]], Shares]] = {
    Kind.PERCENT: _percent,
    Kind.AMOUNT: _amount,
    Kind.BUY_GET: _buy_get,
    Kind.BUNDLE: _bundle,
}
