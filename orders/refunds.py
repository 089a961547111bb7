"""What money given back means for an order: points go back in proportion, and with the last cent the order is refunded."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from loyalty import services as loyalty
from orders.fulfilment import lock_order, move_order, moves_open_to
from orders.models import Order, OrderEvent
from tenants.live import announce


@transaction.atomic
def take_refund(
    *,
    order_id: int,
    amount_cents: int,
    refund_key: str,
    reason: str = "",
    at: datetime | None = None,
) -> Order:
    """Write down that so much was given back; never more than was paid. The caller does this once per refund.

    Locks the order, then its variants. An order refunded by hand before stays as it is.
    """
    at = at or timezone.now()
    order = lock_order(order_id)
    left = order.total_cents - order.refunded_cents
    if left <= 0:
        return order
    if amount_cents >= left and Order.State.REFUNDED in moves_open_to(order):
        return move_order(
            order_id=order.pk,
            to=Order.State.REFUNDED,
            actor_kind=OrderEvent.Actor.GATEWAY,
            reason=reason,
            at=at,
        )
    order.refunded_cents += min(amount_cents, left)
    order.save(update_fields=["refunded_cents"])
    loyalty.reverse_award(order_id=order.pk, refunded_cents=min(amount_cents, left), refund_key=refund_key, now=at)
    announce("orders")
    announce(f"order-{order.pk}")
    return order
