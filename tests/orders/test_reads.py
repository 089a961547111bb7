"""What customers and the dashboard read about orders."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from orders.errors import UnknownOrder
from orders.fulfilment import mark_paid, move_order
from orders.models import Order
from orders.queries import (
    best_sellers,
    counts_by_state,
    delivery_terms,
    latest_order_of,
    order_of,
    order_with_history,
    orders_for_dashboard,
    sales_by_day,
    spending_of,
)
from orders.services import save_delivery_terms
from orders.tasks import expire_unpaid, expire_unpaid_everywhere
from tenants.context import in_public, inside
from tenants.models import Shop
from tests.trade import a_customer, a_product, order_for

pytestmark = pytest.mark.usefixtures("shop")


def test_customers_see_their_own_orders_only() -> None:
    thandi, zola, bread = a_customer(), a_customer("Zola"), a_product()
    first, second, hers = order_for(thandi, bread), order_for(thandi, bread), order_for(zola, bread)
    move_order(order_id=first.pk, to="cancelled", actor_kind="customer")
    assert latest_order_of(thandi) == second
    assert order_of(thandi, first.pk) == first
    with pytest.raises(UnknownOrder):
        order_of(thandi, hers.pk)
    assert latest_order_of(a_customer("Nobody")) is None


def test_the_dashboard_finds_orders_by_number_name_phone_and_state() -> None:
    thandi = a_customer("Thandi Nkosi", phone="+27821234567")
    bread = a_product()
    one, two = order_for(thandi, bread), order_for(a_customer("Zola", profile_name="Zo"), bread)
    mark_paid(order_id=two.pk, actor_kind="staff")
    found = lambda **facts: list(orders_for_dashboard(**facts))  # noqa: E731
    assert found() == [two, one]
    assert found(search=f"#{one.number}") == [one]
    assert found(search="nkosi") == [one]
    assert found(search="82 123 4567") == [one]
    assert found(search="082 123 4567") == [one]
    assert found(search="zo") == [two]
    assert found(search="9" * 30) == []
    assert found(state="paid") == [two]
    assert found(state="open") == [two, one]
    counts = counts_by_state()
    assert (counts["placed"], counts["paid"], counts["expired"]) == (1, 1, 0)
    assert set(counts) == set(Order.State.values)


def test_one_order_comes_with_its_history() -> None:
    order = order_for(a_customer(), a_product())
    mark_paid(order_id=order.pk, actor_kind="staff", actor_id=7, reason="Cash")
    shown = order_with_history(order.pk)
    assert [(event.to_state, event.actor_id, event.reason) for event in shown.events.all()] == [
        ("placed", None, ""),
        ("paid", 7, "Cash"),
    ]
    with pytest.raises(UnknownOrder):
        order_with_history(987654)


def test_sales_are_counted_by_the_shops_own_days_without_refunds() -> None:
    thandi, bread, tea = a_customer(), a_product(cents=100_00), a_product("Tea", cents=30_00)
    today = timezone.now().astimezone(inside_zone()).date()

    def days_ago(days: int, hour: int) -> datetime:
        day = today - timedelta(days=days)
        return datetime(day.year, day.month, day.day, hour, 30, tzinfo=inside_zone())

    for days, hour, variants in ((2, 0, [bread]), (2, 23, [bread, tea]), (1, 12, [tea])):
        mark_paid(order_id=order_for(thandi, *variants).pk, at=days_ago(days, hour), actor_kind="staff")
    gone = order_for(thandi, bread)
    mark_paid(order_id=gone.pk, at=days_ago(1, 13), actor_kind="staff")
    move_order(order_id=gone.pk, to="refunded", actor_kind="staff")
    since = today - timedelta(days=3)
    assert [(sales.day, sales.orders, sales.cents) for sales in sales_by_day(since)] == [
        (since, 0, 0),
        (since + timedelta(days=1), 2, 230_00),
        (since + timedelta(days=2), 1, 30_00),
        (today, 0, 0),
    ]
    assert [(best.name, best.quantity, best.cents) for best in best_sellers(since)] == [
        ("Sourdough", 2, 200_00),
        ("Tea", 2, 60_00),
    ]
    assert (spending_of(thandi).orders, spending_of(thandi).cents) == (3, 260_00)


def inside_zone() -> ZoneInfo:
    return ZoneInfo("Africa/Johannesburg")


def test_no_sales_is_a_row_of_zeros() -> None:
    today = timezone.now().astimezone(inside_zone()).date()
    assert [sales.cents for sales in sales_by_day(today)] == [0]
    assert best_sellers(date(2020, 1, 1)) == []


def test_terms_have_defaults_and_are_one_row() -> None:
    assert (delivery_terms().delivery_fee_cents, delivery_terms().hold_minutes) == (0, 60)
    for fee in (10_00, 20_00):
        save_delivery_terms(
            delivery_enabled=True,
            delivery_fee_cents=fee,
            free_delivery_over_cents=None,
            collection_enabled=False,
            collection_address="",
            minimum_cents=0,
            hold_minutes=30,
        )
    assert (delivery_terms().delivery_fee_cents, delivery_terms().collection_enabled) == (20_00, False)


def test_the_expiry_task_works_inside_its_shop_and_is_queued_where_it_is_due(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = order_for(a_customer(), a_product(), at=timezone.now() - timedelta(hours=2))
    queued: list[int] = []
    monkeypatch.setattr(expire_unpaid, "delay", lambda *, shop_id: queued.append(shop_id))
    with in_public():
        assert expire_unpaid_everywhere() == 1
        assert queued == [shop.pk]
        assert expire_unpaid(shop_id=shop.pk) == 1
    with inside(shop):
        assert Order.objects.get(pk=order.pk).state == "expired"
    with in_public():
        assert expire_unpaid_everywhere() == 0
