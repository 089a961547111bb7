"""Proves this room: each finding is one sentence, none is good."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from orders.models import Order, OrderEvent
from payments.models import GatewayEvent, PaymentAttempt, PaymentDifference, PaymentLink, Refund
from payments.models.money import MONEY_GONE

PAID_STATES = ("paid", "part_refunded", "refunded")
PATIENCE = timedelta(hours=1)
NEWS_LATEST = timedelta(days=1)


def findings() -> Iterator[str]:
    """What does not add up between orders and the money received for them."""
    attempts = PaymentAttempt.objects.filter(order=OuterRef("pk"), state__in=PAID_STATES)
    by_hand = OrderEvent.objects.filter(order=OuterRef("pk"), to_state="paid").exclude(actor_kind="gateway")
    unfounded = Order.objects.filter(~Exists(attempts), ~Exists(by_hand), paid_at__isnull=False)
    for order in unfounded.order_by("id"):
        yield f"Order #{order.number} is paid without a payment and without somebody who said so."
    uncredited = PaymentAttempt.objects.filter(state__in=PAID_STATES, order__paid_at__isnull=True)
    for attempt in uncredited.select_related("order").order_by("id"):
        yield f"Attempt {attempt.pk} is paid, its order #{attempt.order.number} is not."
    used = PaymentLink.objects.filter(state=PaymentLink.State.USED, order__paid_at__isnull=True)
    for link in used.order_by("id"):
        yield f"Link {link.pk} is used, its order is not paid."
    yield from _refunds()
    for found in PaymentDifference.objects.filter(settled_at=None).order_by("id"):
        yield f"Payment {found.gateway_payment_id}: {found.get_kind_display()}."
    overdue = GatewayEvent.objects.filter(processed_at__isnull=True, received_at__lt=timezone.now() - PATIENCE)
    for event in overdue.order_by("id"):
        yield f"Notification {event.pk} waits since {event.received_at:%Y-%m-%d %H:%M}."


def _refunds() -> Iterator[str]:
    """Between what came, what went back, and what order and attempt say of it."""
    done = Sum("refunds__amount_cents", filter=Q(refunds__state="succeeded"))
    gone = Sum("refunds__amount_cents", filter=Q(refunds__state__in=MONEY_GONE))
    rows = PaymentAttempt.objects.annotate(done=Coalesce(done, 0), gone=Coalesce(gone, 0))
    rows = rows.filter(Q(gone__gt=0) | Q(state__in=PAID_STATES[1:])).order_by("id")
    columns = ("id", "state", "received_cents", "done", "gone", "order__number", "order__refunded_cents")
    for attempt_id, state, received, went, may_have_gone, number, said in rows.values_list(*columns):
        came = received or 0
        if may_have_gone > came:
            yield f"Attempt {attempt_id}: {may_have_gone} was given back of {came}."
        if state in PAID_STATES and state != _state_for(went, came):
            yield f"Attempt {attempt_id} is {state}, and {went} of {came} went back."
        if state in PAID_STATES and said < went:
            yield f"Order #{number} says {said} went back, its payment {went}."
    unknown = Refund.objects.filter(state__in=["requested", "unknown"], created_at__lt=timezone.now() - NEWS_LATEST)
    for refund in unknown.select_related("attempt__order").order_by("id"):
        yield f"Refund {refund.pk} of order #{refund.attempt.order.number}: nobody knows whether it was sent."


def _state_for(done: int, came: int) -> str:
    if done <= 0:
        return "paid"
    return "refunded" if done >= came else "part_refunded"
