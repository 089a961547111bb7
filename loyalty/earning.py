"""How many points a purchase gives. Pure: no clock, no database, no floats; preview and award ask the same function."""

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from loyalty.types import PurchaseLineFacts
from shopme.lib.shares import share_by_weight


@dataclass(frozen=True, slots=True)
class PurchaseFacts:
    """What was bought. `order_discount_cents` lowers all lines by their share; excluded lines absorb theirs too."""

    currency: str
    lines: tuple[PurchaseLineFacts, ...]
    order_discount_cents: int = 0


@dataclass(frozen=True, slots=True)
class EarnRules:
    """`points` for every `per_minor` minor units of `currency`; nothing below `minimum_minor`."""

    currency: str
    points: int
    per_minor: int
    minimum_minor: int = 0
    rounding: str = "floor"
    is_live: bool = True


@dataclass(frozen=True, slots=True)
class LineQuote:
    """One line's part: `basis_cents` earned from, `points` given."""

    basis_cents: int
    points: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The whole evaluation. `reason` is empty or says why nothing was earned."""

    points: int
    basis_cents: int
    gross_cents: int
    discount_cents: int
    excluded_cents: int
    lines: tuple[LineQuote, ...]
    rules: EarnRules
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """As kept on the purchase, so a refund never asks today's rules."""
        return asdict(self)


def evaluate(facts: PurchaseFacts, rules: EarnRules) -> Quote:
    """Points of a purchase: line basis, minimum, exact base points, one rounding of the sum, split by line.

    Refuses by `reason`, never by raising: `not_live`, `other_currency`, `nothing_bought`, `below_minimum`.
    """
    bases = line_bases(facts)
    basis = sum(bases)
    reason = _refusal(facts, rules, basis)
    exact = [Fraction(line_basis * rules.points, rules.per_minor) for line_basis in bases]
    points = 0 if reason else round_points(sum(exact, Fraction(0)), rules.rounding)
    shares = share_by_weight(points, exact) if points else [0] * len(bases)
    gross = sum(line.gross_cents for line in facts.lines)
    own_discounts = sum(line.discount_cents for line in facts.lines)
    return Quote(
        points=points,
        basis_cents=basis,
        gross_cents=gross,
        discount_cents=own_discounts + facts.order_discount_cents,
        excluded_cents=max(0, gross - own_discounts - facts.order_discount_cents - basis),
        lines=tuple(LineQuote(line_basis, share) for line_basis, share in zip(bases, shares, strict=True)),
        rules=rules,
        reason=reason,
    )


def line_bases(facts: PurchaseFacts) -> list[int]:
    """Minor units each line earns from: its own total less its share of the order's discount; excluded lines 0."""
    nets = [max(0, line.gross_cents - line.discount_cents) for line in facts.lines]
    discount = min(facts.order_discount_cents, sum(nets))
    shares = share_by_weight(discount, [Fraction(net) for net in nets])
    return [0 if line.is_excluded else net - share for line, net, share in zip(facts.lines, nets, shares, strict=True)]


def round_points(exact: Fraction, rounding: str) -> int:
    """Whole points of an exact fraction: down, half up, or up."""
    if rounding == "half_up":
        exact += Fraction(1, 2)
    if rounding == "ceil":
        return -(-exact.numerator // exact.denominator)
    return exact.numerator // exact.denominator


def refund_points(*, awarded: int, basis_cents: int, refunded_cents: int, already: int) -> int:
    """Points the newest refund takes, so that all parts together take exactly what was given.

    `refunded_cents` is everything refunded so far, `already` what earlier refunds asked for.
    """
    if basis_cents <= 0:
        return 0
    target = awarded * min(refunded_cents, basis_cents) // basis_cents
    return max(0, target - already)


def _refusal(facts: PurchaseFacts, rules: EarnRules, basis: int) -> str:
    if not rules.is_live:
        return "not_live"
    if facts.currency != rules.currency:
        return "other_currency"
    if basis <= 0:
        return "nothing_bought"
    return "below_minimum" if basis < rules.minimum_minor else ""
