"""Once a day: what the gateways were paid against what we credited, both ways. What nobody told us is credited now."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import QuerySet
from django.utils import timezone

from payments.accounts import gateway_for
from payments.applying import apply_result
from payments.gateways.base import GatewayError, GatewayResult, ResultState
from payments.models import GatewayAccount, PaymentAttempt, PaymentDifference
from payments.notices import attempt_of

log = structlog.get_logger(__name__)
Kind = PaymentDifference.Kind
# Yesterday and the day before; a day more on the gateway's side, whose days may begin at another hour than ours.
COMPARED = timedelta(days=2)
SPARE = timedelta(days=1)
# A payment may take a while to get into the gateway's list.
FRESH = timedelta(hours=2)


def compare_all(*, now: datetime | None = None) -> int:
    """Compare every account of this shop, retired ones too; returns how many differences are open. Network."""
    now = now or timezone.now()
    for account in GatewayAccount.objects.order_by("id"):
        try:
            compare(account=account, now=now)
        except GatewayError as problem:
            log.warning("payments_not_compared", account_id=account.pk, problem=type(problem).__name__)
    return PaymentDifference.objects.filter(settled_at=None).count()


def compare(*, account: GatewayAccount, now: datetime) -> None:
    """Find and settle differences of one account. Not inside a transaction. Refuses: `GatewayError`."""
    gateway = gateway_for(account)
    there = gateway.payment_ids_between((now - COMPARED - SPARE).date(), (now + SPARE).date())
    if there is None:
        return
    known = _credited(account).filter(gateway_payment_id__in=there)
    for payment_id in sorted(there - set(known.values_list("gateway_payment_id", flat=True))):
        for result in gateway.find_payment(payment_id):
            _take_in(account, result, now)
    lately = _credited(account).filter(finished_at__gte=now - COMPARED, finished_at__lt=now - FRESH)
    for attempt in lately.exclude(gateway_payment_id__in=there).select_related("account"):
        _note(attempt, now)
    _settle(account, there, now)


def _credited(account: GatewayAccount) -> QuerySet[PaymentAttempt]:
    return PaymentAttempt.objects.filter(account=account, gateway_payment_id__isnull=False)


def _take_in(account: GatewayAccount, result: GatewayResult, now: datetime) -> None:
    """Money that came without a word: credited like any other, or noted if it belongs to no order."""
    if result.state is not ResultState.PAID:
        return
    if attempt := attempt_of(account, result):
        log.warning("payment_found_by_comparing", attempt_id=attempt.pk)
        apply_result(attempt_id=attempt.pk, result=result, at=now)
        return
    facts = {"amount_cents": result.amount_cents, "currency": result.currency, "reference": result.reference[:80]}
    _keep(account, Kind.NOT_HERE, result.gateway_payment_id or "", now, facts)


def _note(attempt: PaymentAttempt, now: datetime) -> None:
    facts = {"attempt": attempt, "amount_cents": attempt.received_cents, "currency": attempt.received_currency}
    facts["reference"] = str(attempt.public_id)
    _keep(attempt.account, Kind.NOT_THERE, attempt.gateway_payment_id or "", now, facts)


def _keep(account: GatewayAccount, kind: Kind, payment_id: str, now: datetime, facts: dict[str, Any]) -> None:
    """One row however often it is found; found again, it is open again."""
    PaymentDifference.objects.update_or_create(
        account=account,
        kind=kind,
        gateway_payment_id=payment_id,
        defaults={**facts, "settled_at": None},
        create_defaults={**facts, "found_at": now},
    )


def _settle(account: GatewayAccount, there: frozenset[str], now: datetime) -> None:
    """What is on both sides by now is no difference any more."""
    still_open = PaymentDifference.objects.filter(account=account, settled_at=None)
    still_open.filter(kind=Kind.NOT_THERE, gateway_payment_id__in=there).update(settled_at=now)
    here = _credited(account).values("gateway_payment_id")
    still_open.filter(kind=Kind.NOT_HERE, gateway_payment_id__in=here).update(settled_at=now)
