"""Asking the gateway ourselves: on a schedule, and when a customer comes back. News may get lost, questions do not."""

from datetime import datetime, timedelta

import structlog
from django.db.models import F, Q
from django.utils import timezone

from orders.models import Order
from payments.accounts import gateway_for
from payments.applying import apply_result
from payments.gateways.base import AttemptRef, GatewayError, GatewayResult
from payments.models import PaymentAttempt
from payments.models.money import OPEN_ATTEMPTS

log = structlog.get_logger(__name__)

# Counted from the attempt's beginning. After the last question it is given up, softly.
SCHEDULE = tuple(timedelta(minutes=minutes) for minutes in (2, 5, 10, 20, 40, 70)) + tuple(
    timedelta(hours=hours) for hours in (3, 12, 24, 72)
)
BREATH = timedelta(seconds=2)
# One more question right before the order's hold on stock ends.
BEFORE_EXPIRY = timedelta(seconds=90)


def first_poll_at(created_at: datetime) -> datetime:
    """When a new attempt is asked about first."""
    return created_at + SCHEDULE[0]


def next_poll_at(created_at: datetime, polls: int, *, now: datetime, hold_ends_at: datetime | None) -> datetime | None:
    """When to ask again after `polls` questions; None if there were enough. Never waits past the end of the hold."""
    upcoming = [created_at + after for after in SCHEDULE[polls:] if created_at + after > now]
    last_chance = hold_ends_at - BEFORE_EXPIRY if hold_ends_at else None
    if last_chance and last_chance > now:
        upcoming.append(last_chance)
    return min(upcoming, default=None)


def poll_open_attempts(*, now: datetime | None = None, limit: int = 100) -> int:
    """Ask about every attempt that is due; returns how many were asked about. Not inside a transaction."""
    now = now or timezone.now()
    due = PaymentAttempt.objects.filter(next_poll_at__lte=now).select_related("order", "account")
    asked = 0
    for attempt in due.order_by("next_poll_at")[:limit]:
        again_at = next_poll_at(attempt.created_at, attempt.polls + 1, now=now, hold_ends_at=attempt.order.expires_at)
        claimed = PaymentAttempt.objects.filter(pk=attempt.pk, polls=attempt.polls, next_poll_at__lte=now)
        if claimed.update(polls=F("polls") + 1, next_poll_at=again_at, asked_at=now):
            _ask(attempt, now)
            asked += 1
            if again_at is None:
                _give_up(attempt.pk, now)
    return asked


def ask_gateway(*, attempt_id: int, now: datetime | None = None) -> bool:
    """Ask about one attempt now, at most every two seconds however often called; True if it was asked about.

    Also about one that failed while its order is unpaid: on the company's page the customer may have tried once more.
    """
    now = now or timezone.now()
    rested = Q(asked_at__isnull=True) | Q(asked_at__lt=now - BREATH)
    failed = Q(state=PaymentAttempt.State.FAILED, order__state=Order.State.PLACED)
    may_change = rested & (Q(state__in=OPEN_ATTEMPTS) | failed)
    if not PaymentAttempt.objects.filter(may_change, pk=attempt_id).update(asked_at=now):
        return False
    _ask(PaymentAttempt.objects.select_related("account").get(pk=attempt_id), now)
    return True


def results_for(attempt: PaymentAttempt) -> list[GatewayResult]:
    """The gateway's own answer about an attempt: network, so never inside a transaction. Refuses: `GatewayError`."""
    ref = AttemptRef(reference=str(attempt.public_id), gateway_checkout_id=attempt.gateway_checkout_id)
    return gateway_for(attempt.account).fetch_status(ref)


def _ask(attempt: PaymentAttempt, now: datetime) -> None:
    try:
        results = results_for(attempt)
    except GatewayError as problem:
        log.warning("payment_status_unknown", attempt_id=attempt.pk, problem=type(problem).__name__)
        return
    for result in results:
        apply_result(attempt_id=attempt.pk, result=result, at=now)


def _give_up(attempt_id: int, now: datetime) -> None:
    open_still = PaymentAttempt.objects.filter(pk=attempt_id, state__in=OPEN_ATTEMPTS)
    open_still.update(state=PaymentAttempt.State.EXPIRED, finished_at=now, next_poll_at=None)
