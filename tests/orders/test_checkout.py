"""From basket to order: what is written, what is refused, and that a refusal leaves everything as it was."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.dispatch import Signal

from catalog.models import Product, Reservation, Variant
from catalog.stock import OutOfStock
from orders.basket import add_to_basket, basket_of
from orders.checkout import quote
from orders.errors import AddressMissing, BasketEmpty, BelowMinimum, FulfilmentNotOffered, NotOnSale, PriceChanged
from orders.models import DeliveryTerms, Order
from orders.signals import order_moved, order_placed
from tenants.models import Shop
from tests.trade import NOON, a_customer, a_product, fresh, order_for, place

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def terms(shop: Shop) -> DeliveryTerms:
    return DeliveryTerms.objects.create(
        delivery_fee_cents=35_00, free_delivery_over_cents=300_00, minimum_cents=50_00, hold_minutes=45
    )


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """Which signals were sent, in order."""
    names: list[str] = []

    def listener(signal: Signal, **news: Any) -> None:
        names.append("placed" if signal is order_placed else f"{news['from_state']}→{news['to_state']}")

    for signal in (order_placed, order_moved):
        signal.connect(listener)
    yield names
    for signal in (order_placed, order_moved):
        signal.disconnect(listener)


def nothing_happened() -> bool:
    return not Order.objects.exists() and not Reservation.objects.exists()


@pytest.mark.usefixtures("terms")
def test_an_order_keeps_what_was_quoted_holds_its_stock_and_empties_the_basket(heard: list[str]) -> None:
    thandi, bread, tea = a_customer(), a_product(stock=5), a_product("Tea", cents=30_00)
    add_to_basket(customer=thandi, variant_id=bread.pk, quantity=2)
    add_to_basket(customer=thandi, variant_id=tea.pk)
    order = place(
        thandi,
        fulfilment="delivery",
        address="12 Long Street\x00",
        note="Ring twice",
        expected_total_cents=155_00,
        at=NOON,
    )
    order.refresh_from_db()
    assert (order.subtotal_cents, order.delivery_cents, order.total_cents) == (120_00, 35_00, 155_00)
    assert (order.state, order.currency, order.address_text, order.note) == (
        "placed", "ZAR", "12 Long Street", "Ring twice",
    )  # fmt: skip
    assert (order.placed_at, order.expires_at) == (NOON, NOON + timedelta(minutes=45))
    assert [(line.name, line.unit_cents, line.quantity, line.total_cents) for line in order.lines.all()] == [
        ("Sourdough", 45_00, 2, 90_00),
        ("Tea", 30_00, 1, 30_00),
    ]
    assert (fresh(bread).on_hand, fresh(bread).reserved) == (5, 2)
    assert basket_of(thandi).is_empty
    assert [(event.from_state, event.to_state, event.actor_kind) for event in order.events.all()] == [
        ("", "placed", "customer")
    ]
    assert heard == ["placed", "→placed"]


def test_order_numbers_count_up_from_1001_without_gaps_in_a_quiet_shop() -> None:
    bread, thandi = a_product(), a_customer()
    first, second = order_for(thandi, bread), order_for(thandi, bread)
    assert second.number == first.number + 1
    assert first.number >= 1001


def test_the_same_wish_twice_is_one_order() -> None:
    thandi, bread = a_customer(), a_product(stock=5)
    first = order_for(thandi, bread, source_key="chat:1:wamid.A")
    add_to_basket(customer=thandi, variant_id=bread.pk)
    assert place(thandi, source_key="chat:1:wamid.A").pk == first.pk
    assert (Order.objects.count(), fresh(bread).reserved, basket_of(thandi).count) == (1, 1, 1)


def test_a_location_is_address_enough() -> None:
    order = order_for(a_customer(), a_product(), fulfilment="delivery", latitude=-33.92, longitude=18.42)
    assert (order.latitude, order.longitude, order.address_text) == (-33.92, 18.42, "")


def test_delivery_without_a_place_is_refused() -> None:
    with pytest.raises(AddressMissing):
        order_for(a_customer(), a_product(), fulfilment="delivery", address="   ")
    assert nothing_happened()


def test_an_empty_basket_is_refused() -> None:
    with pytest.raises(BasketEmpty):
        place(a_customer())
    assert nothing_happened()


@pytest.mark.usefixtures("terms")
def test_an_order_below_the_minimum_is_refused() -> None:
    with pytest.raises(BelowMinimum) as refusal:
        order_for(a_customer(), a_product(cents=49_99))
    assert (refusal.value.minimum_cents, refusal.value.short_by_cents) == (50_00, 1)
    assert nothing_happened()


def test_a_way_the_shop_does_not_offer_is_refused() -> None:
    DeliveryTerms.objects.create(delivery_enabled=False)
    with pytest.raises(FulfilmentNotOffered, match="does not offer delivery"):
        order_for(a_customer(), a_product(), fulfilment="delivery", address="12 Long Street")
    assert nothing_happened()


def test_a_price_that_changed_meanwhile_is_told_before_anything_is_promised() -> None:
    thandi, bread = a_customer(), a_product(stock=5)
    add_to_basket(customer=thandi, variant_id=bread.pk)
    agreed = quote(customer=thandi, fulfilment="collection").total_cents
    Variant.objects.filter(pk=bread.pk).update(price_cents=50_00)
    with pytest.raises(PriceChanged) as refusal:
        place(thandi, expected_total_cents=agreed)
    assert refusal.value.new_total == 50_00
    assert nothing_happened()
    assert place(thandi, expected_total_cents=50_00).total_cents == 50_00


def test_what_was_taken_off_the_shelf_is_refused_by_name() -> None:
    thandi, bread = a_customer(), a_product()
    add_to_basket(customer=thandi, variant_id=bread.pk)
    Product.objects.update(status="archived")
    with pytest.raises(NotOnSale, match="Sourdough"):
        place(thandi)
    assert nothing_happened()
    assert basket_of(thandi).lines[0].is_on_sale is False


def test_what_sold_out_meanwhile_is_refused_and_the_basket_stays() -> None:
    thandi, zola, bread = a_customer(), a_customer("Zola"), a_product(stock=1)
    add_to_basket(customer=thandi, variant_id=bread.pk)
    order_for(zola, bread)
    with pytest.raises(OutOfStock, match="sold out"):
        place(thandi)
    assert Order.objects.filter(customer=thandi).count() == 0
    assert (fresh(bread).reserved, basket_of(thandi).count) == (1, 1)
