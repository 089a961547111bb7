"""How an order moves. The only writer of `Order.state`: every move is a compare-and-set with an event row."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from catalog import stock
from loyalty import services as loyalty
from orders.errors import MoveNotAllowed, UnknownOrder
from orders.models import Order, OrderEvent
from orders.signals import order_moved, order_paid
from tenants.live import announce

State = Order.State
Actor = OrderEvent.Actor

MOVES: dict[str, tuple[State, ...]] = {
    State.DRAFT: (State.PLACED, State.CANCELLED),
    State.PLACED: (State.PAID, State.CANCELLED, State.EXPIRED),
    # A payment may arrive after the hold ended; if the goods are still there the order lives again.
    State.EXPIRED: (State.PAID,),
    State.PAID: (State.PREPARING, State.READY, State.SHIPPED, State.DELIVERED, State.REFUNDED),
    State.PREPARING: (State.READY, State.SHIPPED, State.DELIVERED, State.REFUNDED),
    State.READY: (State.SHIPPED, State.DELIVERED, State.REFUNDED),
    State.SHIPPED: (State.DELIVERED, State.REFUNDED),
    State.DELIVERED: (State.REFUNDED,),
    State.CANCELLED: (),
    State.REFUNDED: (),
}
# Goods that never left the shop go back to the shelf when the money goes back.
IN_THE_SHOP = (State.PAID, State.PREPARING, State.READY)


def moves_open_to(order: Order) -> tuple[State, ...]:
    """Where `order` may go next, in the order of a shop's day. Nothing is shipped that will be collected."""
    moves = MOVES[order.state]
    if order.fulfilment == Order.Fulfilment.COLLECTION:
        return tuple(move for move in moves if move != State.SHIPPED)
    return moves


@transaction.atomic
def move_order(
    *,
    order_id: int,
    to: str,
    actor_kind: str,
    actor_id: int | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> Order:
    """Move an order one step. Paid, cancelled, expired and refunded also move its stock and points.

    Locks the order, then its variants. Refuses: `MoveNotAllowed`, `UnknownOrder`, and `OutOfStock` when an expired
    order is paid and its goods are gone.
    """
    order = lock_order(order_id)
    return _move(order, to, actor_kind=actor_kind, actor_id=actor_id, reason=reason, at=at or timezone.now())


@transaction.atomic
def mark_paid(
    *,
    order_id: int,
    at: datetime | None = None,
    actor_kind: str = Actor.GATEWAY,
    actor_id: int | None = None,
    reason: str = "",
) -> Order:
    """The money is there: sell the stock, award points, tell the news. An order that is paid already is returned as is.

    Refuses: `MoveNotAllowed` for a cancelled order, `OutOfStock` for an expired one whose goods are gone.
    """
    order = lock_order(order_id)
    if order.is_paid:
        return order
    return _move(order, State.PAID, actor_kind=actor_kind, actor_id=actor_id, reason=reason, at=at or timezone.now())


def cancel_order(
    *, order_id: int, actor_kind: str, actor_id: int | None = None, reason: str = "", at: datetime | None = None
) -> Order:
    """Give up an order that is not paid and release its stock. Refuses: `MoveNotAllowed`, `UnknownOrder`."""
    return move_order(
        order_id=order_id, to=State.CANCELLED, actor_kind=actor_kind, actor_id=actor_id, reason=reason, at=at
    )


def expire_unpaid(*, now: datetime | None = None, limit: int = 200) -> int:
    """Expire orders whose hold has ended, each in a transaction of its own; returns how many."""
    now = now or timezone.now()
    expired = 0
    for order_id in Order.objects.overdue(now).order_by("expires_at").values_list("id", flat=True)[:limit]:
        expired += _expire(order_id, now)
    return expired


@transaction.atomic
def _expire(order_id: int, now: datetime) -> int:
    """Skips an order that somebody else holds or that was paid meanwhile."""
    order = Order.objects.select_for_update(skip_locked=True).overdue(now).filter(pk=order_id).first()
    if order is None:
        return 0
    _move(order, State.EXPIRED, actor_kind=Actor.SYSTEM, actor_id=None, reason="", at=now)
    return 1


def lock_order(order_id: int) -> Order:
    """The order, locked until the transaction ends: the first lock of everybody who changes it."""
    order = Order.objects.select_for_update(of=("self",)).select_related("customer").filter(pk=order_id).first()
    if order is None:
        raise UnknownOrder(f"There is no order {order_id}.")
    return order


def _move(order: Order, to: str, *, actor_kind: str, actor_id: int | None, reason: str, at: datetime) -> Order:
    before = order.state
    if to not in moves_open_to(order):
        raise MoveNotAllowed(order.number, before, to)
    changes: dict[str, object] = {"state": State(to)}
    if to == State.PAID:
        changes["paid_at"] = at
    if to == State.REFUNDED:
        changes["refunded_cents"] = order.total_cents
    if not Order.objects.filter(pk=order.pk, state=before).update(**changes):
        raise MoveNotAllowed(order.number, before, to)
    for name, value in changes.items():
        setattr(order, name, value)
    OrderEvent.objects.create(
        order=order,
        from_state=before,
        to_state=to,
        actor_kind=actor_kind,
        actor_id=actor_id,
        reason=reason[:300],
        at=at,
    )
    _follow(order, before, at)
    tell(order, before)
    return order


def tell(order: Order, before: str) -> None:
    """The news of a move, for the rooms above and for open pages."""
    order_moved.send(sender=Order, order=order, from_state=before, to_state=order.state)
    announce("orders")
    announce(f"order-{order.pk}")


def _follow(order: Order, before: str, at: datetime) -> None:
    """What a move means for stock and points."""
    match order.state:
        case State.PAID:
            _settle(order, before, at)
        case State.CANCELLED | State.EXPIRED:
            stock.release(order_ref=order.stock_ref)
        case State.REFUNDED:
            if before in IN_THE_SHOP:
                stock.take_back(order_ref=order.stock_ref)
            loyalty.reverse_award(
                order_id=order.pk, refunded_cents=order.total_cents, refund_key=f"order:{order.pk}:refunded"
            )


def _settle(order: Order, before: str, at: datetime) -> None:
    lines = list(order.lines.select_related("variant__product").order_by("variant_id"))
    if before == State.EXPIRED:
        stock.reserve(
            lines={line.variant_id: line.quantity for line in lines}, order_ref=order.stock_ref, expires_at=at
        )
    stock.sell(order_ref=order.stock_ref)
    facts = [
        loyalty.PurchaseLineFacts(
            product_id=line.variant.product_id,
            category_id=line.variant.product.category_id,
            quantity=line.quantity,
            gross_cents=line.total_cents,
        )
        for line in lines
    ]
    award = loyalty.award_purchase(
        customer=order.customer,
        order_id=order.pk,
        reference=f"#{order.number}",
        lines=facts,
        total_cents=order.total_cents,
        currency=order.currency,
        occurred_at=at,
        channel=order.source,
    )
    order_paid.send(sender=Order, order=order, award=award)
