"""Notifications of gateways: kept as they came, then understood, confirmed with the gateway and applied."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from payments.accounts import account_by_reference, gateway_for
from payments.applying import apply_result
from payments.gateways.base import (
    BadSignature,
    Gateway,
    GatewayError,
    GatewayResult,
    RawNotification,
    ResultKind,
    ResultState,
    UnreadableNotification,
)
from payments.models import GatewayAccount, GatewayEvent, PaymentAttempt
from payments.polling import results_for
from payments.refund_news import SeveralFit, apply_refund_news
from shopme.lib.after_commit import after_commit
from tenants.context import current_shop

log = structlog.get_logger(__name__)
KEPT_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature", "content-type")
MOST_TRIES = 10
LONGEST_WAIT = timedelta(minutes=30)


class NotYet(Exception):
    """What the notification says cannot be confirmed now; ask again later."""


@transaction.atomic
def receive_notice(*, reference: str, headers: Mapping[str, str], body: bytes, at: datetime) -> GatewayEvent:
    """Keep a notification; the same one again is the same row. It is understood after the commit, in a task.

    `reference` names the account, `at` is when the edge took it in. Refuses: `UnknownAccount`.
    """
    account = account_by_reference(reference)
    kept = {name.lower(): value for name, value in headers.items() if name.lower() in KEPT_HEADERS}
    raw = RawNotification(headers=kept, body=bytes(body), received_at=at)
    key = _dedupe_key(account, raw)
    event, is_new = GatewayEvent.objects.get_or_create(
        account=account,
        dedupe_key=key[:120],
        defaults={"headers": kept, "body": raw.body, "received_at": at, "next_at": at},
    )
    if is_new:
        after_commit(_queue, current_shop().pk, event.pk)
    return event


def _dedupe_key(account: GatewayAccount, raw: RawNotification) -> str:
    return gateway_for(account).dedupe_key(raw)


def _queue(shop_id: int, event_id: int) -> None:
    """A hint only: if it is lost, the sweep over waiting events finds the row."""
    from payments.tasks import process_payment_notice  # noqa: PLC0415 - tasks import rules, rules may queue tasks

    process_payment_notice.apply_async(kwargs={"shop_id": shop_id, "event_id": event_id}, retry=False)


def process_notice(*, event_id: int, now: datetime | None = None) -> str:
    """Understand one kept notification and apply it; returns the outcome. Harmless to repeat, and to do twice at once.

    The gateway is asked outside any transaction before money is credited.
    """
    now = now or timezone.now()
    event = GatewayEvent.objects.select_related("account").get(pk=event_id)
    if event.processed_at is not None:
        return event.outcome
    try:
        outcome = _understand(event, now)
    except (BadSignature, UnreadableNotification) as problem:
        return _finish(event, f"refused: {problem}", now)
    except (NotYet, GatewayError) as problem:
        return _later(event, str(problem), now)
    return _finish(event, outcome, now)


def _understand(event: GatewayEvent, now: datetime) -> str:
    gateway = gateway_for(event.account)
    raw = RawNotification(headers=event.headers, body=bytes(event.body), received_at=event.received_at)
    verified = gateway.verify(raw)
    GatewayEvent.objects.filter(pk=event.pk).update(is_verified=True)
    results = gateway.parse_notification(verified)
    if not results:
        return "not about a payment"
    outcomes = [_apply(event.account, gateway, result, now) for result in results]
    return "; ".join(outcomes)[:200]


def _apply(account: GatewayAccount, gateway: Gateway, result: GatewayResult, now: datetime) -> str:
    attempt = attempt_of(account, result)
    if attempt is None and account.retired_at:
        # Its address may still be told of payments that its successor made, and is told of.
        return "not a payment of this account"
    if attempt is None:
        raise NotYet("no attempt has this reference")
    if result.kind is ResultKind.REFUND:
        return _apply_refund(attempt, result, now)
    facts = _confirmed(gateway, attempt, result)
    paid = {fact.gateway_payment_id for fact in facts if fact.state is ResultState.PAID}
    states = [apply_result(attempt_id=attempt.pk, result=fact, at=now).state for fact in facts]
    if result.state is ResultState.PAID and result.gateway_payment_id not in paid:
        raise NotYet("the gateway confirms another payment than this")
    return ", ".join(dict.fromkeys(states))


def _apply_refund(attempt: PaymentAttempt, result: GatewayResult, now: datetime) -> str:
    """A refund may be told before its payment: then the payment is asked about first. Refuses: `NotYet`."""
    if attempt.received_cents is None:
        for fact in results_for(attempt):
            apply_result(attempt_id=attempt.pk, result=fact, at=now)
        attempt.refresh_from_db()
    if attempt.received_cents is None:
        raise NotYet("the payment of this refund is not known yet")
    try:
        return f"refund {apply_refund_news(attempt_id=attempt.pk, result=result, at=now).state}"
    except SeveralFit as problem:
        raise NotYet(str(problem)) from problem


def _confirmed(gateway: Gateway, attempt: PaymentAttempt, result: GatewayResult) -> list[GatewayResult]:
    """What is believed: the gateway's own answer where it has one about money, else a word that is proof by itself.

    Refuses: `NotYet` where the answer is needed and does not confirm.
    """
    if not gateway.capabilities().needs_api_confirmation:
        return [_second_look(attempt, result)]
    facts = results_for(attempt, payment_id=result.gateway_payment_id)
    if all(fact.state is ResultState.UNKNOWN for fact in facts):
        raise NotYet("the gateway does not know the payment yet")
    if result.state is ResultState.PAID and not any(fact.state is ResultState.PAID for fact in facts):
        raise NotYet("the gateway does not confirm the payment")
    return facts


def _second_look(attempt: PaymentAttempt, result: GatewayResult) -> GatewayResult:
    """The gateway's answer if it confirms the money, under the id that was told; else what was told."""
    if result.state is not ResultState.PAID:
        return result
    try:
        paid = [fact for fact in results_for(attempt) if fact.state is ResultState.PAID]
    except GatewayError as problem:
        log.info("payment_not_looked_at_twice", attempt_id=attempt.pk, problem=type(problem).__name__)
        return result
    return replace(paid[0], gateway_payment_id=result.gateway_payment_id) if paid else result


def attempt_of(account: GatewayAccount, result: GatewayResult) -> PaymentAttempt | None:
    """Within this account: by the gateway's checkout, else by our reference; a refund also by the payment it is of."""
    mine = PaymentAttempt.objects.filter(account=account).select_related("account")
    if result.gateway_checkout_id:
        found = mine.filter(gateway_checkout_id=result.gateway_checkout_id).first()
        if found:
            return found
        # A reference is a hint only: it names no attempt that has another checkout.
        mine = mine.filter(gateway_checkout_id=None)
    if result.kind is ResultKind.REFUND and result.gateway_payment_id and not result.reference:
        return mine.filter(gateway_payment_id=result.gateway_payment_id).first()
    return mine.filter(public_id=result.reference).first() if _is_ours(result.reference) else None


def _is_ours(reference: str) -> bool:
    """True if `reference` has the form of an attempt's public id."""
    try:
        return str(UUID(reference)) == reference.lower()
    except ValueError:
        return False


def _finish(event: GatewayEvent, outcome: str, now: datetime) -> str:
    if outcome.startswith("refused"):
        log.warning("payment_notice_refused", event_id=event.pk)
    waiting = GatewayEvent.objects.filter(pk=event.pk, processed_at__isnull=True)
    waiting.update(processed_at=now, outcome=outcome[:200], tries=F("tries") + 1)
    return outcome


def _later(event: GatewayEvent, why: str, now: datetime) -> str:
    """Come back after 5 s, 10 s, 20 s, … at most half an hour; after ten tries a person must look."""
    if event.tries + 1 >= MOST_TRIES:
        log.error("payment_notice_unsettled", event_id=event.pk, why=why)
        return _finish(event, f"unsettled: {why}", now)
    wait = min(timedelta(seconds=5 * 2**event.tries), LONGEST_WAIT)
    GatewayEvent.objects.filter(pk=event.pk).update(tries=F("tries") + 1, next_at=now + wait, outcome=why[:200])
    return why


def postpone(*, event_id: int, reason: str, now: datetime) -> str:
    """Count a try that broke off in the middle and come back later, or leave the notice to a person."""
    event = GatewayEvent.objects.get(pk=event_id)
    return event.outcome if event.processed_at else _later(event, reason, now)


def waiting_notices(now: datetime) -> QuerySet[GatewayEvent]:
    """Notifications whose turn has come: new ones whose task got lost, and those to be tried again."""
    return GatewayEvent.objects.filter(processed_at__isnull=True, next_at__lte=now).order_by("next_at")
