"""Proves this room: each finding is one sentence, none is good."""

from collections.abc import Iterator

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from catalog.models import Reservation
from orders.models import Order, OrderEvent

RESERVED = {
    "placed": Reservation.State.HELD,
    "paid": Reservation.State.SOLD,
    "cancelled": Reservation.State.RELEASED,
    "expired": Reservation.State.RELEASED,
}


def findings() -> Iterator[str]:
    """What does not add up among this shop's orders."""
    yield from _totals()
    yield from _moves()
    yield from _stock()


def _totals() -> Iterator[str]:
    rows = Order.objects.annotate(summed=Coalesce(Sum("lines__total_cents"), 0)).exclude(summed=F("subtotal_cents"))
    for number, summed, said in rows.order_by("id").values_list("number", "summed", "subtotal_cents"):
        yield f"Order #{number}: lines sum to {summed}, the order says {said}."


def _moves() -> Iterator[str]:
    """The newest event names the state, and each event starts where the one before ended."""
    state, number = "", 0
    current: tuple[int, str] | None = None
    rows = OrderEvent.objects.order_by("order_id", "id").values_list(
        "order_id", "from_state", "to_state", "order__state", "order__number"
    )
    for order_id, from_state, to_state, order_state, order_number in rows.iterator():
        if current and current[0] != order_id:
            yield from _last_move(number, state, current[1])
        if current and current[0] == order_id and from_state != state:
            yield f"Order #{order_number}: a move starts at {from_state} where the one before ended at {state}."
        current, state, number = (order_id, order_state), to_state, order_number
    if current:
        yield from _last_move(number, state, current[1])


def _last_move(number: int, reached: str, order_state: str) -> Iterator[str]:
    if reached != order_state:
        yield f"Order #{number}: its moves end at {reached}, the order says {order_state}."


def _stock() -> Iterator[str]:
    """Pieces of an order are held, sold or released as its state asks."""
    refs = {f"order:{pk}": (number, state) for pk, number, state in _orders_with_promise()}
    rows = Reservation.objects.filter(Q(order_ref__startswith="order:")).values_list("order_ref", "state")
    for order_ref, state in rows.iterator():
        number, order_state = refs.get(order_ref, (0, ""))
        wanted = RESERVED.get(order_state)
        if wanted and state != wanted:
            yield f"Order #{number} is {order_state} and its stock is {state}."


def _orders_with_promise() -> Iterator[tuple[int, int, str]]:
    yield from Order.objects.filter(state__in=RESERVED).values_list("id", "number", "state").iterator()
