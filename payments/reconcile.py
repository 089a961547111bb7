"""Proves this room: each finding is one sentence, none is good."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from orders.models import Order, OrderEvent
from payments.models import GatewayEvent, PaymentAttempt, PaymentLink

PAID_STATES = ("paid", "part_refunded", "refunded")
PATIENCE = timedelta(hours=1)


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
    overdue = GatewayEvent.objects.filter(processed_at__isnull=True, received_at__lt=timezone.now() - PATIENCE)
    for event in overdue.order_by("id"):
        yield f"Notification {event.pk} waits since {event.received_at:%Y-%m-%d %H:%M}."
