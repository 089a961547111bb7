"""What an offer says, and to whom it is open. Pure: no rows and no clock; the moment and the customer are told.

An offer is counted once an order, whatever it takes off there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shopme.lib.shares import WHOLE


class Kind(StrEnum):
    """What an offer does."""

    PERCENT = "percent"
    AMOUNT = "amount"
    BUY_GET = "buy_get"
    BUNDLE = "bundle"
    FREE_DELIVERY = "free_delivery"


@dataclass(frozen=True, slots=True)
class Goods:
    """What an offer is about: these products, and all of these categories; with neither the whole basket."""

    products: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()

    @property
    def is_basket(self) -> bool:
        return not (self.products or self.categories)

    def has(self, product_id: int, category_id: int | None) -> bool:
        """True if a product on that shelf is meant."""
        return self.is_basket or product_id in self.products or category_id in self.categories


BASKET = Goods()


@dataclass(frozen=True, slots=True)
class Part:
    """So many pieces of these goods: what one set of a bundle needs."""

    goods: Goods
    pieces: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One offer.

    `percent`: `basis_points` off the goods. `amount`: `cents` off each piece of named goods, once off a whole basket.
    `buy_get`: for every `buy` pieces paid, `get` cheaper ones at `basis_points` off. `bundle`: one set of `parts` costs
    `cents`. `free_delivery`: bringing costs nothing.

    `minimum_cents` are goods at full price that must be in the basket. `tags`: a customer who has one of them. `code`:
    only for who says it. It runs from `from_at` until just before `until_at`.
    """

    id: int
    name: str
    kind: Kind
    goods: Goods = BASKET
    basis_points: int = 0
    cents: int = 0
    buy: int = 0
    get: int = 0
    parts: tuple[Part, ...] = ()
    minimum_cents: int = 0
    tags: frozenset[str] = frozenset()
    code: str = ""
    from_at: datetime | None = None
    until_at: datetime | None = None
    total_limit: int | None = None
    customer_limit: int | None = None
    is_exclusive: bool = False
    priority: int = 0

    def __post_init__(self) -> None:
        """Raises ValueError for an offer that cannot be: the caller's bug."""
        if not (self._is_possible() and self.minimum_cents >= 0 and self.code == normal_code(self.code)):
            raise ValueError(f"No offer can be like this: {self}")

    def _is_possible(self) -> bool:
        match self.kind:
            case Kind.PERCENT:
                return 0 < self.basis_points <= WHOLE
            case Kind.AMOUNT:
                return self.cents > 0
            case Kind.BUY_GET:
                return self.buy > 0 and self.get > 0 and 0 < self.basis_points <= WHOLE
            case Kind.BUNDLE:
                return self.cents >= 0 and bool(self.parts) and all(part.pieces > 0 for part in self.parts)
            case Kind.FREE_DELIVERY:
                return True


@dataclass(frozen=True, slots=True)
class Uses:
    """In how many orders an offer counted: anybody's, and this customer's."""

    total: int = 0
    customer: int = 0


UNUSED = Uses()


@dataclass(frozen=True, slots=True)
class Situation:
    """When, and for whom, something is priced. `codes` are in their normal form; `uses` by the id of the offer."""

    at: datetime
    tags: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    uses: Mapping[int, Uses] = field(default_factory=dict)


def normal_code(text: str) -> str:
    """A code as it is kept and compared, however it was typed: ` summer 10` → `SUMMER10`."""
    return "".join(text.split()).upper()


def rules_open_to(rules: Iterable[Rule], situation: Situation) -> list[Rule]:
    """Those that may be applied now."""
    return [rule for rule in rules if not why_closed(rule, situation)]


def why_closed(rule: Rule, situation: Situation) -> str:
    """Why it may not be applied; empty if it may.

    `not_yet`, `over`, `no_code`, `other_customers`, `used_up`, `used_by_customer`; the first that holds.
    """
    uses = situation.uses.get(rule.id, UNUSED)
    reasons = {
        "not_yet": rule.from_at is not None and situation.at < rule.from_at,
        "over": rule.until_at is not None and situation.at >= rule.until_at,
        "no_code": bool(rule.code) and rule.code not in situation.codes,
        "other_customers": bool(rule.tags) and rule.tags.isdisjoint(situation.tags),
        "used_up": rule.total_limit is not None and uses.total >= rule.total_limit,
        "used_by_customer": rule.customer_limit is not None and uses.customer >= rule.customer_limit,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")
