"""What customers and operators read about points and people."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty import people, queries, services
from loyalty.models import Account, Address, Customer
from tests.loyalty.people import buy, customer, local, program, refund

pytestmark = pytest.mark.usefixtures("in_shop")


def test_a_balance_counts_what_is_due_but_not_yet_written() -> None:
    program(pending_days=7, expiry_months=1)
    thandi = customer()
    buy(thandi, 1_000_00, at=local("2025-01-10 10:00"))
    buy(thandi, 2_000_00, at=local("2025-01-15 10:00"))
    early = services.balance_of(thandi, now=local("2025-01-16 23:59"))
    assert (early.available, early.pending, early.next_expiry_at) == (0, 30, None)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        later = services.balance_of(thandi, now=local("2025-01-23 08:00"))
    assert len(seen) == 3
    assert (later.available, later.pending, later.next_expiry_points) == (30, 0, 10)
    assert later.next_expiry_at == local("2025-02-18 00:00")
    assert str(later.last_good_on) == "2025-02-17"
    assert services.balance_of(thandi, now=local("2025-03-01 08:00")).available == 0
    assert Account.objects.get(customer=thandi).pending == 30  # reading wrote nothing


def test_a_stranger_has_no_points_and_no_account() -> None:
    thandi = customer()
    assert services.balance_of(thandi) == services.balances.NO_POINTS
    assert queries.history_of(thandi) == []
    assert not Account.objects.exists()


def test_the_history_tells_what_a_customer_would_call_a_change() -> None:
    program(pending_days=7)
    thandi = customer()
    order, _ = buy(thandi, 1_000_00, at=local("2025-01-10 10:00"), order_id=9_001)
    services.settle_due(now=local("2025-01-20 10:00"))
    refund(order, 500_00, at=local("2025-01-21 10:00"))
    services.adjust_points(
        customer=thandi, points=3, reason="goodwill", key="x", actor_id=None, now=local("2025-01-22 10:00")
    )
    history = [(line.points, line.kind, line.label) for line in queries.history_of(thandi)]
    assert history == [(3, "adjust", ""), (-5, "reverse", "#9001"), (10, "earn", "#9001")]
    assert len(queries.history_of(thandi, limit=1)) == 1


def test_customers_are_found_by_name_and_phone_with_their_points() -> None:
    program()
    thandi = Customer.objects.create(name="Thandi Nkosi", phone="+27821234567")
    Customer.objects.create(profile_name="Amara", phone="+2348025550148")
    buy(thandi, 1_000_00, at=local("2025-01-10 10:00"))
    assert [(who.display_name, who.points) for who in queries.customers_for_dashboard("nkosi")] == [
        ("Thandi Nkosi", 10)
    ]
    assert [who.display_name for who in queries.customers_for_dashboard("082 123")] == ["Thandi Nkosi"]
    assert {who.points for who in queries.customers_for_dashboard()} == {0, 10}


def test_an_address_used_again_becomes_the_newest_instead_of_a_second_row() -> None:
    thandi = customer()
    people.remember_address(customer=thandi, text="3 Long St", at=local("2025-01-10 10:00"))
    people.remember_address(customer=thandi, text="8 Kloof St", at=local("2025-01-11 10:00"))
    people.remember_address(customer=thandi, text="3 Long St", at=local("2025-01-12 10:00"))
    assert list(Address.objects.values_list("text", flat=True)) == ["3 Long St", "8 Kloof St"]
