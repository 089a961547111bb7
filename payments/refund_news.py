"""News about refunds that we did not ask for just now: events, and answers we have to ask for again."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from payments.accounts import gateway_for
from payments.gateways.base import GatewayError, GatewayResult, ResultState, UnreadableNotification
from payments.gateways.giving_back import RefundRef, RefundResult, RefundState
from payments.models import PaymentAttempt, Refund
from payments.refunds import apply_refund_result, lock_attempt, submit

State = Refund.State
log = structlog.get_logger(__name__)
MEANS = {ResultState.REFUNDED: RefundState.SUCCEEDED, ResultState.REFUND_FAILED: RefundState.FAILED}
NAMELESS = (State.REQUESTED, State.SUBMITTED, State.UNKNOWN)
# Gateways forget an idempotency key after a day, and finish a refund within two weeks.
KEY_LIFE = timedelta(hours=23)
LONGEST_WAY = timedelta(days=14)
FIRST_WAIT = timedelta(minutes=1)


class SeveralFit(Exception):
    """More than one refund without an answer fits this news; a person must look."""


@transaction.atomic
def apply_refund_news(*, attempt_id: int, result: GatewayResult, at: datetime | None = None) -> Refund:
    """Let an event about a refund act on its row: by the gateway's id, else the one row without an id that fits.

    A refund made in the gateway's own app gets a row here. Refuses: `UnreadableNotification` for another amount or
    mode than ours, `SeveralFit`.
    """
    _, attempt = lock_attempt(attempt_id)
    refund = _row_of(attempt, result) or _made_elsewhere(attempt, result)
    if (refund.amount_cents, refund.currency, attempt.mode) != (result.amount_cents, result.currency, result.mode):
        raise UnreadableNotification("The refund is of another amount, currency or mode than ours.")
    state = MEANS.get(result.state, RefundState.SUBMITTED)
    told = RefundResult(state, result.gateway_refund_id, result.amount_cents, result.message)
    return apply_refund_result(refund_id=refund.pk, result=told, at=at)


def _row_of(attempt: PaymentAttempt, result: GatewayResult) -> Refund | None:
    mine = Refund.objects.filter(account=attempt.account)
    if known := mine.filter(gateway_refund_id=result.gateway_refund_id).first():
        return known
    fitting = mine.filter(
        attempt=attempt, gateway_refund_id=None, state__in=NAMELESS, amount_cents=result.amount_cents or 0
    )
    found = list(fitting[:2])
    if len(found) > 1:
        raise SeveralFit("several refunds of this amount have no answer")
    return found[0] if found else None


def _made_elsewhere(attempt: PaymentAttempt, result: GatewayResult) -> Refund:
    return Refund.objects.create(
        attempt=attempt,
        account=attempt.account,
        state=State.SUBMITTED,
        origin=Refund.Origin.GATEWAY,
        amount_cents=result.amount_cents or 0,
        currency=result.currency,
        idempotency_key=f"gateway:{result.gateway_refund_id}"[:80],
        gateway_refund_id=result.gateway_refund_id,
    )


def resume_refunds(*, now: datetime | None = None, limit: int = 50) -> int:
    """Go on with refunds whose end is missing; returns how many were looked after. Not inside a transaction."""
    now = now or timezone.now()
    due = waiting_refunds(now)[:limit]
    for refund in due:
        try:
            _resume(refund, now)
        except GatewayError as problem:
            log.warning("refund_not_resumed", refund_id=refund.pk, problem=type(problem).__name__)
            Refund.objects.filter(pk=refund.pk).update(changed_at=now)
    return len(due)


def _resume(refund: Refund, now: datetime) -> None:
    """Ask again with the same key where the gateway keeps keys; ask how it is where it was taken on; else only wait."""
    gateway = gateway_for(refund.account)
    is_key_good = gateway.capabilities().keeps_refund_keys and refund.created_at > now - KEY_LIFE
    if refund.state != State.SUBMITTED and is_key_good:
        submit(refund_id=refund.pk, at=now)
        return
    attempt = refund.attempt
    ref = RefundRef(
        reference=str(refund.public_id),
        gateway_refund_id=refund.gateway_refund_id,
        gateway_checkout_id=attempt.gateway_checkout_id,
        gateway_payment_id=attempt.gateway_payment_id,
        idempotency_key=refund.idempotency_key,
    )
    answer = gateway.fetch_refund(ref)
    if answer is None and refund.state == State.REQUESTED:
        answer = RefundResult(RefundState.UNKNOWN, message="Nobody knows whether this was sent.")
    if answer is not None:
        apply_refund_result(refund_id=refund.pk, result=answer, at=now)
    Refund.objects.filter(pk=refund.pk).update(changed_at=now)


def waiting_refunds(now: datetime) -> list[Refund]:
    """Refunds of ours without an end whose turn has come: each wait is as long as all before it together."""
    rows = Refund.objects.filter(state__in=NAMELESS, origin=Refund.Origin.SHOPME, created_at__gt=now - LONGEST_WAY)
    rows = rows.filter(changed_at__lte=now - FIRST_WAIT).select_related("account", "attempt").order_by("id")
    return [each for each in rows[:500] if each.changed_at + (each.changed_at - each.created_at) + FIRST_WAIT <= now]
