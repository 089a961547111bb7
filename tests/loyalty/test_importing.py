"""A shop that moves in keeps its customers' points."""

import pytest

from loyalty import services
from loyalty.models import Customer, Operation
from loyalty.proof import prove
from loyalty.services import PastPurchase, PurchaseLineFacts, import_purchases
from tests.loyalty.people import buckets, customer, entries_of, local, program, prove_now, refund

pytestmark = pytest.mark.usefixtures("in_shop")


def past(who: Customer, order_id: int, cents: int, at: str) -> PastPurchase:
    return PastPurchase(
        customer_id=who.pk,
        order_id=order_id,
        reference=f"#{order_id}",
        lines=(PurchaseLineFacts(1, 1, 1, cents),),
        total_cents=cents,
        currency="ZAR",
        occurred_at=local(at),
        channel="chat",
    )


def award_again(purchase: PastPurchase, who: Customer) -> services.awards.Award:
    return services.award_purchase(
        customer=who,
        order_id=purchase.order_id,
        reference=purchase.reference,
        lines=list(purchase.lines),
        total_cents=purchase.total_cents,
        currency="ZAR",
        occurred_at=purchase.occurred_at,
        channel="chat",
    )


def test_an_imported_history_is_the_one_that_would_have_been_lived() -> None:
    program(expiry_months=6, pending_days=3)
    lived, moved = customer(), customer()
    history = [(1, 5_000_00, "2025-01-15 10:00"), (2, 99_00, "2025-03-01 10:00"), (3, 7_000_00, "2025-06-01 10:00")]
    for order_id, cents, at in history:
        services.award_purchase(
            customer=lived,
            order_id=order_id,
            reference="",
            lines=[PurchaseLineFacts(1, 1, 1, cents)],
            total_cents=cents,
            currency="ZAR",
            occurred_at=local(at),
            channel="chat",
            now=local(at),
        )
    services.settle_due(now=local("2025-09-01 00:00"))
    awards = import_purchases(
        [past(moved, 100 + order_id, cents, at) for order_id, cents, at in reversed(history)],
        now=local("2025-09-01 00:00"),
    )
    assert {order_id: award.points for order_id, award in awards.items()} == {101: 50, 102: 0, 103: 70}
    assert entries_of(moved) == entries_of(lived)
    assert buckets(moved) == buckets(lived) == (0, 70, 0, 0)
    prove_now()
    assert prove().findings == []


def test_a_long_history_is_taken_over_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    program()
    monkeypatch.setattr("loyalty.services.importing.CUSTOMERS_AT_ONCE", 3)
    people = [customer(f"Person {place}") for place in range(8)]
    history = [past(who, place, 1_000_00, "2025-01-15 10:00") for place, who in enumerate(people * 2)]
    awards = import_purchases(history, now=local("2025-02-01 10:00"))
    assert {award.points for award in awards.values()} == {10}
    assert [buckets(who) for who in people] == [(0, 20, 0, 0)] * 8
    prove_now()
    assert prove().findings == []


def test_importing_again_changes_nothing_and_an_order_is_never_awarded_twice() -> None:
    program()
    who = customer()
    purchase = past(who, 7, 5_000_00, "2025-01-15 10:00")
    now = local("2025-02-01 10:00")
    assert import_purchases([purchase], now=now)[7].points == 50
    assert import_purchases([purchase], now=now) == {}
    again = award_again(purchase, who)
    assert (again.points, again.balance, again.replayed) == (50, 50, True)
    assert Operation.objects.count() == 1
    assert refund(7, 5_000_00, at=now).points == 50
    assert buckets(who) == (0, 0, 0, 0)
    prove_now()
