"""The one place that turns what a gateway says into money received. Notifications, polls and pages all come here."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from catalog.stock import OutOfStock
from orders.fulfilment import lock_order, mark_paid
from orders.models import Order, OrderEvent
from payments.decisions import AttemptFacts, Decision, OrderFacts, Verdict, decide
from payments.errors import UnknownAttempt
from payments.gateways.base import GatewayResult, ResultState
from payments.models import PaymentAttempt
from payments.polling_times import next_investigation_at
from payments.signals import payment_failed, payment_investigated, payment_needs_review

State = PaymentAttempt.State
Review = PaymentAttempt.Review


@transaction.atomic
def apply_result(*, attempt_id: int, result: GatewayResult, at: datetime | None = None) -> PaymentAttempt:
    """Let `result` act on an attempt once; the same fact again changes nothing.

    Locks the order, then the attempt, then (through the order) its variants. Returns the row the money is on: another
    one if it came a second time. Refuses: `UnknownAttempt`.
    """
    at = at or timezone.now()
    order_id = PaymentAttempt.objects.filter(pk=attempt_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise UnknownAttempt(f"There is no attempt {attempt_id}.")
    order = lock_order(order_id)
    attempt = PaymentAttempt.objects.select_for_update(of=("self",)).select_related("link").get(pk=attempt_id)
    decision = decide(_attempt_facts(attempt), OrderFacts(order.state, order.is_paid, order.total_cents), result)
    return _act(decision, order, attempt, result, at)


def _attempt_facts(attempt: PaymentAttempt) -> AttemptFacts:
    return AttemptFacts(
        state=attempt.state,
        amount_cents=attempt.amount_cents,
        currency=attempt.currency,
        mode=attempt.mode,
        gateway_payment_id=attempt.gateway_payment_id,
        is_investigated=attempt.investigated_at is not None,
        gateway_checkout_id=attempt.gateway_checkout_id,
    )


def _act(
    decision: Decision, order: Order, attempt: PaymentAttempt, result: GatewayResult, at: datetime
) -> PaymentAttempt:
    match decision.verdict:
        case Verdict.WAIT:
            attempt.state = State.PENDING
            attempt.gateway_checkout_id = attempt.gateway_checkout_id or result.gateway_checkout_id
            attempt.save()
        case Verdict.CLOSE:
            _close(order, attempt, State(decision.detail), result, at)
        case Verdict.INVESTIGATE:
            _investigate(order, attempt, result, at)
        case Verdict.CREDIT:
            _credit(order, attempt, result, at)
        case Verdict.REVIEW:
            _review(order, attempt, Review(decision.detail), result, at)
        case Verdict.NAME:
            attempt.gateway_payment_id = result.gateway_payment_id
            attempt.save()
        case Verdict.SECOND:
            return _keep_second(order, attempt, result, at)
    return attempt


def _close(order: Order, attempt: PaymentAttempt, state: State, result: GatewayResult, at: datetime) -> None:
    """The try ended without money. It stays open to a later proof; about one that was only left we go on asking."""
    attempt.state, attempt.message = state, result.message[:300]
    attempt.finished_at, attempt.investigated_at = at, None
    if result.state is not ResultState.ABANDONED:
        attempt.next_poll_at = None
    attempt.save()
    if order.state == Order.State.PLACED:
        payment_failed.send(sender=PaymentAttempt, order=order, reason=result.message)


def _investigate(order: Order, attempt: PaymentAttempt, result: GatewayResult, at: datetime) -> None:
    """Nobody knows yet whether there is money. A try that had ended stays ended, and is asked about all the same."""
    if attempt.state == State.CREATED:
        attempt.state = State.PENDING
    attempt.investigated_at, attempt.message = at, result.message[:300]
    attempt.next_poll_at = next_investigation_at(at, now=at)
    attempt.save()
    payment_investigated.send(sender=PaymentAttempt, order=order, attempt=attempt)


def _credit(order: Order, attempt: PaymentAttempt, result: GatewayResult, at: datetime) -> None:
    expires_at = attempt.link.expires_at if attempt.link else order.expires_at
    is_late = order.state == Order.State.EXPIRED or (expires_at is not None and expires_at < at)
    reason = "paid late" if is_late else ""
    try:
        with transaction.atomic():
            mark_paid(order_id=order.pk, at=at, actor_kind=OrderEvent.Actor.GATEWAY, reason=reason)
    except OutOfStock:
        _review(order, attempt, Review.NO_STOCK, result, at)
        return
    _take_money(attempt, result, at)
    attempt.state, attempt.is_late, attempt.paid_at = State.PAID, is_late, at
    attempt.save()


def _review(order: Order, attempt: PaymentAttempt, reason: Review, result: GatewayResult, at: datetime) -> None:
    _take_money(attempt, result, at)
    attempt.state, attempt.review_reason = State.REVIEW, reason
    attempt.save()
    payment_needs_review.send(sender=PaymentAttempt, order=order, attempt=attempt)


def _take_money(attempt: PaymentAttempt, result: GatewayResult, at: datetime) -> None:
    """Write down what arrived, whatever it means."""
    attempt.received_cents, attempt.received_currency = result.amount_cents, result.currency
    attempt.gateway_payment_id = result.gateway_payment_id
    attempt.gateway_checkout_id = attempt.gateway_checkout_id or result.gateway_checkout_id
    attempt.finished_at, attempt.next_poll_at, attempt.investigated_at = at, None, None


def _keep_second(order: Order, attempt: PaymentAttempt, result: GatewayResult, at: datetime) -> PaymentAttempt:
    """Money that came through a checkout that was paid before gets a row of its own, once."""
    known = PaymentAttempt.objects.filter(account=attempt.account, gateway_payment_id=result.gateway_payment_id)
    if earlier := known.first():
        return earlier
    second = PaymentAttempt(
        order=order,
        link=attempt.link,
        account=attempt.account,
        amount_cents=attempt.amount_cents,
        currency=attempt.currency,
        mode=attempt.mode,
        idempotency_key=f"second:{result.gateway_payment_id}"[:80],
        created_at=at,
    )
    # The checkout's id stays with the first row.
    _review(order, second, Review.DUPLICATE, replace(result, gateway_checkout_id=None), at)
    return second
