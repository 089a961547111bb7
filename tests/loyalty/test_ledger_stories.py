"""Whole lives of points, entry by entry, in Johannesburg time."""

import pytest

from loyalty import services
from loyalty.errors import NotEnoughPoints
from loyalty.models import Entry, Lot, Program, Purchase
from tests.loyalty.people import (
    buckets,
    buy,
    customer,
    entries_of,
    local,
    open_lots,
    program,
    prove_now,
    refund,
    sweep,
)

pytestmark = pytest.mark.usefixtures("in_shop")


def test_points_earned_refunded_and_lapsed_over_twelve_months() -> None:
    program()
    thandi = customer()
    buy(thandi, 5_000_00, at=local("2025-01-15 10:00"))
    second, _ = buy(thandi, 12_345_67, at=local("2025-03-31 18:20"))
    buy(thandi, 999_99, at=local("2025-08-31 09:00"))
    assert buckets(thandi) == (0, 182, 0, 0)
    assert refund(second, 2_345_67, at=local("2025-09-02 15:00")).points == 23
    assert open_lots(thandi) == [50, 100, 9]
    assert [lot.expires_at for lot in Lot.objects.order_by("id")] == [
        local("2026-01-16 00:00"),
        local("2026-04-01 00:00"),
        local("2026-09-01 00:00"),
    ]
    assert sweep(local("2026-01-15 23:59")) == 0
    assert sweep(local("2026-01-16 00:00")) == 1
    assert buckets(thandi) == (0, 109, 0, 0)
    assert sweep(local("2026-09-01 00:00")) == 1
    assert entries_of(thandi)[-3:] == [
        ("expire", 0, -50, 0, 0),
        ("expire", 0, -100, 0, 0),
        ("expire", 0, -9, 0, 0),
    ]
    late = Entry.objects.get(kind="expire", d_active=-100)
    assert late.effective_at == local("2026-04-01 00:00")
    assert buckets(thandi) == (0, 0, 0, 0)
    assert sweep(local("2030-01-01 00:00")) == 0
    prove_now()


def test_points_that_wait_are_refunded_first_and_debt_is_paid_by_later_points() -> None:
    program(pending_days=14, expiry_months=6)
    thandi = customer()
    first, award = buy(thandi, 8_000_00, at=local("2025-05-01 09:30"))
    assert (award.points, award.balance) == (80, 0)
    services.adjust_points(
        customer=thandi, points=20, reason="goodwill", key="bonus", actor_id=None, now=local("2025-05-03 10:00")
    )
    assert buckets(thandi) == (80, 20, 0, 0)
    assert refund(first, 3_000_00, at=local("2025-05-10 12:00")).points == 30
    assert buckets(thandi) == (50, 20, 0, 0)
    assert sweep(local("2025-05-15 00:00")) == 1
    assert buckets(thandi) == (0, 70, 0, 0)
    services.adjust_points(
        customer=thandi, points=-60, reason="correction", key="spent", actor_id=None, now=local("2025-05-20 16:00")
    )
    assert open_lots(thandi) == [10]
    rest = refund(first, 5_000_00, at=local("2025-05-22 09:00"), key="rest")
    assert (rest.points, rest.debt, rest.balance) == (50, 40, 0)
    assert buckets(thandi) == (0, 0, 0, 40)
    buy(thandi, 2_500_00, at=local("2025-06-01 13:00"))
    assert buckets(thandi) == (25, 0, 0, 40)
    sweep(local("2025-06-15 00:00"))
    assert entries_of(thandi)[-2:] == [("activate", -25, 25, 0, 0), ("offset", 0, -25, 0, -25)]
    assert buckets(thandi) == (0, 0, 0, 15)
    services.adjust_points(
        customer=thandi, points=30, reason="goodwill", key="more", actor_id=None, now=local("2025-06-16 10:00")
    )
    assert entries_of(thandi)[-2:] == [("adjust", 0, 30, 0, 0), ("offset", 0, -15, 0, -15)]
    assert buckets(thandi) == (0, 15, 0, 0)
    sweep(local("2025-12-17 00:00"))
    assert entries_of(thandi)[-1] == ("expire", 0, -15, 0, 0)
    assert Lot.objects.get(purchase__order_id=first).reversed == 80
    prove_now()


def test_what_already_lapsed_is_not_taken_again() -> None:
    program(expiry_months=1)
    thandi = customer()
    order, _ = buy(thandi, 10_000_00, at=local("2025-01-10 10:00"))
    services.adjust_points(
        customer=thandi, points=-40, reason="correction", key="x", actor_id=None, now=local("2025-01-20 10:00")
    )
    sweep(local("2025-02-11 00:00"))
    assert buckets(thandi) == (0, 0, 0, 0)
    taken = refund(order, 10_000_00, at=local("2025-02-15 10:00"))
    assert (taken.points, taken.debt) == (40, 40)
    assert entries_of(thandi)[-1] == ("reverse", 0, 0, 0, 40)
    assert Purchase.objects.get(order_id=order).points_reversed == 40
    prove_now()


def test_an_idle_account_loses_everything_and_a_gift_does_not_wake_it() -> None:
    program(expiry_kind=Program.ExpiryKind.INACTIVITY, expiry_months=6)
    thandi = customer()
    buy(thandi, 3_000_00, at=local("2025-01-31 12:00"))
    buy(thandi, 1_000_00, at=local("2025-07-31 23:30"))
    services.adjust_points(
        customer=thandi, points=5, reason="goodwill", key="x", actor_id=None, now=local("2025-10-01 09:00")
    )
    assert services.balance_of(thandi, now=local("2026-01-31 23:59")).available == 45
    assert sweep(local("2026-01-31 23:59")) == 0
    assert sweep(local("2026-02-01 00:00")) == 1
    assert entries_of(thandi)[-1] == ("expire", 0, -45, 0, 0)
    assert buckets(thandi) == (0, 0, 0, 0)
    prove_now()


def test_a_refund_is_paid_from_its_own_points_before_the_others() -> None:
    program()
    thandi = customer()
    buy(thandi, 4_000_00, at=local("2025-02-01 10:00"))
    second, _ = buy(thandi, 6_000_00, at=local("2025-04-20 10:00"))
    services.adjust_points(
        customer=thandi, points=-70, reason="correction", key="x", actor_id=None, now=local("2025-05-05 10:00")
    )
    assert open_lots(thandi) == [30]
    taken = refund(second, 6_000_00, at=local("2025-05-06 10:00"))
    assert (taken.points, taken.debt) == (60, 30)
    buy(thandi, 5_000_00, at=local("2025-06-01 10:00"))
    assert entries_of(thandi)[-2:] == [("earn", 0, 50, 0, 0), ("offset", 0, -30, 0, -30)]
    assert buckets(thandi) == (0, 20, 0, 0)
    prove_now()


def test_a_forgiving_shop_writes_the_debt_off_at_once() -> None:
    program(clawback_policy=Program.Clawback.FORGIVE)
    thandi = customer()
    order, _ = buy(thandi, 1_000_00, at=local("2025-02-01 10:00"))
    services.adjust_points(
        customer=thandi, points=-10, reason="correction", key="x", actor_id=None, now=local("2025-02-02 10:00")
    )
    refund(order, 1_000_00, at=local("2025-02-03 10:00"))
    assert entries_of(thandi)[-2:] == [("reverse", 0, 0, 0, 10), ("write_off", 0, 0, 0, -10)]
    assert buckets(thandi) == (0, 0, 0, 0)
    prove_now()


def test_a_refund_goes_by_the_rate_of_the_purchase_not_by_todays() -> None:
    program()
    thandi = customer()
    order, _ = buy(thandi, 12_345_67, at=local("2025-02-01 10:00"))
    program(earn_points=10, status=Program.Status.PAUSED)
    parts = [
        refund(order, cents, at=local("2025-02-03 10:00"), key=str(cents + place)).points
        for place, cents in enumerate((2_345_67, 5_000_00, 5_000_00))
    ]
    assert parts == [23, 50, 50]


def test_nobody_spends_points_they_do_not_hold() -> None:
    program()
    thandi = customer()
    buy(thandi, 1_000_00, at=local("2025-02-01 10:00"))
    with pytest.raises(NotEnoughPoints, match="11 points are needed, 10 are there"):
        services.adjust_points(
            customer=thandi, points=-11, reason="fraud", key="x", actor_id=7, now=local("2025-02-02 10:00")
        )
    assert buckets(thandi) == (0, 10, 0, 0)
    again = services.adjust_points(
        customer=thandi, points=-10, reason="fraud", key="x", actor_id=7, now=local("2025-02-02 10:00")
    )
    assert (again.balance, again.replayed) == (0, False)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "paused"}, "not_live"),
        ({"currency": "EUR"}, "other_currency"),
        ({"minimum_minor": 10**9}, "below_minimum"),
    ],
)
def test_a_purchase_that_earns_nothing_is_kept_with_its_reason(change: dict[str, object], reason: str) -> None:
    program(**change)
    thandi = customer()
    order, award = buy(thandi, 1_000_00, at=local("2025-02-01 10:00"))
    assert (award.points, award.balance, award.reason) == (0, 0, reason)
    assert Purchase.objects.get(order_id=order).quote["reason"] == reason
    assert not Entry.objects.exists()
    prove_now()


def test_a_blocked_customer_earns_nothing() -> None:
    program()
    thandi = customer()
    thandi.is_blocked = True
    thandi.save()
    assert buy(thandi, 1_000_00, at=local("2025-02-01 10:00"))[1].reason == "member_blocked"
    assert not Entry.objects.exists()


def test_delivery_earns_nothing_and_a_discount_lowers_what_is_earned() -> None:
    program()
    thandi = customer()
    facts = [services.PurchaseLineFacts(1, 1, 1, 300_00), services.PurchaseLineFacts(2, 1, 1, 700_00)]
    common = {"customer": thandi, "lines": facts, "currency": "ZAR", "channel": "chat", "reference": "#1"}
    at = local("2025-02-01 10:00")
    with_delivery = services.award_purchase(order_id=1, total_cents=1_250_00, occurred_at=at, now=at, **common)
    discounted = services.award_purchase(order_id=2, total_cents=900_00, occurred_at=at, now=at, **common)
    assert (with_delivery.points, discounted.points) == (10, 9)
    kept = Purchase.objects.get(order_id=1)
    assert (kept.gross, kept.excluded, kept.basis) == (1_250_00, 250_00, 1_000_00)
    lines = Purchase.objects.get(order_id=2).lines.order_by("id").values_list("basis", "points")
    assert list(lines) == [(270_00, 3), (630_00, 6)]
    prove_now()
