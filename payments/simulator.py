"""The company behind the simulated gateway: its checkouts, its payments, its signed notifications over HTTP.

It plays somebody else. Our side reaches it only through `gateways.simulated`, and it reaches us only by HTTP.
"""

import json
import secrets
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from payments.gateways.signing import sign
from payments.models import SimulatedCheckout, SimulatedNotice
from shopme.lib import http
from shopme.lib.after_commit import after_commit
from shopme.lib.errors import BusinessError
from tenants.context import current_shop

log = structlog.get_logger(__name__)
State = SimulatedCheckout.State
LATE = timedelta(seconds=30)
MOST_TRIES = 8
BUTTONS = ("pay", "decline", "abandon", "pay_twice", "pay_notify_late")


class CheckoutClosed(BusinessError):
    """The hosted page has taken its payment already."""


class SimulatedCompany:
    """The API our gateway talks to."""

    def open_checkout(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Open a hosted page; the same idempotency key gets the same one."""
        checkout, _ = SimulatedCheckout.objects.get_or_create(
            idempotency_key=wish["idempotency_key"],
            defaults={
                "merchant": wish["merchant"],
                "reference": wish["reference"],
                "description": wish["description"],
                "amount_cents": wish["amount"],
                "currency": wish["currency"],
                "language": wish["language"],
                "mode": wish["mode"],
                "return_url": wish["return_url"],
                "notify_url": wish["notify_url"],
                "secret": wish["secret"],
            },
        )
        page = current_shop().url(reverse("payments:simulated_page", args=[checkout.pk]))
        return {"id": str(checkout.pk), "redirect_url": page, "mode": checkout.mode}

    def look_up(self, *, checkout_id: str | None, reference: str) -> dict[str, Any] | None:
        """What the company knows of a checkout; None if nothing."""
        rows = SimulatedCheckout.objects.filter(reference=reference)
        checkout = (rows.filter(pk=checkout_id) if checkout_id else rows).order_by("created_at").last()
        if checkout is None:
            return None
        return _facts(checkout) | {"state": checkout.state, "payments": checkout.payment_ids}

    def refund(self, *, checkout_id: str, amount: int, key: str) -> dict[str, Any]:
        """Give money back; the same key gives it back once. `error` says why not."""
        return give_back(checkout_id=UUID(checkout_id), amount=amount, key=key)

    def look_up_refund(self, *, checkout_id: str, key: str) -> dict[str, Any] | None:
        """What became of a refund; None if it was never asked for."""
        checkout = SimulatedCheckout.objects.filter(pk=checkout_id).first()
        return _refund_under(checkout, key) if checkout else None


def _facts(checkout: SimulatedCheckout) -> dict[str, Any]:
    return {
        "checkout_id": str(checkout.pk),
        "reference": checkout.reference,
        "amount": checkout.amount_cents,
        "currency": checkout.currency,
        "mode": checkout.mode,
    }


@transaction.atomic
def press(*, checkout_id: UUID, button: str, at: datetime | None = None) -> SimulatedCheckout:
    """What a customer does on the hosted page: one of `BUTTONS`. The page is locked; a declined card may try again.

    Refuses: `CheckoutClosed` once it was paid or abandoned.
    """
    at = at or timezone.now()
    checkout = SimulatedCheckout.objects.select_for_update().get(pk=checkout_id)
    if checkout.state not in (State.OPEN, State.DECLINED):
        raise CheckoutClosed("This page was closed already.")
    match button:
        case "pay" | "pay_notify_late":
            _take_payment(checkout, due_at=at + LATE if button == "pay_notify_late" else at)
        case "pay_twice":
            _take_payment(checkout, due_at=at)
            _take_payment(checkout, due_at=at)
        case "decline":
            checkout.state = State.DECLINED
            _owe_notice(checkout, "payment.failed", None, "The card was declined.", at)
        case "abandon":
            checkout.state = State.ABANDONED
            _owe_notice(checkout, "payment.abandoned", None, "The customer left the page.", at)
        case _:
            raise CheckoutClosed("There is no such button.")
    checkout.save()
    return checkout


def _take_payment(checkout: SimulatedCheckout, *, due_at: datetime) -> None:
    checkout.state = State.PAID
    payment_id = f"pay_{secrets.token_hex(12)}"
    checkout.payment_ids = [*checkout.payment_ids, payment_id]
    _owe_notice(checkout, "payment.succeeded", payment_id, "", due_at)


@transaction.atomic
def give_back(*, checkout_id: UUID, amount: int, key: str, at: datetime | None = None) -> dict[str, Any]:
    """The company gives money back at once and owes a notice about it. Never more than was paid; the page is locked."""
    at = at or timezone.now()
    checkout = SimulatedCheckout.objects.select_for_update().filter(pk=checkout_id).first()
    if checkout is None or checkout.state != State.PAID:
        return {"error": "This page was never paid."}
    if earlier := _refund_under(checkout, key):
        return earlier
    if sum(each["amount"] for each in checkout.refunds) + amount > checkout.amount_cents * len(checkout.payment_ids):
        return {"error": "More than was paid."}
    refund = {"refund_id": f"rfd_{secrets.token_hex(12)}", "key": key, "amount": amount, "state": "succeeded"}
    checkout.refunds = [*checkout.refunds, refund]
    checkout.save(update_fields=["refunds"])
    told = {"refund_id": refund["refund_id"], "amount": amount}
    _owe_notice(checkout, "refund.succeeded", checkout.payment_ids[0], "", at, **told)
    return refund


def _refund_under(checkout: SimulatedCheckout, key: str) -> dict[str, Any] | None:
    return next((refund for refund in checkout.refunds if refund["key"] == key), None)


def _owe_notice(
    checkout: SimulatedCheckout, kind: str, payment_id: str | None, message: str, due_at: datetime, **more: Any
) -> None:
    event_id = f"evt_{secrets.token_hex(12)}"
    told = {"payment_id": payment_id, "message": message, "occurred_at": due_at.isoformat()}
    payload = _facts(checkout) | told | more
    body = json.dumps({"id": event_id, "type": kind, "payload": payload}, separators=(",", ":"))
    notice = SimulatedNotice.objects.create(checkout=checkout, event_id=event_id, body=body, due_at=due_at)
    wait = max(0.0, (due_at - timezone.now()).total_seconds())
    after_commit(_queue, current_shop().pk, notice.pk, wait)


def _queue(shop_id: int, notice_id: int, wait: float) -> None:
    """A hint only: the sweep over owed notices finds the row if it is lost."""
    from payments.tasks import send_simulated_notice  # noqa: PLC0415 - tasks import rules, rules may queue tasks

    send_simulated_notice.apply_async(kwargs={"shop_id": shop_id, "notice_id": notice_id}, countdown=wait, retry=False)


def owed_notices(now: datetime) -> list[int]:
    """Ids of notices that should be sent by now."""
    rows = SimulatedNotice.objects.filter(sent_at__isnull=True, tries__lt=MOST_TRIES, due_at__lte=now)
    return list(rows.values_list("id", flat=True)[:50])


def send_notice(*, notice_id: int, now: datetime | None = None) -> bool:
    """POST one notice, signed, as another company would; True if it was taken. Tried again later if not."""
    now = now or timezone.now()
    notice = SimulatedNotice.objects.select_related("checkout").get(pk=notice_id)
    if notice.sent_at is not None:
        return True
    later = now + timedelta(seconds=5 * 2**notice.tries)
    SimulatedNotice.objects.filter(pk=notice_id).update(tries=F("tries") + 1, due_at=later)
    body, stamp = notice.body.encode(), int(time.time())
    headers = {
        "content-type": "application/json",
        "webhook-id": notice.event_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": sign(notice.checkout.secret, notice.event_id, stamp, body),
    }
    try:
        answer = http.call("POST", notice.checkout.notify_url, headers=headers, body=body)
    except http.CallFailed as problem:
        log.warning("simulated_notice_not_sent", notice_id=notice_id, reason=str(problem))
        return False
    if answer.status != 200:
        log.warning("simulated_notice_refused", notice_id=notice_id, status=answer.status)
        return False
    SimulatedNotice.objects.filter(pk=notice_id).update(sent_at=now)
    return True
