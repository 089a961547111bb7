"""How many points a purchase gives."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.earning import EarnRules, PurchaseFacts, evaluate, refund_points, round_points
from loyalty.types import PurchaseLineFacts

RATE = EarnRules(currency="ZAR", points=1, per_minor=100_00)


def line(gross: int, **more: object) -> PurchaseLineFacts:
    return PurchaseLineFacts(product_id=1, category_id=1, quantity=1, gross_cents=gross, **more)  # type: ignore[arg-type]


def facts(*lines: PurchaseLineFacts, discount: int = 0, currency: str = "ZAR") -> PurchaseFacts:
    return PurchaseFacts(currency=currency, lines=lines, order_discount_cents=discount)


@pytest.mark.parametrize(
    ("amount", "floor", "half_up", "ceil"),
    [
        (99_99, 0, 1, 1),
        (100_00, 1, 1, 1),
        (199_99, 1, 2, 2),
        (999_99, 9, 10, 10),
        (5_000_00, 50, 50, 50),
        (12_345_67, 123, 123, 124),
    ],
)
def test_one_point_for_each_hundred_is_rounded_once(amount: int, floor: int, half_up: int, ceil: int) -> None:
    got = [evaluate(facts(line(amount)), replace(RATE, rounding=name)).points for name in ("floor", "half_up", "ceil")]
    assert got == [floor, half_up, ceil]


def test_a_purchase_below_the_minimum_earns_nothing_and_says_so() -> None:
    rules = replace(RATE, minimum_minor=200_00)
    below, at = evaluate(facts(line(199_99)), rules), evaluate(facts(line(200_00)), rules)
    assert (below.points, below.reason) == (0, "below_minimum")
    assert (at.points, at.reason) == (2, "")


def test_a_basket_with_a_discount_and_an_excluded_line_earns_by_line() -> None:
    basket = facts(line(1_350_00), line(799_99), line(500_00, is_excluded=True), discount=200_00)
    quote = evaluate(basket, RATE)
    assert [part.basis_cents for part in quote.lines] == [1_248_11, 739_61, 0]
    assert [part.points for part in quote.lines] == [12, 7, 0]
    assert (quote.points, quote.basis_cents, quote.excluded_cents) == (19, 1_987_72, 462_27)


def test_a_reward_that_pays_part_of_an_order_lowers_what_is_earned() -> None:
    assert evaluate(facts(line(1_000_00), discount=300_00), RATE).points == 7


def test_another_currency_or_a_paused_program_earns_nothing() -> None:
    assert evaluate(facts(line(500_00), currency="EUR"), RATE).reason == "other_currency"
    assert evaluate(facts(line(500_00)), replace(RATE, is_live=False)).reason == "not_live"
    assert evaluate(facts(line(0)), RATE).reason == "nothing_bought"


def test_three_partial_refunds_take_exactly_what_was_given() -> None:
    taken = 0
    parts = []
    for refunded in (2_345_67, 7_345_67, 12_345_67):
        parts.append(refund_points(awarded=123, basis_cents=12_345_67, refunded_cents=refunded, already=taken))
        taken += parts[-1]
    assert parts == [23, 50, 50]


@given(st.lists(st.integers(1, 500_00), min_size=1, max_size=6), st.integers(0, 300_00))
def test_the_lines_carry_all_points_and_more_money_never_earns_less(amounts: list[int], discount: int) -> None:
    lines = [line(amount) for amount in amounts]
    quote = evaluate(facts(*lines, discount=discount), RATE)
    assert sum(part.points for part in quote.lines) == quote.points
    assert evaluate(facts(*lines, discount=discount), RATE) == quote
    dearer = [line(amounts[0] + 100_00), *lines[1:]]
    assert evaluate(facts(*dearer, discount=discount), RATE).points >= quote.points


@given(st.integers(1, 5_000), st.integers(1, 1_000_00), st.lists(st.integers(1, 400_00), min_size=1, max_size=9))
def test_no_split_of_a_refund_takes_more_than_was_given(awarded: int, basis: int, refunds: list[int]) -> None:
    taken, total = 0, 0
    for refund in [*refunds, basis]:
        total += refund
        taken += refund_points(awarded=awarded, basis_cents=basis, refunded_cents=total, already=taken)
        assert taken <= awarded
    assert taken == awarded


def test_rounding_knows_exact_halves() -> None:
    assert [round_points(Fraction(5, 2), name) for name in ("floor", "half_up", "ceil")] == [2, 3, 3]
