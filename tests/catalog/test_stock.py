"""Pieces are promised, sold and given back, and never promised twice."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from catalog import reconcile, stock
from catalog.models import Reservation, Variant
from catalog.stock import OutOfStock
from tenants.context import inside
from tenants.models import Shop
from tests.trade import NOON, a_product, at_once, fresh

pytestmark = pytest.mark.usefixtures("shop")
UNTIL = NOON + timedelta(hours=1)


def figures(variant: Variant) -> tuple[int, int]:
    again = fresh(variant)
    return again.on_hand, again.reserved


def test_reserving_holds_pieces_without_selling_them() -> None:
    bread = a_product(stock=10)
    stock.reserve(lines={bread.pk: 3}, order_ref="order:1", expires_at=UNTIL)
    assert figures(bread) == (10, 3)
    assert fresh(bread).available == 7
    assert list(reconcile.findings()) == []


def test_reserving_again_for_the_same_order_changes_nothing() -> None:
    bread = a_product(stock=10)
    for _ in range(3):
        stock.reserve(lines={bread.pk: 3}, order_ref="order:1", expires_at=UNTIL)
    assert figures(bread) == (10, 3)


def test_selling_takes_the_pieces_away_and_is_harmless_twice() -> None:
    bread = a_product(stock=10)
    stock.reserve(lines={bread.pk: 3}, order_ref="order:1", expires_at=UNTIL)
    assert stock.sell(order_ref="order:1") == 1
    assert stock.sell(order_ref="order:1") == 0
    assert figures(bread) == (7, 0)


def test_releasing_gives_the_pieces_back_and_is_harmless_twice() -> None:
    bread = a_product(stock=10)
    stock.reserve(lines={bread.pk: 3}, order_ref="order:1", expires_at=UNTIL)
    assert stock.release(order_ref="order:1") == 1
    assert stock.release(order_ref="order:1") == 0
    assert figures(bread) == (10, 0)


def test_released_pieces_can_be_promised_to_the_same_order_anew() -> None:
    bread = a_product(stock=3)
    stock.reserve(lines={bread.pk: 3}, order_ref="order:1", expires_at=UNTIL)
    stock.release(order_ref="order:1")
    stock.reserve(lines={bread.pk: 3}, order_ref="order:1", expires_at=UNTIL)
    assert figures(bread) == (3, 3)
    assert Reservation.objects.get().state == Reservation.State.HELD


def test_sold_pieces_go_back_to_the_shelf() -> None:
    bread = a_product(stock=10)
    stock.reserve(lines={bread.pk: 3}, order_ref="order:1", expires_at=UNTIL)
    stock.sell(order_ref="order:1")
    assert stock.take_back(order_ref="order:1") == 1
    assert figures(bread) == (10, 0)


def test_all_lines_are_reserved_or_none() -> None:
    bread, cake = a_product(stock=10), a_product("Cake", stock=1)
    with pytest.raises(OutOfStock, match="Cake: 1 left") as refusal:
        stock.reserve(lines={bread.pk: 2, cake.pk: 2}, order_ref="order:1", expires_at=UNTIL)
    assert refusal.value.available == 1
    assert (figures(bread), figures(cake)) == ((10, 0), (1, 0))
    assert not Reservation.objects.exists()


def test_a_sold_out_variant_says_so() -> None:
    with pytest.raises(OutOfStock, match="Sourdough is sold out"):
        stock.reserve(lines={a_product(stock=0).pk: 1}, order_ref="order:1", expires_at=UNTIL)


def test_a_variant_without_limit_never_runs_out_and_counts_its_promises() -> None:
    tea = a_product("Tea")
    stock.reserve(lines={tea.pk: 99}, order_ref="order:1", expires_at=UNTIL)
    assert figures(tea) == (0, 99)
    stock.sell(order_ref="order:1")
    assert figures(tea) == (0, 0)


def test_backorders_may_promise_more_than_there_is() -> None:
    bread = a_product(stock=2)
    Variant.objects.filter(pk=bread.pk).update(allow_backorder=True)
    stock.reserve(lines={bread.pk: 5}, order_ref="order:1", expires_at=UNTIL)
    stock.sell(order_ref="order:1")
    assert figures(bread) == (0, 0)


@pytest.mark.parametrize("broken", [{"reserved": -1}, {"on_hand": -1}, {"reserved": 11}, {"price_cents": -1}])
def test_the_database_refuses_figures_that_cannot_be(broken: dict[str, int]) -> None:
    bread = a_product(stock=10)
    with pytest.raises(IntegrityError), transaction.atomic():
        Variant.objects.filter(pk=bread.pk).update(**broken)


def test_reconcile_names_a_variant_whose_promises_do_not_add_up() -> None:
    bread = a_product(stock=10)
    Variant.objects.filter(pk=bread.pk).update(reserved=4)
    assert list(reconcile.findings()) == [f"Variant {bread.pk}: 4 reserved, its held reservations sum to 0."]


@pytest.mark.django_db(transaction=True)
def test_fifty_baskets_in_opposite_order_share_ten_pieces_without_a_deadlock(amber: Shop) -> None:
    with inside(amber):
        one, two = a_product("One", stock=10), a_product("Two", stock=10)
        acts = []
        for number in range(50):
            pieces = number % 4 + 1
            pair = (one.pk, two.pk) if number % 2 else (two.pk, one.pk)
            lines = dict.fromkeys(pair, pieces)
            acts.append(partial(stock.reserve, lines=lines, order_ref=f"order:{number}", expires_at=UNTIL))
        answers = at_once(amber, acts)
        refusals = [answer for answer in answers if answer is not None]
        assert {type(refusal) for refusal in refusals} == {OutOfStock}
        for variant in (fresh(one), fresh(two)):
            assert 0 < variant.reserved <= 10
        assert list(reconcile.findings()) == []


@pytest.mark.django_db(transaction=True)
def test_without_the_order_of_ids_the_same_baskets_deadlock(amber: Shop) -> None:
    """The negative control: what the sorting is for."""
    with inside(amber):
        one, two = a_product("One", stock=10_000), a_product("Two", stock=10_000)
        deadlocks = 0
        for round_ in range(5):
            acts = []
            for number in range(16):
                pair = (one.pk, two.pk) if number % 2 else (two.pk, one.pk)
                ref = f"order:{round_}:{number}"
                acts.append(partial(_reserve_as_given, dict.fromkeys(pair, 1), ref))
            deadlocks += sum("deadlock" in str(answer) for answer in at_once(amber, acts))
            if deadlocks:
                break
        assert deadlocks > 0


def _reserve_as_given(lines: dict[int, int], ref: str) -> None:
    """What `reserve` would be without sorting."""
    with transaction.atomic():
        for variant_id, quantity in lines.items():
            stock._promise(variant_id, quantity)


@pytest.mark.load
@pytest.mark.django_db(transaction=True)
def test_in_twenty_rounds_fifty_hands_on_the_last_piece_never_get_two(amber: Shop) -> None:
    with inside(amber):
        for round_ in range(20):
            bread = a_product(f"Bread {round_}", stock=1)
            acts = [
                partial(stock.reserve, lines={bread.pk: 1}, order_ref=f"order:{round_}:{number}", expires_at=UNTIL)
                for number in range(50)
            ]
            answers = at_once(amber, acts)
            assert [type(answer) for answer in answers].count(type(None)) == 1
            assert [type(answer) for answer in answers].count(OutOfStock) == 49
            assert figures(bread) == (1, 1)
        assert list(reconcile.findings()) == []
