"""A shop with an order to pay, and the simulated company within reach."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from loyalty.models import Customer
from orders.models import Order
from payments.accounts import gateway_accounts, open_account
from payments.gateways.base import GatewayResult, ResultState
from payments.gateways.signing import sign
from payments.models import GatewayAccount, GatewayEvent, PaymentAttempt, SimulatedCheckout
from payments.services import receive_notice, request_payment, start_payment
from payments.simulator import SimulatedCompany
from shopme.lib.http import HttpAnswer
from tests.trade import a_customer, a_product, order_for


def the_account() -> GatewayAccount:
    """The shop's simulated account, opened if its provisioning was older than that."""
    return next(iter(gateway_accounts()), None) or open_account(gateway="simulated", mode="test")


def an_order(*, cents: int = 155_00, stock: int | None = 5, customer: Customer | None = None) -> Order:
    the_account()
    return order_for(customer or a_customer(), a_product(cents=cents, stock=stock), at=timezone.now())


def token_for(order: Order, *, at: datetime | None = None) -> str:
    found = re.search(r"/pay/([\w-]+)/$", request_payment(order=order, at=at))
    assert found
    return found.group(1)


def an_attempt(order: Order | None = None) -> PaymentAttempt:
    """An attempt whose hosted page is open."""
    order = order or an_order()
    start_payment(token=token_for(order))
    return PaymentAttempt.objects.select_related("order", "account").get(order=order, state="pending")


def checkout_of(attempt: PaymentAttempt) -> SimulatedCheckout:
    return SimulatedCheckout.objects.get(pk=attempt.gateway_checkout_id)


def money(attempt: PaymentAttempt, **changes: Any) -> GatewayResult:
    """What a gateway says when exactly the asked money arrived."""
    facts = {
        "reference": str(attempt.public_id),
        "gateway_checkout_id": attempt.gateway_checkout_id,
        "gateway_payment_id": "pay_1",
        "amount_cents": attempt.amount_cents,
        "currency": attempt.currency,
        "mode": attempt.mode,
        "authoritative": True,
        **changes,
    }
    return GatewayResult(ResultState.PAID, **facts)


def failure(attempt: PaymentAttempt, state: ResultState = ResultState.FAILED) -> GatewayResult:
    return GatewayResult(state, reference=str(attempt.public_id), message="The card was declined.")


def notice(
    account: GatewayAccount, payload: Mapping[str, Any], *, kind: str = "payment.succeeded", event_id: str = "evt_1"
) -> tuple[dict[str, str], bytes]:
    """Headers and body of a signed notification."""
    body = json.dumps({"id": event_id, "type": kind, "payload": dict(payload)}).encode()
    return signed(account, body, event_id=event_id), body


def signed(account: GatewayAccount, body: bytes, *, event_id: str = "evt_1") -> dict[str, str]:
    """The headers that make any body genuine."""
    stamp = int(time.time())
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": sign(account.webhook_secret, event_id, stamp, body),
    }


def take_in(account: GatewayAccount, headers: dict[str, str], body: bytes) -> GatewayEvent:
    return receive_notice(reference=str(account.pk), headers=headers, body=body, at=timezone.now())


@dataclass
class Line:
    """Stands where HTTP begins: hands the company's notices to us as the edge and the lanes would."""

    account: GatewayAccount
    status: int = 200
    calls: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def __call__(self, method: str, url: str, *, headers: dict[str, str], body: bytes, **_: Any) -> HttpAnswer:
        self.calls.append((url, headers, body))
        if self.status == 200:
            take_in(self.account, headers, body)
        return HttpAnswer(status=self.status, headers={}, body=b"")


class WatchedCompany(SimulatedCompany):
    """Counts calls and refuses to be called inside a transaction: that would be network under a lock."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def _watch(self, name: str) -> None:
        assert not any(not block._from_testcase for block in connection.atomic_blocks), "network inside a transaction"
        self.calls.append(name)

    def open_checkout(self, wish: dict[str, Any]) -> dict[str, Any]:
        self._watch("open")
        return super().open_checkout(wish)

    def look_up(self, *, checkout_id: str | None, reference: str) -> dict[str, Any] | None:
        self._watch("look")
        return super().look_up(checkout_id=checkout_id, reference=reference)
