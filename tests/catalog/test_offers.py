"""What offers take off a basket, to whom they are open, and which of them come together."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from catalog.offers import cutting
from catalog.offers.rules import Goods, Kind, Part, Rule, Situation, Uses, normal_code, rules_open_to, why_closed
from catalog.offers.stacking import Saving, best_saving

BREAD, TEA, CAKE = 1, 2, 3
BAKERY, DRINKS = 10, 20
NOON = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    product_id: int
    unit_cents: int
    quantity: int = 1
    category_id: int | None = BAKERY


def an_offer(kind: Kind, **facts: object) -> Rule:
    return Rule(**{"id": 1, "name": "Offer", "kind": kind, **facts})  # type: ignore[arg-type]


def percent(points: int = 10_00, **facts: object) -> Rule:
    return an_offer(Kind.PERCENT, basis_points=points, **facts)


def amount(cents: int, **facts: object) -> Rule:
    return an_offer(Kind.AMOUNT, cents=cents, **facts)


def saved(lines: list[Line], *rules: Rule, delivery: int = 0) -> Saving:
    return best_saving(lines, rules, delivery_cents=delivery)


def by_line(lines: list[Line], *rules: Rule) -> list[int]:
    found = saved(lines, *rules)
    return [found.on_line(place) for place in range(len(lines))]


def of(*products: int) -> Goods:
    return Goods(products=frozenset(products))


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        (percent(), [9_00, 3_00]),
        (percent(goods=of(TEA)), [0, 3_00]),
        (percent(goods=Goods(categories=frozenset({BAKERY}))), [9_00, 0]),
        (percent(100_00), [90_00, 30_00]),
        (amount(20_00), [15_00, 5_00]),
        (amount(500_00), [90_00, 30_00]),
        (amount(10_00, goods=of(BREAD)), [20_00, 0]),
        (amount(99_00, goods=of(BREAD)), [90_00, 0]),
        (percent(minimum_cents=120_00), [9_00, 3_00]),
        (percent(minimum_cents=120_01), [0, 0]),
        (percent(minimum_cents=30_01, goods=of(TEA)), [0, 0]),
        (percent(goods=of(CAKE)), [0, 0]),
    ],
)
def test_a_percentage_and_an_amount_are_taken_off_what_they_are_about(rule: Rule, taken: list[int]) -> None:
    assert by_line([Line(BREAD, 45_00, 2), Line(TEA, 30_00, 1, DRINKS)], rule) == taken


def test_a_percentage_is_rounded_once_and_its_cents_shared() -> None:
    assert by_line([Line(BREAD, 5), Line(TEA, 5), Line(CAKE, 5)], percent()) == [1, 1, 0]


@pytest.mark.parametrize(("quantity", "free_pieces"), [(1, 0), (2, 0), (3, 1), (5, 1), (6, 2)])
def test_three_for_two_gives_every_third_piece(quantity: int, free_pieces: int) -> None:
    rule = an_offer(Kind.BUY_GET, buy=2, get=1, basis_points=100_00)
    assert by_line([Line(BREAD, 45_00, quantity)], rule) == [45_00 * free_pieces]


def test_the_cheapest_pieces_are_given() -> None:
    rule = an_offer(Kind.BUY_GET, buy=2, get=1, basis_points=50_00)
    assert by_line([Line(BREAD, 45_00, 2), Line(TEA, 30_00), Line(CAKE, 80_00, 3)], rule) == [22_50, 15_00, 0]


def test_a_piece_belongs_to_one_set_only() -> None:
    rule = an_offer(Kind.BUY_GET, buy=1, get=1, basis_points=100_00, goods=of(BREAD))
    again = replace(rule, id=2)
    assert by_line([Line(BREAD, 45_00, 3)], rule, again) == [45_00]


BREAKFAST = an_offer(Kind.BUNDLE, cents=50_00, parts=(Part(of(BREAD), 1), Part(of(TEA), 1)))


@pytest.mark.parametrize(
    ("lines", "taken"),
    [
        ([Line(BREAD, 45_00), Line(TEA, 30_00)], [15_00, 10_00]),
        ([Line(BREAD, 45_00, 3), Line(TEA, 30_00, 2)], [30_00, 20_00]),
        ([Line(BREAD, 45_00, 3)], [0]),
        ([Line(BREAD, 20_00), Line(TEA, 30_00)], [0, 0]),
    ],
)
def test_a_bundle_costs_its_price_as_often_as_it_is_there_and_never_more_than_its_pieces(
    lines: list[Line], taken: list[int]
) -> None:
    assert by_line(lines, BREAKFAST) == taken


def test_sets_taken_together_are_those_taken_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts may overlap, pieces may run out in the middle of a set, and sets may stop saving."""
    luck, counted = Random(7), 0
    for _ in range(300):
        lines = [Line(luck.randint(1, 4), luck.randint(1, 90), luck.randint(1, 30)) for _ in range(luck.randint(1, 6))]
        parts = tuple(Part(of(*luck.sample(range(1, 5), luck.randint(1, 3))), luck.randint(1, 4)) for _ in range(2))
        rule = an_offer(Kind.BUNDLE, cents=luck.randint(0, 200), parts=parts)
        together = saved(lines, rule)
        with monkeypatch.context() as one_by_one:
            one_by_one.setattr(cutting, "_same_again", lambda _picked: 0)
            assert saved(lines, rule) == together
        counted += bool(together.cuts)
    assert counted > 100


def test_any_three_of_a_shelf_at_one_price_take_the_dearest_first() -> None:
    any_three = an_offer(Kind.BUNDLE, cents=100_00, parts=(Part(Goods(categories=frozenset({BAKERY})), 3),))
    taken = by_line([Line(BREAD, 45_00, 2), Line(TEA, 90_00, 9, DRINKS), Line(CAKE, 80_00, 2)], any_three)
    assert (taken[1], taken[0] + taken[2], taken) == (0, 105_00, [23_05, 0, 81_95])


def test_an_incomplete_set_leaves_its_pieces_to_others() -> None:
    two_for_one = an_offer(Kind.BUY_GET, id=2, buy=1, get=1, basis_points=100_00, goods=of(BREAD))
    assert by_line([Line(BREAD, 45_00, 2)], BREAKFAST, two_for_one) == [45_00]


def test_free_delivery_takes_off_the_delivery_and_nothing_else() -> None:
    rule = an_offer(Kind.FREE_DELIVERY, minimum_cents=40_00)
    assert (saved([Line(BREAD, 45_00)], rule, delivery=35_00).delivery_cents, by_line([Line(BREAD, 45_00)], rule)) == (
        35_00, [0],
    )  # fmt: skip
    assert saved([Line(BREAD, 39_99)], rule, delivery=35_00).cents == 0
    assert saved([Line(BREAD, 45_00)], rule).cuts == ()
    assert saved([Line(BREAD, 45_00)], rule, replace(rule, id=2), delivery=35_00).cents == 35_00


def test_offers_are_applied_to_what_the_ones_before_left_named_goods_before_the_basket() -> None:
    of_bread, of_all = percent(50_00, id=7, goods=of(BREAD)), percent(10_00, id=2)
    found = saved([Line(BREAD, 100_00), Line(TEA, 100_00)], of_all, of_bread)
    assert [(cut.rule.id, cut.by_line) for cut in found.cuts] == [(7, (50_00, 0)), (2, (5_00, 10_00))]


def test_a_higher_priority_comes_first_and_then_the_older_offer() -> None:
    offers = [percent(50_00, id=1), amount(10_00, id=2), amount(10_00, id=3, priority=5)]
    found = saved([Line(BREAD, 100_00)], *offers)
    assert [(cut.rule.id, cut.cents) for cut in found.cuts] == [(3, 10_00), (1, 45_00), (2, 10_00)]


def test_an_exclusive_offer_comes_alone_and_only_where_it_saves_more() -> None:
    alone = percent(20_00, id=9, is_exclusive=True)
    basket = [Line(BREAD, 100_00)]
    assert [cut.rule.id for cut in saved(basket, alone, percent(10_00, id=1)).cuts] == [9]
    assert [cut.rule.id for cut in saved(basket, alone, percent(10_00, id=1), amount(15_00, id=2)).cuts] == [1, 2]
    better = percent(25_00, id=10, is_exclusive=True)
    assert [cut.rule.id for cut in saved(basket, alone, better, replace(better, id=11)).cuts] == [10]


def test_a_code_that_would_take_the_pieces_of_a_better_offer_does_not_count() -> None:
    two_for_one = an_offer(Kind.BUY_GET, id=2, buy=1, get=1, basis_points=100_00, goods=of(BREAD))
    coded = an_offer(Kind.BUNDLE, id=3, cents=89_00, parts=(Part(of(BREAD), 2),), code="PAIR")
    assert [cut.rule.id for cut in saved([Line(BREAD, 45_00, 2)], coded, two_for_one).cuts] == [2]
    assert [cut.rule.id for cut in saved([Line(BREAD, 45_00, 2)], coded).cuts] == [3]
    assert [cut.rule.id for cut in saved([Line(BREAD, 45_00, 2)], percent(id=4, code="TEN"), two_for_one).cuts] == [
        2,
        4,
    ]


def situation(**facts: object) -> Situation:
    return Situation(**{"at": NOON, **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "told", "reason"),
    [
        ({}, {}, ""),
        ({"from_at": NOON + timedelta(minutes=1)}, {}, "not_yet"),
        ({"from_at": NOON, "until_at": NOON + timedelta(minutes=1)}, {}, ""),
        ({"until_at": NOON}, {}, "over"),
        ({"tags": frozenset({"vip"})}, {"tags": frozenset({"regular"})}, "other_customers"),
        ({"tags": frozenset({"vip", "staff"})}, {"tags": frozenset({"vip"})}, ""),
        ({"code": "SUMMER"}, {}, "no_code"),
        ({"code": "SUMMER"}, {"codes": frozenset({normal_code(" sum mer")})}, ""),
        ({"total_limit": 5}, {"uses": {1: Uses(total=4)}}, ""),
        ({"total_limit": 5}, {"uses": {1: Uses(total=5)}}, "used_up"),
        ({"customer_limit": 1}, {"uses": {1: Uses(total=9, customer=1)}}, "used_by_customer"),
        ({"customer_limit": 1}, {"uses": {2: Uses(total=9, customer=1)}}, ""),
    ],
)
def test_an_offer_says_why_it_is_closed(facts: dict[str, object], told: dict[str, object], reason: str) -> None:
    rule = percent(**facts)
    assert why_closed(rule, situation(**told)) == reason
    assert rules_open_to([rule], situation(**told)) == ([] if reason else [rule])


def test_an_offer_ends_at_the_minute_on_the_shops_clock() -> None:
    rule = percent(until_at=datetime(2026, 3, 29, 18, 0, tzinfo=ZoneInfo("Europe/Rome")))
    at_four = datetime(2026, 3, 29, 16, 0, tzinfo=UTC)  # summer time began that night
    assert why_closed(rule, situation(at=at_four - timedelta(seconds=1))) == ""
    assert why_closed(rule, situation(at=at_four)) == "over"


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": Kind.PERCENT},
        {"kind": Kind.PERCENT, "basis_points": 100_01},
        {"kind": Kind.AMOUNT},
        {"kind": Kind.BUY_GET, "buy": 1, "basis_points": 100_00},
        {"kind": Kind.BUNDLE, "cents": 5},
        {"kind": Kind.BUNDLE, "cents": 5, "parts": (Part(of(BREAD), 0),)},
        {"kind": Kind.FREE_DELIVERY, "minimum_cents": -1},
        {"kind": Kind.FREE_DELIVERY, "code": "summer"},
    ],
)
def test_an_offer_that_cannot_be_is_a_bug_of_the_caller(facts: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="No offer can be like this"):
        Rule(id=1, name="Odd", **facts)  # type: ignore[arg-type]
