"""Giving money back: the wish is a row first, then the gateway is asked, then its word is written. Never more than came.

What was sent and what nobody knows about counts as given back. The order is locked first, then the attempt, then the
refund, as everywhere; the gateway is called outside any transaction.
"""

import hashlib
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from orders.fulfilment import lock_order
from orders.models import Order
from orders.refunds import take_refund
from payments.accounts import gateway_for
from payments.errors import NothingToGiveBack, RefundTooLarge, UnknownAttempt
from payments.gateways.base import AttemptRef, GatewayError, NotSupported, OutcomeUnknown
from payments.gateways.giving_back import RefundRequest, RefundResult, RefundState
from payments.models import PaymentAttempt, Refund
from payments.models.money import MONEY_GONE
from payments.signals import refund_failed, refund_succeeded
from tenants.audit import note
from tenants.context import current_shop
from tenants.models import User

State = Refund.State
Attempt = PaymentAttempt.State
log = structlog.get_logger(__name__)
NEWS = {
    RefundState.SUBMITTED: State.SUBMITTED,
    RefundState.SUCCEEDED: State.SUCCEEDED,
    RefundState.FAILED: State.FAILED,
    RefundState.RETURNED: State.RETURNED,
    RefundState.UNKNOWN: State.UNKNOWN,
}


def give_back(*, attempt_id: int, amount_cents: int | None, reason: str, request_id: UUID, actor: User) -> Refund:
    """Refund so much of a payment, or all that is left of it. Asked again with the same `request_id` nothing happens.

    Refuses: `NothingToGiveBack`, `RefundTooLarge`, `NotSupported`, and what the gateway says when surely nothing
    happened. Not inside a transaction.
    """
    refund, is_new = _begin(attempt_id, amount_cents, reason, request_id, actor)
    return submit(refund_id=refund.pk) if is_new else refund


@transaction.atomic
def _begin(
    attempt_id: int, amount_cents: int | None, reason: str, request_id: UUID, actor: User
) -> tuple[Refund, bool]:
    """The row, before anybody is asked, and whether it is new."""
    order, attempt = lock_attempt(attempt_id)
    if earlier := Refund.objects.filter(public_id=request_id).first():
        return earlier, False
    left = left_of(order, attempt)
    wanted = left if amount_cents is None else amount_cents
    if left <= 0 or wanted <= 0:
        raise NothingToGiveBack("Nothing of this payment is left to give back.")
    if wanted > left:
        raise RefundTooLarge("That is more than is left of this payment.", left_cents=left)
    _refuse_unable(attempt, is_whole=wanted == attempt.received_cents)
    refund = Refund.objects.create(
        public_id=request_id,
        attempt=attempt,
        account=attempt.account,
        amount_cents=wanted,
        currency=attempt.received_currency,
        idempotency_key=_key(attempt, request_id),
        reason=reason[:300],
        actor_id=actor.pk,
    )
    subject, detail = f"order {order.number}, refund {refund.pk}", {"amount_cents": wanted}
    note("payments.refund_requested", shop=current_shop(), actor=actor, subject=subject, detail=detail)
    return refund, True


def _refuse_unable(attempt: PaymentAttempt, *, is_whole: bool) -> None:
    """Refuses: `NotSupported` where the gateway, or this payment's mode, has no such thing."""
    ref = AttemptRef(str(attempt.public_id), attempt.gateway_checkout_id)
    able = gateway_for(attempt.account).capabilities(ref)
    if not able.refund or (attempt.mode == "test" and not able.refund_in_test):
        kind = "test payments" if able.refund else "payments"
        raise NotSupported(f"{attempt.account} gives no {kind} back from here.")
    if not (is_whole or able.partial_refund):
        raise NotSupported(f"{attempt.account} gives back whole payments only.")


def _key(attempt: PaymentAttempt, request_id: UUID) -> str:
    """Of payment and refund: two equal parts differ, one wish sent twice does not."""
    return hashlib.sha256(f"{attempt.gateway_payment_id}:{request_id}".encode()).hexdigest()


def lock_attempt(attempt_id: int) -> tuple[Order, PaymentAttempt]:
    """Order and attempt, locked in that order. Refuses: `UnknownAttempt`."""
    order_id = PaymentAttempt.objects.filter(pk=attempt_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise UnknownAttempt(f"There is no attempt {attempt_id}.")
    order = lock_order(order_id)
    rows = PaymentAttempt.objects.select_for_update(of=("self",)).select_related("account")
    return order, rows.get(pk=attempt_id)


def left_of(order: Order, attempt: PaymentAttempt) -> int:
    """What may still be given back of a locked attempt; of the order's payment also no more than the order has left."""
    gone = _sum(attempt, MONEY_GONE)
    left = (attempt.received_cents or 0) - gone
    if attempt.state == Attempt.REVIEW:
        return left
    if attempt.state not in (Attempt.PAID, Attempt.PARTIALLY_REFUNDED):
        return 0
    under_way = gone - _sum(attempt, (State.SUCCEEDED,))
    return min(left, order.total_cents - order.refunded_cents - under_way)


def _sum(attempt: PaymentAttempt, states: tuple[str, ...]) -> int:
    found = Refund.objects.filter(attempt=attempt, state__in=states).aggregate(sum=Sum("amount_cents"))
    return int(found["sum"] or 0)


def submit(*, refund_id: int, at: datetime | None = None) -> Refund:
    """Ask the gateway, with the same key however often. Refuses what the gateway refuses for sure; else it is written.

    Not inside a transaction.
    """
    refund = Refund.objects.select_related("attempt__account").get(pk=refund_id)
    attempt = refund.attempt
    wish = RefundRequest(
        reference=str(refund.public_id),
        gateway_checkout_id=attempt.gateway_checkout_id,
        gateway_payment_id=attempt.gateway_payment_id or "",
        amount_cents=refund.amount_cents,
        currency=refund.currency,
        idempotency_key=refund.idempotency_key,
        is_whole=refund.amount_cents == attempt.received_cents,
        reason=refund.reason,
    )
    try:
        answer = gateway_for(attempt.account).refund(wish)
    except OutcomeUnknown as problem:
        answer = RefundResult(RefundState.UNKNOWN, message=str(problem))
    except GatewayError as problem:
        if refund.state == State.REQUESTED:
            apply_refund_result(refund_id=refund_id, result=RefundResult(RefundState.FAILED, message=str(problem)))
            raise
        answer = RefundResult(RefundState.UNKNOWN, message=str(problem))
    return apply_refund_result(refund_id=refund_id, result=answer, at=at)


@transaction.atomic
def apply_refund_result(*, refund_id: int, result: RefundResult, at: datetime | None = None) -> Refund:
    """Let the gateway's word act on a refund once. Money that went back wins over everything; the rest never undoes it."""
    at = at or timezone.now()
    attempt_id = Refund.objects.values_list("attempt_id", flat=True).get(pk=refund_id)
    order, attempt = lock_attempt(attempt_id)
    refund = Refund.objects.select_for_update().get(pk=refund_id)
    refund.gateway_refund_id = refund.gateway_refund_id or result.gateway_refund_id
    state = NEWS[result.state]
    if not _may_follow(refund.state, state):
        refund.save()
        return refund
    was_promised = refund.state != State.REQUESTED
    refund.state, refund.message = state, result.message[:300]
    refund.save()
    if state == State.SUCCEEDED:
        _settle(order, attempt, refund, at)
    elif was_promised and state in (State.FAILED, State.RETURNED):
        log.error("refund_failed", refund_id=refund.pk)
        refund_failed.send(sender=Refund, order=order, refund=refund)
    return refund


def _may_follow(before: str, after: str) -> bool:
    if before == after and after != State.UNKNOWN:
        return False
    if before == State.SUCCEEDED:
        return False
    if before in (State.FAILED, State.RETURNED):
        return after == State.SUCCEEDED
    return after != State.UNKNOWN or before in (State.REQUESTED, State.UNKNOWN)


def _settle(order: Order, attempt: PaymentAttempt, refund: Refund, at: datetime) -> None:
    """The money went back: the attempt and, for the payment that counted, the order follow; the customer is told."""
    if attempt.state in (Attempt.PAID, Attempt.PARTIALLY_REFUNDED):
        is_all = _sum(attempt, (State.SUCCEEDED,)) >= (attempt.received_cents or 0)
        attempt.state = Attempt.REFUNDED if is_all else Attempt.PARTIALLY_REFUNDED
        attempt.save(update_fields=["state"])
        take_refund(
            order_id=order.pk,
            amount_cents=refund.amount_cents,
            refund_key=f"refund:{refund.pk}",
            reason=refund.reason or "given back at the gateway",
            at=at,
        )
    refund_succeeded.send(sender=Refund, order=order, refund=refund)
