"""Asking the gateway ourselves: on a schedule, and when a customer comes back. News may get lost, questions do not."""

from datetime import datetime, timedelta

import structlog
from django.db.models import F, Q
from django.utils import timezone

from orders.models import Order
from payments.accounts import gateway_for, note_problem
from payments.applying import apply_result
from payments.gateways.base import AttemptRef, CredentialsRejected, GatewayError, GatewayResult
from payments.models import GatewayAccount, PaymentAttempt
from payments.models.money import OPEN_ATTEMPTS
from payments.polling_times import next_investigation_at, next_poll_at

log = structlog.get_logger(__name__)

BREATH = timedelta(seconds=2)


def poll_open_attempts(*, now: datetime | None = None, limit: int = 100) -> int:
    """Ask about every attempt that is due; returns how many were asked about. Not inside a transaction.

    One that asks for patience is asked about the account's other attempts a round later, one that does not know the
    account at their next turn.
    """
    now = now or timezone.now()
    due = PaymentAttempt.objects.filter(next_poll_at__lte=now).select_related("order", "account")
    asked = 0
    resting: dict[int, GatewayError] = {}
    for attempt in due.order_by("next_poll_at")[:limit]:
        again_at = _again_at(attempt, now)
        claimed = PaymentAttempt.objects.filter(pk=attempt.pk, polls=attempt.polls, next_poll_at__lte=now)
        why = resting.get(attempt.account_id)
        if why and why.is_retryable and again_at is not None:
            continue
        if claimed.update(polls=F("polls") + 1, next_poll_at=again_at, asked_at=now):
            if why is None and (problem := _ask(attempt, now)):
                resting[attempt.account_id] = problem
            asked += why is None
            if again_at is None:
                _give_up(attempt.pk, now)
    return asked


def _again_at(attempt: PaymentAttempt, now: datetime) -> datetime | None:
    if attempt.investigated_at:
        return next_investigation_at(attempt.investigated_at, now=now)
    return next_poll_at(attempt.created_at, attempt.polls + 1, now=now, hold_ends_at=attempt.order.expires_at)


def ask_gateway(*, attempt_id: int, now: datetime | None = None) -> bool:
    """Ask about one attempt now, at most every two seconds however often called; True if it was asked about.

    Also about one that failed while its order is unpaid: on the company's page the customer may have tried once more;
    and about one that was left, for as long as it is asked about at all.
    """
    now = now or timezone.now()
    rested = Q(asked_at__isnull=True) | Q(asked_at__lt=now - BREATH)
    failed = Q(state=PaymentAttempt.State.FAILED, order__state=Order.State.PLACED)
    may_change = rested & (Q(state__in=OPEN_ATTEMPTS) | Q(next_poll_at__isnull=False) | failed)
    if not PaymentAttempt.objects.filter(may_change, pk=attempt_id).update(asked_at=now):
        return False
    _ask(PaymentAttempt.objects.select_related("account").get(pk=attempt_id), now)
    return True


def results_for(attempt: PaymentAttempt, *, payment_id: str | None = None) -> list[GatewayResult]:
    """The gateway's own answer about an attempt: network, so never inside a transaction. Refuses: `GatewayError`.

    `payment_id` is the payment a notification named.
    """
    ref = AttemptRef(
        reference=str(attempt.public_id),
        gateway_checkout_id=attempt.gateway_checkout_id,
        gateway_payment_id=payment_id,
    )
    return gateway_for(attempt.account).fetch_status(ref)


def _ask(attempt: PaymentAttempt, now: datetime) -> GatewayError | None:
    """Ask and apply; returns what was wrong if the whole account should be left in peace for now."""
    try:
        results = results_for(attempt)
    except CredentialsRejected as problem:
        note_problem(account_id=attempt.account_id, problem=GatewayAccount.Problem.REJECTED, at=now)
        return problem
    except GatewayError as problem:
        log.warning("payment_status_unknown", attempt_id=attempt.pk, problem=type(problem).__name__)
        return problem if problem.retry_after is not None else None
    for result in results:
        apply_result(attempt_id=attempt.pk, result=result, at=now)
    return None


def _give_up(attempt_id: int, now: datetime) -> None:
    """Unless the last answer was that the bank is asked by hand, which gives it more time."""
    asked_about_no_more = PaymentAttempt.objects.filter(pk=attempt_id, next_poll_at=None)
    asked_about_no_more.update(investigated_at=None)
    open_still = asked_about_no_more.filter(state__in=OPEN_ATTEMPTS)
    open_still.update(state=PaymentAttempt.State.EXPIRED, finished_at=now)
