"""Asking for money: the link in the chat and the way from its button to the gateway's page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from orders.fulfilment import lock_order
from orders.models import Order
from payments.accounts import account_for, gateway_accounts, gateway_for, notify_url
from payments.applying import apply_result
from payments.errors import LinkClosed, NothingToPay, OrderNotPayable, PaymentUnavailable, UnknownLink
from payments.gateways.base import Checkout, CheckoutRequest, GatewayError
from payments.models import PaymentAttempt, PaymentLink
from payments.models.money import OPEN_ATTEMPTS, OPEN_LINKS
from payments.notices import process_notice, receive_notice
from payments.polling import ask_gateway, poll_open_attempts
from payments.polling_times import first_poll_at
from payments.queries import link_by_token, shown_state
from payments.signals import payment_failed
from shopme.lib.ids import hash_token, new_token
from tenants.context import current_shop

__all__ = [
    "apply_result",
    "ask_gateway",
    "gateway_accounts",
    "poll_open_attempts",
    "process_notice",
    "receive_notice",
    "request_payment",
    "revoke_links",
    "start_payment",
]

LINK_LIFE = timedelta(hours=1)
# Gateways forget an idempotency key after a day; asked again with it they would open a second page.
KEY_LIFE = timedelta(hours=23)


@dataclass(frozen=True, slots=True)
class Started:
    """An attempt that waits for its gateway page, or has it already."""

    attempt: PaymentAttempt
    order: Order


@transaction.atomic
def request_payment(*, order: Order, at: datetime | None = None) -> str:
    """The address where the customer pays this order; links given out before stop working.

    It lives an hour at most and never longer than the stock is held. The order is locked first. Refuses:
    `NothingToPay`, `OrderNotPayable`, `NoWayToPay`.
    """
    at = at or timezone.now()
    order = lock_order(order.pk)
    if order.is_paid or order.total_cents == 0:
        raise NothingToPay(f"There is nothing to pay for order #{order.number}.")
    if order.state != Order.State.PLACED or order.expires_at is None or order.expires_at <= at:
        raise OrderNotPayable(f"Order #{order.number} cannot be paid any more.")
    account_for(order.currency, order.total_cents)
    _open_links(order).update(state=PaymentLink.State.SUPERSEDED, closed_reason="a newer link was asked for")
    token = new_token(24)
    PaymentLink.objects.create(
        order=order,
        token_hash=hash_token(token),
        amount_cents=order.total_cents,
        currency=order.currency,
        expires_at=min(at + LINK_LIFE, order.expires_at),
        created_at=at,
    )
    return current_shop().url(reverse("payments:link_page", args=[token]))


@transaction.atomic
def revoke_links(*, order_id: int, reason: str) -> int:
    """Make the links of an order useless; returns how many were open."""
    order = lock_order(order_id)
    return _open_links(order).update(state=PaymentLink.State.REVOKED, closed_reason=reason[:200])


def _open_links(order: Order) -> QuerySet[PaymentLink]:
    return PaymentLink.objects.filter(order=order, state__in=OPEN_LINKS)


def start_payment(*, token: str, at: datetime | None = None) -> str:
    """The gateway's address to send the customer to. Pressing twice, or on two devices, gets the same page.

    The wish is written and committed, then the gateway is called outside any transaction, then its answer is written.
    While the bank is asked about an earlier try, the customer is shown that instead of paying again. Refuses:
    `UnknownLink`, `LinkClosed`, `NoWayToPay`, `PaymentUnavailable`.
    """
    at = at or timezone.now()
    started = _begin(token, at)
    if started.attempt.investigated_at:
        return _return_url(started.attempt)
    if started.attempt.redirect_url:
        return started.attempt.redirect_url
    try:
        checkout = gateway_for(started.attempt.account).create_checkout(_request(started))
    except GatewayError as problem:
        if not problem.is_retryable:
            _give_up(started.attempt.pk, str(problem), at)
        raise PaymentUnavailable("The payment page does not open right now. Please try again in a minute.") from problem
    return _remember(started.attempt.pk, checkout, at)


@transaction.atomic
def _begin(token: str, at: datetime) -> Started:
    """Consume the press: one open attempt per order, however many presses."""
    link = link_by_token(token)
    if link is None:
        raise UnknownLink
    order = lock_order(link.order_id)
    link.refresh_from_db()
    if (state := shown_state(link, order, at)) != "open":
        raise LinkClosed(state)
    opened = PaymentLink.objects.filter(pk=link.pk, state__in=OPEN_LINKS, expires_at__gt=at)
    if not opened.update(state=PaymentLink.State.STARTED, started_at=link.started_at or at):
        raise LinkClosed("expired")
    may_bring_money = Q(state__in=OPEN_ATTEMPTS) | Q(investigated_at__isnull=False)
    attempt = PaymentAttempt.objects.select_related("account").filter(may_bring_money, order=order).first()
    if attempt and not _is_good(attempt, link, at):
        attempt.state, attempt.finished_at = PaymentAttempt.State.EXPIRED, at
        attempt.message = "A newer try took its place."
        attempt.save()
        attempt = None
    return Started(attempt or _new_attempt(link, order, at), order)


def _is_good(attempt: PaymentAttempt, link: PaymentLink, at: datetime) -> bool:
    """Whether a press may go on with this try: it asks for today's amount, and its key still means the same wish.

    One that the bank is asked about by hand is kept whatever it asks for: nobody must pay twice.
    """
    if attempt.investigated_at:
        return True
    is_key_fresh = bool(attempt.redirect_url) or attempt.created_at > at - KEY_LIFE
    return is_key_fresh and (attempt.amount_cents, attempt.currency) == (link.amount_cents, link.currency)


def _new_attempt(link: PaymentLink, order: Order, at: datetime) -> PaymentAttempt:
    account = account_for(link.currency, link.amount_cents)
    tries = PaymentAttempt.objects.filter(order=order).count()
    return PaymentAttempt.objects.create(
        order=order,
        link=link,
        account=account,
        amount_cents=link.amount_cents,
        currency=link.currency,
        mode=account.mode,
        idempotency_key=f"order:{order.uuid}:{tries + 1}",
        created_at=at,
        next_poll_at=first_poll_at(at),
    )


def _request(started: Started) -> CheckoutRequest:
    attempt, order, shop = started.attempt, started.order, current_shop()
    with translation.override(order.language):
        description = gettext("Order #%(number)s") % {"number": order.number}
    return CheckoutRequest(
        reference=str(attempt.public_id),
        amount_cents=attempt.amount_cents,
        currency=attempt.currency,
        merchant=shop.name,
        description=description,
        return_url=_return_url(attempt),
        notify_url=notify_url(attempt.account),
        idempotency_key=attempt.idempotency_key,
        expires_at=order.expires_at,
        language=order.language,
        bank_reference=f"Order {order.number}",
    )


def _return_url(attempt: PaymentAttempt) -> str:
    return current_shop().url(reverse("payments:return_page", args=[attempt.public_id]))


@transaction.atomic
def _remember(attempt_id: int, checkout: Checkout, at: datetime) -> str:
    attempt = _locked(attempt_id)
    if attempt.is_open and not attempt.redirect_url:
        attempt.state = PaymentAttempt.State.PENDING
        attempt.gateway_checkout_id = checkout.gateway_checkout_id
        attempt.redirect_url = checkout.redirect_url
        attempt.save()
    return attempt.redirect_url or checkout.redirect_url


@transaction.atomic
def _give_up(attempt_id: int, reason: str, at: datetime) -> None:
    """The gateway will never open this checkout; the next press makes a new attempt."""
    attempt = _locked(attempt_id)
    if attempt.is_open and not attempt.redirect_url:
        attempt.state, attempt.message = PaymentAttempt.State.FAILED, reason[:300]
        attempt.finished_at, attempt.next_poll_at = at, None
        attempt.save()
        payment_failed.send(sender=PaymentAttempt, order=attempt.order, reason=reason)


def _locked(attempt_id: int) -> PaymentAttempt:
    """The attempt, locked after its order as everywhere."""
    lock_order(PaymentAttempt.objects.values_list("order_id", flat=True).get(pk=attempt_id))
    return PaymentAttempt.objects.select_for_update(of=("self",)).select_related("order").get(pk=attempt_id)
