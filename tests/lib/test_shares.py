"""Parts of amounts."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shopme.lib.shares import half_up, part_of, share_by_weight

weights = some.lists(some.integers(0, 10_000), max_size=8)


@given(some.integers(0, 10_000), weights)
def test_shares_add_up_and_stay_within_one_of_the_exact_share(total: int, weights: list[int]) -> None:
    shares, whole = share_by_weight(total, weights), sum(weights)
    assert shares == share_by_weight(total, [Fraction(weight) for weight in weights])
    assert sum(shares) == (total if whole else 0)
    if whole:
        assert all(abs(share - Fraction(total * w, whole)) < 1 for share, w in zip(shares, weights, strict=True))


@given(weights, some.data())
def test_no_share_of_a_part_is_above_its_weight(weights: list[int], data: some.DataObject) -> None:
    shares = share_by_weight(data.draw(some.integers(0, sum(weights))), weights)
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


def test_what_is_left_over_goes_to_the_largest_remainder_and_then_to_the_earlier() -> None:
    assert share_by_weight(200_00, [1350_00, 799_99, 500_00]) == [101_89, 60_38, 37_73]
    assert share_by_weight(1, [5, 5, 5]) == [1, 0, 0]
    assert share_by_weight(2, [1, 5, 5]) == [0, 1, 1]


@pytest.mark.parametrize(
    ("amount", "points", "part"), [(5, 10_00, 1), (4, 10_00, 0), (15, 10_00, 2), (99_99, 15_00, 15_00)]
)
def test_a_half_is_rounded_up(amount: int, points: int, part: int) -> None:
    assert part_of(amount, points) == half_up(amount, points, 10_000) == part
