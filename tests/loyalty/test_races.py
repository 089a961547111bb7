"""Many hands on the same points, with real transactions."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from loyalty import services
from loyalty.errors import IdempotencyConflict, NotEnoughPoints, PointsAreBusy
from loyalty.models import Account, Customer, Entry, Operation, Purchase
from loyalty.proof import prove
from tenants.context import inside
from tenants.models import Shop
from tests.loyalty.people import buckets, buy, customer, local, program

pytestmark = pytest.mark.django_db(transaction=True)
AT = local("2025-03-01 10:00")


def together(shop: Shop, act: Callable[[int], object], *, hands: int = 20) -> list[object]:
    """Run `act(0)`, `act(1)`… in threads that start together inside the shop; answers or refusals in order."""
    start = Barrier(hands)

    def hand(place: int) -> object:
        try:
            with inside(shop):
                start.wait(timeout=10)
                return act(place)
        except (NotEnoughPoints, IdempotencyConflict, PointsAreBusy) as refusal:
            return type(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(hands) as pool:
        return list(pool.map(hand, range(hands)))


def adjust(who: Customer, points: int, key: str) -> services.balances.Adjustment:
    return services.adjust_points(customer=who, points=points, reason="goodwill", key=key, actor_id=None, now=AT)


def test_twenty_awards_of_one_order_give_points_once(amber: Shop) -> None:
    with inside(amber):
        program()
        thandi = customer()
    awards = together(amber, lambda _: buy(thandi, 5_000_00, at=AT, order_id=77)[1])
    assert [(award.points, award.balance) for award in awards] == [(50, 50)] * 20
    assert sorted(award.replayed for award in awards) == [False] + [True] * 19
    with inside(amber):
        assert buckets(thandi) == (0, 50, 0, 0)
        assert (Operation.objects.count(), Purchase.objects.count(), Entry.objects.count()) == (1, 1, 1)
        assert prove().is_clean


def test_twenty_different_orders_of_a_new_customer_all_count(amber: Shop) -> None:
    with inside(amber):
        program()
        thandi = customer()
    together(amber, lambda place: buy(thandi, 1_000_00, at=AT, order_id=100 + place))
    with inside(amber):
        assert buckets(thandi) == (0, 200, 0, 0)
        assert Account.objects.get().seq == 20
        assert prove().is_clean


def test_twenty_hands_on_the_last_hundred_points_take_them_once(amber: Shop) -> None:
    with inside(amber):
        program()
        thandi = customer()
        buy(thandi, 10_000_00, at=AT)
    answers = together(amber, lambda place: adjust(thandi, -100, f"tap-{place}"))
    assert sum(answer is NotEnoughPoints for answer in answers) == 19
    with inside(amber):
        assert buckets(thandi) == (0, 0, 0, 0)
        assert prove().is_clean


def test_without_the_lock_the_same_race_breaks_on_the_chain(amber: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: unlocked, several hands read the same 100 points; only the database's chain stops them."""
    from django.db.models import QuerySet

    with inside(amber):
        program()
        thandi = customer()
        buy(thandi, 10_000_00, at=AT)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
    broken: list[Exception] = []

    def tap(place: int) -> None:
        try:
            adjust(thandi, -100, f"tap-{place}")
        except NotEnoughPoints:
            raise
        except Exception as problem:
            broken.append(problem)

    together(amber, tap, hands=8)
    assert broken
    with inside(amber):
        assert buckets(thandi) == (0, 0, 0, 0)
        assert prove().is_clean


def test_the_same_key_for_another_wish_is_refused(amber: Shop) -> None:
    with inside(amber):
        program()
        thandi = customer()
        buy(thandi, 5_000_00, at=AT, order_id=77)
        adjust(thandi, 5, "form-1")
        with pytest.raises(IdempotencyConflict):
            buy(thandi, 6_000_00, at=AT, order_id=77)
        with pytest.raises(IdempotencyConflict):
            adjust(thandi, 6, "form-1")
        assert buckets(thandi) == (0, 55, 0, 0)


def test_an_award_belongs_to_the_callers_transaction(amber: Shop) -> None:
    with inside(amber):
        program()
        thandi = customer()
        with transaction.atomic():
            buy(thandi, 5_000_00, at=AT, order_id=77)
            transaction.set_rollback(True)
        assert (Operation.objects.count(), Purchase.objects.count(), Account.objects.count()) == (0, 0, 0)
        assert buy(thandi, 5_000_00, at=AT, order_id=77)[1].replayed is False


def test_whoever_waits_too_long_for_the_points_is_told_so_and_leaves_nothing(
    amber: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyalty.ledger.operations.LOCK_TIMEOUT", "200ms")
    with inside(amber):
        program()
        thandi = customer()
        buy(thandi, 5_000_00, at=AT)
        with transaction.atomic():
            Account.objects.select_for_update().get(customer=thandi)
            (answer,) = together(amber, lambda _: adjust(thandi, 5, "form-1"), hands=1)
        assert answer is PointsAreBusy
        assert not Operation.objects.filter(kind="adjust").exists()
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("0",)


def test_sweeps_at_once_settle_each_account_once_while_others_are_spending(amber: Shop) -> None:
    with inside(amber):
        program(expiry_months=1)
        people = [customer(f"Person {place}") for place in range(12)]
        for who in people:
            buy(who, 1_000_00, at=AT)
    later = local("2025-04-03 10:00")

    def work(place: int) -> object:
        if place < 4:
            return services.settle_due(limit=5, now=later)
        return services.adjust_points(
            customer=people[place], points=1, reason="goodwill", key=str(place), actor_id=None, now=later
        )

    together(amber, work, hands=12)
    with inside(amber):
        while services.settle_due(limit=5, now=later):
            continue
        assert Entry.objects.filter(kind="expire").count() == 12
        assert [buckets(who)[1] for who in people] == [0] * 4 + [1] * 8
        assert prove().is_clean
