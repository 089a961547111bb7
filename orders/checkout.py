"""From basket to order: prices are read again, stock is reserved, the basket is emptied, all in one transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from catalog import stock
from loyalty.models import Customer
from orders.errors import AddressMissing, BasketEmpty, BelowMinimum, FulfilmentNotOffered, NotOnSale, PriceChanged
from orders.fulfilment import tell
from orders.models import Basket, BasketLine, DeliveryTerms, Order, OrderEvent, OrderLine
from orders.pricing import Price, PricedLine, price_order
from orders.queries import delivery_terms
from orders.signals import order_placed
from shopme.lib.text import clean_text
from tenants.context import current_shop


def quote(*, customer: Customer, fulfilment: str) -> Price:
    """What the basket of `customer` would cost now. Refuses: `BasketEmpty`, `NotOnSale`, `FulfilmentNotOffered`."""
    terms = delivery_terms()
    _must_offer(terms, fulfilment)
    return _price(_lines_of(customer), terms, fulfilment)


@transaction.atomic
def place_order(  # noqa: PLR0913 - an order is that many facts
    *,
    customer: Customer,
    fulfilment: str,
    source: str,
    source_key: str,
    address: str = "",
    latitude: float | None = None,
    longitude: float | None = None,
    note: str = "",
    language: str = "en",
    expected_total_cents: int | None = None,
    at: datetime | None = None,
) -> Order:
    """Order what is in the basket. Asking again with the same `source_key` returns the same order.

    Locks the basket first, then the variants in the order of their ids. Refuses: `BasketEmpty`, `NotOnSale`,
    `FulfilmentNotOffered`, `AddressMissing`, `BelowMinimum`, `PriceChanged`, `OutOfStock`.
    """
    at = at or timezone.now()
    Basket.objects.select_for_update().filter(customer=customer).first()
    if earlier := Order.objects.filter(source_key=source_key).first():
        return earlier
    terms = delivery_terms()
    order = Order(
        customer=customer,
        state=Order.State.PLACED,
        fulfilment=fulfilment,
        address_text=clean_text(address, limit=500).strip(),
        latitude=latitude,
        longitude=longitude,
        note=clean_text(note, limit=500).strip(),
        language=language,
        source=source,
        source_key=source_key,
        placed_at=at,
        expires_at=at + timedelta(minutes=terms.hold_minutes),
    )
    _must_offer(terms, fulfilment)
    _must_reach(order)
    lines = _lines_of(customer)
    price = _price(lines, terms, fulfilment)
    _must_agree(price, terms, expected_total_cents)
    _keep(order, lines, price)
    return order


def _must_offer(terms: DeliveryTerms, fulfilment: str) -> None:
    offered = {"delivery": terms.delivery_enabled, "collection": terms.collection_enabled}
    if not offered.get(fulfilment, False):
        raise FulfilmentNotOffered(fulfilment)


def _must_reach(order: Order) -> None:
    if order.fulfilment == Order.Fulfilment.DELIVERY and not order.address_text and order.latitude is None:
        raise AddressMissing


def _must_agree(price: Price, terms: DeliveryTerms, expected_total_cents: int | None) -> None:
    if price.subtotal_cents < terms.minimum_cents:
        raise BelowMinimum(minimum_cents=terms.minimum_cents, subtotal_cents=price.subtotal_cents)
    if expected_total_cents is not None and expected_total_cents != price.total_cents:
        raise PriceChanged(new_total=price.total_cents)


def _lines_of(customer: Customer) -> list[BasketLine]:
    """The basket's lines with their variants as they are now, in the order of the variants' ids."""
    rows = BasketLine.objects.filter(basket__customer=customer).select_related("variant__product")
    lines = list(rows.order_by("variant_id"))
    if not lines:
        raise BasketEmpty
    for line in lines:
        if not (line.variant.is_active and line.variant.product.is_on_sale):
            raise NotOnSale(line.variant.product.name)
    return lines


def _price(lines: Sequence[BasketLine], terms: DeliveryTerms, fulfilment: str) -> Price:
    return price_order([_priced(line) for line in lines], terms, fulfilment)


def _priced(line: BasketLine) -> PricedLine:
    variant, product = line.variant, line.variant.product
    return PricedLine(
        unit_cents=variant.price_cents,
        quantity=line.quantity,
        label=product.name,
        key=variant.pk,
        product_id=product.pk,
        category_id=product.category_id,
    )


def _keep(order: Order, lines: Sequence[BasketLine], price: Price) -> None:
    """Write the order, promise its pieces, empty the basket and tell the news."""
    order.currency = current_shop().currency
    order.subtotal_cents, order.delivery_cents = price.subtotal_cents, price.delivery_cents
    order.discount_cents, order.total_cents = price.discount_cents, price.total_cents
    order.trace = list(price.trace)
    order.save(force_insert=True)
    if order.expires_at is None:
        raise ValueError("A placed order holds stock until a moment.")
    wanted = {line.variant_id: line.quantity for line in lines}
    stock.reserve(lines=wanted, order_ref=order.stock_ref, expires_at=order.expires_at)
    OrderLine.objects.bulk_create([_copy(order, line) for line in lines])
    BasketLine.objects.filter(pk__in=[line.pk for line in lines]).delete()
    OrderEvent.objects.create(
        order=order,
        to_state=order.state,
        actor_kind=OrderEvent.Actor.CUSTOMER,
        at=order.placed_at or timezone.now(),
    )
    order_placed.send(sender=Order, order=order)
    tell(order, "")


def _copy(order: Order, line: BasketLine) -> OrderLine:
    variant = line.variant
    return OrderLine(
        order=order,
        variant=variant,
        name=variant.product.name,
        variant_name=variant.name,
        unit_cents=variant.price_cents,
        quantity=line.quantity,
        total_cents=variant.price_cents * line.quantity,
        image_key=variant.product.image_key,
    )
