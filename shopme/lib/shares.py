"""Whole parts of whole amounts: nothing is lost, nothing is invented, and no float is near."""

from collections.abc import Sequence
from fractions import Fraction

# 100 % in basis points, in which every rate is kept.
WHOLE = 10_000


def share_by_weight(total: int, weights: Sequence[int] | Sequence[Fraction]) -> list[int]:
    """`total` in whole parts in proportion to `weights`: largest remainder first, ties to the earlier.

    No part of a total up to the sum of whole weights is above its weight. Without any weight all parts are 0.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    shares = [int(total * weight // whole) for weight in weights]
    missing = total - sum(shares)
    if missing:
        remainders = [total * weight % whole for weight in weights]
        by_remainder = sorted(range(len(shares)), key=lambda place: (-remainders[place], place))
        for place in by_remainder[:missing]:
            shares[place] += 1
    return shares


def half_up(amount: int, numerator: int, denominator: int) -> int:
    """`amount × numerator / denominator` for whole numbers from 0 on, rounded to the nearest, halves up."""
    return (2 * amount * numerator + denominator) // (2 * denominator)


def part_of(amount: int, basis_points: int) -> int:
    """So many basis points of `amount`, halves up."""
    return half_up(amount, basis_points, WHOLE)
